import { describe, expect, it } from "vitest";
import { reasonAgainstLink, shownSteps, wishesOf, wordsOf } from "./rotation";
import type { Key, Rotation } from "./useCredentials";

const rotation = (step: Rotation["step"], more: Partial<Rotation> = {}): Rotation => ({
  id: "rot-1", reason: "requested", step, actor: "mia@example.com", startedAt: "2026-11-23T09:00:00.000Z", dueAt: "2026-11-30T09:00:00.000Z", ...more,
});

describe("a rotation's timeline", () => {
  it("shows what is done, what runs and what comes", () => {
    expect(shownSteps(rotation("AWAITING_HANDOVER")).map(({ state }) => state)).toEqual(["done", "done", "now", "next", "next", "next"]);
  });

  it("ends with the probe where there is no old key", () => {
    expect(shownSteps(rotation("MINTING", { reason: "first", dueAt: null })).map(({ step }) => step)).toEqual(["MINTING", "PROBING"]);
  });

  it.each(["AWAITING_HANDOVER", "AWAITING_IDLE", "UNDO_WINDOW"] as const)("tells when %s ends by itself", (step) => {
    expect(wordsOf(rotation(step))).toContain("2026");
    expect(wordsOf(rotation(step, { dueAt: null }))).not.toMatch(/null|Invalid|2026/);
  });
});

describe("what can be asked of a rotation", () => {
  it("is to end a wait, and to take back what can be taken back still", () => {
    expect(wishesOf(rotation("AWAITING_IDLE"))).toEqual({ advance: "Switch the old key off now", undo: false });
    expect(wishesOf(rotation("UNDO_WINDOW"))).toEqual({ advance: "Delete the old key now", undo: true });
  });

  it.each(["MINTING", "PROBING", "AWAITING_HANDOVER", "DELETING"] as const)("is nothing in %s", (step) => {
    expect(wishesOf(rotation(step))).toEqual({ advance: null, undo: false });
  });
});

describe("a link", () => {
  const key = (handedOverAt: string | null) => ({ handedOverAt }) as Key;
  const given = key("2026-11-23T09:00:00.000Z");

  it("can be made while a key waits to be handed over, or is being made", () => {
    expect(reasonAgainstLink({ keys: [], rotation: null })).toBeNull();
    expect(reasonAgainstLink({ keys: [key(null)], rotation: null })).toBeNull();
    expect(reasonAgainstLink({ keys: [given, key(null)], rotation: rotation("AWAITING_HANDOVER") })).toBeNull();
    expect(reasonAgainstLink({ keys: [given], rotation: rotation("MINTING") })).toBeNull();
  });

  it("cannot be made to a key that somebody has", () => {
    expect(reasonAgainstLink({ keys: [given], rotation: null })).toContain("rotate the keys");
    expect(reasonAgainstLink({ keys: [given, given], rotation: rotation("AWAITING_IDLE") })).toContain("has ended");
  });
});
