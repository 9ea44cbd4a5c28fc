import { describe, expect, it } from "vitest";
import type { Resource } from "../api/client";
import { withSnapshot } from "../live/feed";
import { type Requested, shownRows } from "./requested";

const ROW = {
  kind: "bucket", name: "a", spec: {}, status: "ACTIVE", outputs: {}, lock: null, version: 1, stackStatus: null,
  verifiedAt: null, outcome: null, cause: null, change: "chg-old", referencedBy: [], drift: null, nextActions: [],
} as Resource;
const WISH: Requested = { kind: "bucket", name: "a", action: "create", spec: {}, actor: "mia@example.com", change: "chg-1" };
const shown = (items: Resource[], ...wishes: Requested[]) =>
  shownRows(withSnapshot(undefined, { seq: 1, items }), wishes).map((row) => [row.name, row.status]);

describe("what was asked for", () => {
  it("is a row at once", () => expect(shown([], WISH)).toEqual([["a", "REQUESTED"]]));

  it("is told on the row that stands, until a message tells of it", () => {
    expect(shown([ROW], { ...WISH, change: null })).toEqual([["a", "REQUESTED"]]);
    expect(shown([ROW], WISH)).toEqual([["a", "REQUESTED"]]);

    const lock = { change: "chg-1", actor: "mia@example.com", actorId: "m", since: "", action: "update" as const };
    expect(shown([{ ...ROW, status: "UPDATING", lock }], WISH)).toEqual([["a", "UPDATING"]]);
    expect(shown([{ ...ROW, change: "chg-1" }], WISH)).toEqual([["a", "ACTIVE"]]);
  });
});
