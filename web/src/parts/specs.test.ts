import { expect, test } from "vitest";
import type { Schema } from "../forms/schema";
import { comparisonOf, differencesOf, isSame, linesOf, mergeSpecs } from "./specs";
import { localTime } from "./time";

const SCHEMA: Schema = {
  type: "object",
  properties: {
    owner: { title: "Owner", type: "string" },
    lifecycleDays: { title: "Delete objects after (days)", type: ["integer", "null"] },
    isOn: { type: "boolean" },
    tags: { title: "Extra tags", type: "object", additionalProperties: { type: "string" } },
    grants: {
      title: "Grants",
      type: "array",
      items: {
        title: "Grant",
        type: "object",
        properties: { bucket: { title: "Bucket", type: "string" }, access: { title: "Access", type: "array", items: { type: "string" } } },
      },
    },
  },
};

const grant = (bucket: string, ...access: string[]) => ({ bucket, access });

test("a spec is told in the schema's order and by its labels, and what is empty says nothing", () => {
  const lines = linesOf({ tags: { team: "x" }, isOn: false, lifecycleDays: null, owner: "a@b.c", grants: [grant("in", "read", "write")] }, SCHEMA);

  expect(lines.map(({ label, value }) => [label, value])).toEqual([
    ["Owner", "a@b.c"],
    ["Is On", "No"],
    ["Extra tags: team", "x"],
    ["Grant", "Bucket: in · Access: read + write"],
  ]);
});

test("a moment is told in one's own zone and in UTC, in a list as well", () => {
  const moment: Schema = { type: "string", format: "date-time" };
  const schema: Schema = { type: "object", properties: { ends: moment, days: { type: "array", items: moment } } };
  const told = `${localTime("2027-01-31T22:59:59Z")} (2027-01-31 22:59:59 UTC)`;

  expect(linesOf({ ends: "2027-01-31T22:59:59Z", days: ["2027-01-31T22:59:59Z"] }, schema).map(({ value }) => value)).toEqual([told, told]);
});

test("only what differs is told, and a list's items by themselves, wherever they stand", () => {
  const before = { owner: "a@b.c", lifecycleDays: 30, grants: [grant("in", "read"), grant("out", "read")] };
  const after = { owner: "a@b.c", lifecycleDays: 60, tags: { team: "x" }, grants: [grant("out", "read"), grant("new", "list")] };

  expect(differencesOf(before, after, SCHEMA).map(({ label, before: was, after: is, turn }) => [label, was, is, turn])).toEqual([
    ["Delete objects after (days)", "30", "60", "changed"],
    ["Extra tags: team", null, "x", "added"],
    ["Grant", "Bucket: in · Access: read", null, "removed"],
    ["Grant", null, "Bucket: new · Access: list", "added"],
  ]);
});

test("a creation adds everything, a deletion removes everything, and the same again is no difference", () => {
  const spec = { owner: "a@b.c", lifecycleDays: 30 };

  expect(differencesOf(null, spec, SCHEMA).map(({ turn }) => turn)).toEqual(["added", "added"]);
  expect(differencesOf(spec, null, SCHEMA).map(({ turn }) => turn)).toEqual(["removed", "removed"]);
  expect(differencesOf(spec, { ...spec }, SCHEMA)).toEqual([]);
  expect(differencesOf(spec, spec, SCHEMA, true).map(({ turn }) => turn)).toEqual(["same", "same"]);
});

test("one's own changes go upon what stands now, and a property that both changed is a clash", () => {
  const seen = { owner: "a", lifecycleDays: 30, tags: { team: "x" } };
  const now = { owner: "b", lifecycleDays: 30, tags: { team: "y" } };
  const own = { owner: "c", lifecycleDays: 60, tags: { team: "x" } };

  expect(mergeSpecs(seen, now, own)).toEqual({ spec: { owner: "c", lifecycleDays: 60, tags: { team: "y" } }, clashes: ["owner"] });
  expect(mergeSpecs(seen, now, { ...now })).toEqual({ spec: now, clashes: [] });
  expect(mergeSpecs(seen, seen, { owner: "a", lifecycleDays: 30 }).spec).toEqual({ owner: "a", lifecycleDays: 30 });
});

test("values of JSON are the same whatever the order of their keys", () => {
  expect(isSame({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
  expect(isSame([1, 2], [2, 1])).toBe(false);
  expect(isSame({ a: 1 }, { a: 1, b: 2 })).toBe(false);
});

test("of two edits the lines are told that either of them changed, with what stood before", () => {
  const seen = { owner: "a", lifecycleDays: 30, grants: [grant("in", "read")] };
  const now = { owner: "b", lifecycleDays: 30, grants: [grant("in", "read"), grant("theirs", "read")] };
  const own = { owner: "c", grants: [grant("in", "read")] };

  expect(comparisonOf(seen, now, own, SCHEMA).map(({ label, seen: was, now: theirs, own: yours }) => [label, was, theirs, yours])).toEqual([
    ["Owner", "a", "b", "c"],
    ["Delete objects after (days)", "30", "30", null],
    ["Grant", null, "Bucket: theirs · Access: read", null],
  ]);
});
