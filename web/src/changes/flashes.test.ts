import { describe, expect, it } from "vitest";
import type { Change } from "../api/client";
import { ended, running, stopping } from "./flashes";

const change = (extra: Partial<Change> = {}): Change => ({
  id: "chg-1", project: "atlas", kind: "bucket", name: "acme-logs", action: "create", mode: null, status: "RUNNING",
  outcome: null, cause: null, actor: "mia@example.com", actorId: "m", startedAt: "2026-11-23T09:00:00.000Z", endedAt: null,
  states: [], ...extra,
});

describe("the message of a change", () => {
  it("is one: its end has the id of its beginning", () => {
    const end = ended(change({ status: "SUCCEEDED", outcome: "SUCCEEDED" }), "bucket");

    expect(running(change(), "bucket")).toMatchObject({ id: "chg-1", type: "in-progress", content: "Creating bucket acme-logs." });
    expect(end).toMatchObject({ id: "chg-1", type: "success", content: "The bucket acme-logs was created." });
  });

  it("tells what was rolled back as that, and not as failed", () => {
    const end = ended(change({ action: "update", status: "FAILED", outcome: "ROLLED_BACK", cause: "No such key." }), "bucket");

    expect(end).toMatchObject({ type: "warning", content: "No such key." });
    expect(end.header).toContain("stands as before");
  });

  it("is the same one while it is being stopped, and when it was", () => {
    const stop = stopping(change(), "bucket");
    const end = ended(change({ status: "STOPPED", outcome: "STOPPED", cause: "Mia stopped it." }), "bucket");

    expect(stop).toMatchObject({ id: "chg-1", type: "in-progress", header: "Creating bucket acme-logs is being stopped" });
    expect(end).toMatchObject({ id: stop.id, type: "info", header: "Creating bucket acme-logs was stopped" });
  });

  it("gives the reason of a failure", () => {
    const end = ended(change({ status: "FAILED", outcome: "LOCKED", cause: "Ben has it." }), "bucket");

    expect(end).toMatchObject({ type: "error", header: "Creating bucket acme-logs failed", content: "Ben has it." });
  });
});
