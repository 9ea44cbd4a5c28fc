import { expect, test } from "vitest";
import type { Findings, Resource } from "../../api/client";
import type { Feed } from "../../live/feed";
import { driftedOf, helpOf, isUnderWay, lockedOf, reasonAgainstOperating, remedyOf, waitingOf } from "./attention";

const row = (name: string, more: Partial<Resource> = {}): Resource => ({
  kind: "bucket", name, spec: {}, status: "ACTIVE", outputs: {}, lock: null, version: 1, stackStatus: null, verifiedAt: null,
  outcome: "SUCCEEDED", cause: null, change: null, referencedBy: [], drift: null, nextActions: [], ...more,
});
const feedOf = (...rows: Resource[]): Feed => ({
  seq: 1, ahead: [], newest: 1, toldBy: {}, cut: [], rows: Object.fromEntries(rows.map((each) => [`${each.kind}/${each.name}`, each])),
});
const lock = (since: string) => ({ change: "chg-1", actor: "anna@example.com", actorId: "a", since, action: "update" as const });
const names = (rows: readonly Resource[]) => rows.map((each) => each.name);
const found = (more: Partial<Findings> = {}): Findings => ({
  callsMade: 1, cause: null, drifted: 0, failed: 0, locksFreed: 0, mismatches: 0, repaired: 0, stacks: 3, waiting: 0,
  triedAt: "2026-11-23T09:00:41.512Z", verifiedAt: "2026-11-23T09:00:00.000Z", ...more,
});

test("what is locked longest stands first, and what is free is not there", () => {
  const feed = feedOf(row("free"), row("later", { lock: lock("2026-11-23T09:05:00.000Z") }), row("first", { lock: lock("2026-11-23T09:00:00.000Z") }));

  expect(names(lockedOf(feed))).toEqual(["first", "later"]);
});

test("only what is known to have drifted has drifted", () => {
  const drift = (status: "IN_SYNC" | "DRIFTED" | "UNKNOWN", checkedAt = "2026-11-23T09:00:00.000Z") => ({ drift: { status, checkedAt, resources: [] } });
  const feed = feedOf(
    row("fine", drift("IN_SYNC")), row("unread", drift("UNKNOWN")), row("old", drift("DRIFTED")),
    row("new", drift("DRIFTED", "2026-11-23T10:00:00.000Z")), row("never"),
  );

  expect(names(driftedOf(feed))).toEqual(["new", "old"]);
});

test("the most urgent waits first; what was rolled back, and what somebody is at work on, waits for nobody", () => {
  const feed = feedOf(
    row("made", { status: "CREATE_FAILED" }), row("back", { status: "ROLLED_BACK", outcome: "ROLLED_BACK" }), row("gone", { status: "MISSING" }),
    row("stuck", { status: "NEEDS_OPERATOR" }), row("kept", { status: "DELETE_FAILED" }), row("denied", { outcome: "ACCESS_DENIED" }),
    row("retried", { status: "UPDATING", outcome: "INTERNAL_ERROR", lock: lock("2026-11-23T09:00:00.000Z") }),
  );

  expect(names(waitingOf(feed))).toEqual(["stuck", "gone", "kept", "made", "denied"]);
  for (const each of waitingOf(feed)) expect(helpOf(each)).not.toBe("");
});

test("each part that drifted has its own remedy", () => {
  const part = (type: string, status: string, ...properties: string[]) => remedyOf({ type, id: "x", status, properties });

  expect(part("AWS::IAM::AccessKey", "UNEXPECTED")).toMatch("deactivate it");
  expect(part("AWS::IAM::AccessKey", "DELETED")).toMatch("Rotate");
  expect(part("AWS::S3::BucketPolicy", "DELETED")).toMatch("policy back");
  expect(part("AWS::Transfer::User", "MODIFIED", "/SshPublicKeys/1")).toMatch("public key");
  expect(part("AWS::Transfer::User", "MODIFIED", "/Role")).toMatch("by the template");
  expect(part("AWS::Transfer::User", "DELETED")).toMatch("create it again");
  expect(part("AWS::S3::Bucket", "MODIFIED", "/Versioning")).toMatch("reverts drift");
});

test("a run is under way until findings are told that are newer than its start", () => {
  const run = { id: "now-1", startedAt: "2026-11-23T09:00:10.000Z" };
  const soon = Date.parse("2026-11-23T09:01:00.000Z");

  expect(isUnderWay(undefined, null, soon)).toBe(false);
  expect(isUnderWay(run, null, soon)).toBe(true);
  expect(isUnderWay(run, found({ triedAt: "2026-11-23T08:00:00.000Z" }), soon)).toBe(true);
  expect(isUnderWay(run, found(), soon)).toBe(false);
  expect(isUnderWay(run, null, soon + 2 * 3_600_000)).toBe(false);
});

test("only operators operate", () => {
  expect(reasonAgainstOperating("operator", "breaks a lock")).toBeNull();
  expect(reasonAgainstOperating("manager", "breaks a lock")).toBe("Only an operator breaks a lock.");
  expect(reasonAgainstOperating(undefined, "breaks a lock")).not.toBeNull();
});
