import { expect, it } from "vitest";
import { accessOf, endOfDay } from "./access";

const NOON = Date.parse("2026-11-23T12:00:00Z");

it("who is not switched off is on, and has no end unless one is told", () => {
  expect(accessOf({}, NOON)).toEqual({ isEnabled: true, expiresAt: null, isOver: false });
});

it("ends at its very second", () => {
  expect(accessOf({ expiresAt: "2026-11-23T12:00:00Z" }, NOON).isOver).toBe(true);
  expect(accessOf({ expiresAt: "2026-11-23T12:00:01Z" }, NOON).isOver).toBe(false);
});

it("the end of a day has the form that the schema asks for", () => {
  expect(endOfDay("2027-01-31")).toMatch(/^2027-0[12]-\d\dT\d\d:\d\d:59Z$/);
});

it.each(["2", "2027", "2027-0", "2027-02-30"])("no day ends that is only half typed: %s", (day) => {
  expect(endOfDay(day)).toBeNull();
});
