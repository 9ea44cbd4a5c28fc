import { describe, expect, it } from "vitest";
import { asProblem, problemOf } from "./problem";

const LOCK = { change: "chg-1", actor: "ben@example.com", actorId: "b", since: "2026-11-23T09:00:00.000Z", action: "update" };

describe("a refused request", () => {
  it("keeps the sentence, the code to switch on and who holds the lock", () => {
    const body = { type: "https://stowage.dev/problems/locked", title: "Locked", status: 409, detail: "Ben has it.", lock: LOCK };

    const error = problemOf(409, body);

    expect(error).toMatchObject({ code: "locked", status: 409, message: "Ben has it.", lock: LOCK, isPassing: false });
  });

  it("keeps every wrong field, or the one that a single pointer names", () => {
    const told = { type: "x/invalid-spec", title: "Invalid", status: 422, detail: "Too long." };
    const errors = [{ pointer: "/owner", detail: "No address." }];

    expect(problemOf(422, { ...told, errors, pointer: "/owner" }).faults).toEqual(errors);
    expect(problemOf(422, { ...told, pointer: "/tags" }).faults).toEqual([{ pointer: "/tags", detail: "Too long." }]);
  });

  it("has words of its own where the gateway answered instead of the API", () => {
    expect(problemOf(401, { message: "Unauthorized" }).message).toContain("Sign in again");
    expect(problemOf(503, undefined)).toMatchObject({ code: "http-503", isPassing: true });
  });

  it("is never a bare TypeError", () => {
    expect(asProblem(new TypeError("Failed to fetch"))).toMatchObject({ code: "unreachable", isPassing: true });
    expect(asProblem(new Error("x")).code).toBe("unexpected");
  });
});
