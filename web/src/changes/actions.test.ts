import { expect, test } from "vitest";
import type { Kind, Resource } from "../api/client";
import { explain, needsAnotherName, offered, reasonOfUse } from "./actions";

const kind = (more: Partial<Kind> = {}): Kind => ({ kind: "bucket", path: "buckets", title: "Bucket", schema: {}, usualSeconds: 20, credentials: false, ...more });
const resource = (more: Partial<Resource> = {}): Resource => ({
  kind: "bucket", name: "invoices", spec: {}, status: "ACTIVE", outputs: {}, lock: null, version: 1, stackStatus: "CREATE_COMPLETE", verifiedAt: null,
  outcome: null, cause: null, change: null, referencedBy: [], drift: null, nextActions: ["update", "delete"], ...more,
});
const LOCK = { change: "chg-1", actor: "a@b.c", actorId: "a", since: "2026-11-23T13:00:00.000Z", action: "create" } as const;

test("what destroys something asks for the name, what brings something back does not", () => {
  const typed = (["delete", "emptyAndDelete", "retain"] as const).map((action) => explain(action, kind(), resource()));
  const free = (["retry", "repair", "recreate", "continueRollback", "forget", "stop"] as const).map((action) => explain(action, kind(), resource()));

  expect(typed.every((each) => each.isTyped && each.isFinal)).toBe(true);
  expect(free.some((each) => each.isTyped)).toBe(false);
});

test("the deletion of somebody with keys says that the keys stop working", () => {
  expect(explain("delete", kind({ credentials: true, title: "User" }), resource()).sentences.join(" ")).toContain("access keys stop working");
});

test("edit and delete are always there, unless somebody is at work; what the state does not allow is not", () => {
  expect(offered(resource())).toEqual(["update", "delete"]);
  expect(offered(resource({ nextActions: ["continueRollback"] }))).toEqual(["continueRollback", "update", "delete"]);
  expect(offered(resource({ nextActions: ["delete", "emptyAndDelete", "retain"] }))).toEqual(["emptyAndDelete", "retain", "update", "delete"]);
  expect(offered(resource({ nextActions: ["stop"], lock: LOCK }))).toEqual(["stop"]);
  expect(offered(resource({ nextActions: [], lock: LOCK }))).toEqual([]);
});

test("where somebody has the name, trying again comes last", () => {
  const taken = resource({ status: "CREATE_FAILED", outcome: "NAME_TAKEN", stackStatus: null, nextActions: ["retry", "update", "forget"] });

  expect(offered(taken)).toEqual(["forget", "update", "delete", "retry"]);
  expect(needsAnotherName(taken)).toBe(true);
  expect(needsAnotherName({ ...taken, outcome: "CREATE_FAILED" })).toBe(false);
  expect(offered({ ...taken, outcome: "CREATE_FAILED" })[0]).toBe("retry");
  expect(needsAnotherName({ ...taken, nextActions: [], lock: LOCK })).toBe(false);
});

test("what others name cannot be deleted, and the first three of them are told", () => {
  const users = ["a", "b", "c", "d", "e"].map((name) => ({ kind: "user", name }));

  expect(reasonOfUse(resource())).toBeNull();
  expect(reasonOfUse(resource({ referencedBy: users.slice(0, 1) }))).toBe("In use by a: take it out of what they name first.");
  expect(reasonOfUse(resource({ referencedBy: users }))).toContain("a, b, c and 2 more");
});
