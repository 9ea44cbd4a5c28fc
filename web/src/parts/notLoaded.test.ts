import { describe, expect, it } from "vitest";
import { isNotLoaded, recover } from "./notLoaded";

const NOW = 1_000_000;

/** Let a page recover; tells how often it was read anew, after each try. */
async function tries(...given: { isAsked?: boolean; isOnline?: boolean; answers?: boolean; at?: number }[]): Promise<number[]> {
  const memory = new Map<string, string>();
  const kept = { getItem: (key: string) => memory.get(key) ?? null, setItem: (key: string, value: string) => void memory.set(key, value) };
  let reloads = 0;
  const seen: number[] = [];
  for (const { isAsked = false, isOnline = true, answers = true, at = 0 } of given) {
    await recover(isAsked, { isOnline, now: NOW + at, kept, probe: () => Promise.resolve(answers), reload: () => reloads++ });
    seen.push(reloads);
  }
  return seen;
}

describe("a page that could not be loaded", () => {
  it("is known by the words of each browser, and nothing else is taken for it", () => {
    for (const words of [
      "Unable to preload CSS for /assets/ChangePage-1.css",
      "Failed to fetch dynamically imported module: https://x/assets/a.js",
      "error loading dynamically imported module: https://x/assets/a.js",
      "Importing a module script failed.",
    ]) expect(isNotLoaded(new TypeError(words))).toBe(true);
    expect(isNotLoaded(new TypeError("x is undefined"))).toBe(false);
    expect(isNotLoaded("preload CSS")).toBe(false);
  });

  it("is read anew once by itself, and not for ever", async () => {
    expect(await tries({}, { at: 5_000 }, { at: 59_000 }, { at: 61_000 })).toEqual([1, 1, 1, 2]);
  });

  it("is read anew by each click", async () => {
    expect(await tries({}, { isAsked: true, at: 1 }, { isAsked: true, at: 2 })).toEqual([1, 2, 3]);
  });

  it("stays where nothing can be read, and has its one try left", async () => {
    expect(await tries({ isOnline: false }, { answers: false }, { isAsked: true, isOnline: false }, {})).toEqual([0, 0, 0, 1]);
  });
});
