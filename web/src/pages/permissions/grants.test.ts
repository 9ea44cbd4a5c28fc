import { describe, expect, it } from "vitest";
import type { Kind } from "../../api/client";
import { type Entry, differences, edited, entriesOf, rebased, repeated, rulesOf, withBucket } from "./grants";

const items = (more: object = {}) => ({
  type: "object",
  properties: { bucket: { type: "string" }, prefix: { type: "string" }, access: { type: "array", items: { enum: ["list", "read", "write", "delete"] } }, ...more },
});
const kind = (properties: object): Kind => ({ kind: "x", path: "xs", title: "X", schema: { type: "object", properties } as never, usualSeconds: 1, credentials: false });
const rules = rulesOf(kind({ owner: { type: "string" }, grants: { type: "array", items: items() } }));
if (rules === null) throw new Error("The kind has grants.");

const entry = (bucket: string, prefix: string, ...access: string[]): Entry => ({ bucket, prefix, access });

describe("a kind's grants", () => {
  it("are found by their form, whatever the property's name", () => {
    expect(rules).toMatchObject({ property: "grants", accesses: ["list", "read", "write", "delete"], hasPath: false });
    expect(rulesOf(kind({ home: { type: "array", items: items({ path: { type: "string" } }) } }))).toMatchObject({ property: "home", hasPath: true });
    expect(rulesOf(kind({ owner: { type: "string" } }))).toBeNull();
  });

  it("are none in a spec without them", () => {
    expect(entriesOf({}, rules)).toEqual([]);
    expect(entriesOf({ grants: ["?", { bucket: "b" }] }, rules)).toEqual([]);
  });
});

describe("a changed cell", () => {
  const entries = [entry("a", "", "list"), entry("b", "in/", "read"), entry("a", "x/", "read"), entry("c", "", "list")];

  it("takes the place of its bucket's entries, and leaves the others in order", () => {
    expect(withBucket(entries, "a", [entry("a", "", "read")]).map(({ bucket }) => bucket)).toEqual(["a", "b", "c"]);
    expect(withBucket(entries, "d", [entry("d", "", "list")]).at(-1)?.bucket).toBe("d");
  });

  it("makes a draft against the version that was seen first, and none when it is taken back", () => {
    const seen = { spec: { grants: [entry("a", "", "list")] }, version: 3 };
    const draft = edited(undefined, seen, rules, "b", [entry("b", "", "read")]);

    expect(draft).toMatchObject({ version: 3, base: [entry("a", "", "list")] });
    expect(edited(draft, { ...seen, version: 4 }, rules, "c", [entry("c", "", "read")])?.version).toBe(3);
    expect(edited(draft, seen, rules, "b", [])).toBeUndefined();
  });

  it("names no folder twice", () => {
    expect([...repeated([entry("a", "", "list"), entry("a", "x/", "list"), entry("a", "", "read")])]).toEqual([2]);
  });
});

describe("a review", () => {
  it("says what is gained and what is lost, folder by folder, and nothing of what stays", () => {
    const before = [entry("a", "", "list", "read"), entry("b", "", "list"), entry("c", "", "list")];
    const after = [entry("a", "", "read", "write"), entry("c", "", "list"), entry("d", "in/", "write")];

    expect(differences(before, after).map(({ place, gained, lost }) => [place, gained, lost])).toEqual([
      ["a/", ["write"], ["list"]],
      ["b/", [], ["list"]],
      ["d/in/", ["write"], []],
    ]);
  });

  it("is empty where access is told in another order", () => {
    expect(differences([entry("a", "", "list", "read")], [entry("a", "", "read", "list")])).toEqual([]);
  });
});

describe("mine on top of theirs", () => {
  it("keeps what they changed, but where I changed the same", () => {
    const base = [entry("a", "", "list"), entry("b", "", "list"), entry("c", "", "list")];
    const mine = [entry("a", "", "list", "write"), entry("b", "", "list")]; // a changed, c taken away
    const theirs = [entry("a", "", "read"), entry("b", "", "read"), entry("c", "", "list"), entry("d", "", "list")];

    expect(rebased(base, mine, theirs)).toEqual([entry("a", "", "list", "write"), entry("b", "", "read"), entry("d", "", "list")]);
  });

  it("puts back what they took away and I changed", () => {
    expect(rebased([entry("a", "", "list")], [entry("a", "", "read")], [])).toEqual([entry("a", "", "read")]);
  });
});
