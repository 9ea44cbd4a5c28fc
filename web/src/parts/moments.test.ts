import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { elsewhere, faultOfMoment, momentOf, textOf, typedOf } from "./moments";

beforeEach(() => void vi.stubEnv("TZ", "Europe/Berlin"));
afterEach(() => vi.unstubAllEnvs());

describe("a moment and what was typed of it", () => {
  it.each([
    ["2027-01-31T22:59:59Z", { day: "2027-01-31", time: "23:59:59" }],
    ["2027-07-31T22:30:00Z", { day: "2027-08-01", time: "00:30" }],
    ["2027-01-31T20:00:00.512-03:00", { day: "2027-02-01", time: "00:00" }],
    ["2027-01-31T", { day: "2027-01-31", time: "" }],
    ["T18:0", { day: "", time: "18:0" }],
    ["<b>soon</b>", { day: "", time: "" }],
  ])("of %s is %j", (text, typed) => expect(typedOf(text)).toEqual(typed));

  it.each(["2027-01-31T22:59:59Z", "2027-10-30T22:00:00Z", "2096-02-29T11:00:07Z", "2027-01T", "2027-01-31T", "T18:0", ""])("comes back as %s", (text) => {
    expect(textOf(typedOf(text))).toBe(text);
  });

  it("is UTC to the second once it is whole, summer and winter", () => {
    expect(momentOf({ day: "2027-01-31", time: "18:00" })).toBe("2027-01-31T17:00:00Z");
    expect(momentOf({ day: "2027-07-31", time: "18:00:30" })).toBe("2027-07-31T16:00:30Z");
  });

  it("is none where the clocks skip it", () => expect(momentOf({ day: "2027-03-28", time: "02:30" })).toBeNull());

  it.each(["", "2027", "2027-01", "2027-0", "2027-02-30"])("is none on the day %s", (day) => expect(momentOf({ day, time: "18:00" })).toBeNull());

  it("is told as UTC, with the zone that it was typed in", () => {
    expect(elsewhere("2027-01-31T22:59:59Z")).toBe("That is 2027-01-31 22:59:59 UTC; your time zone is Europe/Berlin.");
  });
});

it.each([
  ["2027-01-31T", "The time is missing"],
  ["T18:00", "The day is missing"],
  ["2027-01T18:00", "The day is not whole"],
  ["2027-02-30T18:00", "no such day"],
  ["2027-02-30T18:00:00Z", "no such day"],
  ["2027-01-31T18:", "The time is not whole"],
  ["2027-03-28T02:30", "skip this time"],
  ["next week", "This is no moment"],
  ["2027-01-31", "This is no moment"],
])("says of %s what is wrong: %s", (text, told) => expect(faultOfMoment(text)).toContain(told));

it.each(["2027-01-31T22:59:59Z", "2028-02-29T00:00:00.5+01:00"])("finds nothing wrong with %s", (text) => expect(faultOfMoment(text)).toBeNull());
