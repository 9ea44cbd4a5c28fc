import { expect, test } from "vitest";
import type { Findings } from "../api/client";
import { foundWords } from "./findings";

const found = (more: Partial<Findings> = {}): Findings => ({
  callsMade: 1, cause: null, drifted: 0, failed: 0, locksFreed: 0, mismatches: 0, repaired: 0, stacks: 3, waiting: 0,
  triedAt: "2026-11-23T09:00:41.512Z", verifiedAt: "2026-11-23T09:00:00.000Z", ...more,
});

test("findings are told in a line, and why not everything could be compared comes first", () => {
  expect(foundWords(found())).toBe("Everything agreed");
  expect(foundWords(found({ mismatches: 1, repaired: 1, locksFreed: 2 }))).toBe("1 mismatch, 1 repaired, 2 locks freed");
  expect(foundWords(found({ cause: "Access denied.", mismatches: 4 }))).toBe("Not everything could be compared: Access denied.");
  expect(foundWords(found({ drifted: 1 }))).toBe("1 drifted");
});
