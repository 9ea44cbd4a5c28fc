import { expect, test } from "vitest";
import type { Change } from "../../api/client";
import { cellOf, csvOf, fileName, jsonOf, readAll } from "./export";

const change = (more: Partial<Change> = {}): Change => ({
  id: "chg-1", project: "atlas", kind: "bucket", name: "invoices", action: "create", mode: null, status: "SUCCEEDED", outcome: "SUCCEEDED",
  cause: null, actor: "anna@example.com", actorId: "sub-1", startedAt: "2026-11-23T13:00:00.000Z", endedAt: null, states: [], ...more,
});

test.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])("a cell that a spreadsheet would compute is guarded: %j", (text) => {
  expect(cellOf(text).replace(/^"/, "")).toMatch(/^'/);
});

test("other cells stand as they are, and what would break the row is quoted", () => {
  expect(cellOf("plain")).toBe("plain");
  expect(cellOf("a=b")).toBe("a=b");
  expect(cellOf(null)).toBe("");
  expect(cellOf('He said "no", twice')).toBe('"He said ""no"", twice"');
  expect(cellOf("two\nlines")).toBe('"two\nlines"');
  expect(cellOf('=HYPERLINK("x","y")')).toBe(`"'=HYPERLINK(""x"",""y"")"`);
});

test("the file has the columns' names and a row for each change", () => {
  const lines = csvOf([change(), change({ cause: "=cmd|' /C calc'!A0" })]).split("\r\n");

  expect(lines[0]).toBe("\ufeffid,project,kind,name,action,mode,status,outcome,cause,actor,actorId,startedAt,endedAt");
  expect(lines[1]).toBe("chg-1,atlas,bucket,invoices,create,,SUCCEEDED,SUCCEEDED,,anna@example.com,sub-1,2026-11-23T13:00:00.000Z,");
  expect(lines[2]).toContain(",'=cmd|' /C calc'!A0,");
  expect(lines).toHaveLength(4);
  expect(JSON.parse(jsonOf([change()]))).toMatchObject([{ id: "chg-1", cause: null }]);
});

test("every page is read, and how many there are is told after each", async () => {
  const pages = { first: { items: [change({ id: "a" }), change({ id: "b" })], cursor: "next" }, next: { items: [change({ id: "c" })], cursor: null } };
  const told: number[] = [];

  const found = await readAll(async (cursor) => (cursor === "next" ? pages.next : pages.first), (count) => told.push(count));

  expect(found.map((each) => each.id)).toEqual(["a", "b", "c"]);
  expect(told).toEqual([2, 3]);
});

test("the file is named by project and day", () => {
  expect(fileName("atlas", "csv", new Date("2026-11-23T13:00:00Z"))).toBe("atlas-changes-2026-11-23.csv");
});
