import { describe, expect, it } from "vitest";
import { ago, duration, utcTime } from "./time";

describe("times", () => {
  it.each([[0, "0 ms"], [850, "850 ms"], [12_400, "12 s"], [60_000, "1 min"], [185_000, "3 min 5 s"], [7_800_000, "2 h 10 min"]])(
    "tells %d ms as %s",
    (given, told) => expect(duration(given)).toBe(told),
  );

  it.each([[1_000, "just now"], [12_000, "12 s ago"], [200_000, "3 min ago"], [7_300_000, "2 h ago"]])(
    "tells what was %d ms before as %s",
    (before, told) => expect(ago(0, before)).toBe(told),
  );

  it("tells UTC as UTC, and leaves alone what is no time", () => {
    expect(utcTime("2026-11-23T13:03:12.512Z")).toBe("2026-11-23 13:03:12 UTC");
    expect(utcTime("soon")).toBe("soon");
  });
});
