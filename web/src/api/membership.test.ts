import { QueryClient } from "@tanstack/react-query";
import { beforeEach, describe, expect, it } from "vitest";
import { keys } from "./keys";
import { forget, hearRefusal } from "./membership";
import { ProblemError } from "./problem";

const REFUSED = new ProblemError("forbidden", 403, "Not allowed", "You are not a member of the project 'atlas'.");
let cache: QueryClient;

const isForgotten = (project: string) => cache.getQueryData(keys.forgotten(project)) === true;

beforeEach(() => {
  cache = new QueryClient();
  cache.setQueryData(keys.feed("atlas"), "atlas's rows");
  cache.setQueryData(keys.feed("borealis"), "borealis's rows");
});

describe("a project that one is no member of any more", () => {
  it("is forgotten at the first reading that is refused, and no other project is", () => {
    hearRefusal(cache, keys.changes("atlas"), REFUSED);

    expect(isForgotten("atlas")).toBe(true);
    expect(cache.getQueryData(keys.feed("atlas"))).toBeUndefined();
    expect(isForgotten("borealis")).toBe(false);
    expect(cache.getQueryData(keys.feed("borealis"))).toBe("borealis's rows");
  });

  it("is not taken for one whose members one may not see, nor for one that does not answer", () => {
    hearRefusal(cache, keys.members("atlas"), REFUSED);
    hearRefusal(cache, keys.feed("atlas"), new ProblemError("internal", 500, "Failed", "It failed."));
    hearRefusal(cache, keys.me, REFUSED);

    expect(isForgotten("atlas")).toBe(false);
    expect(cache.getQueryData(keys.feed("atlas"))).toBe("atlas's rows");
  });

  it("was shown before: one that never was has nothing to forget", () => {
    hearRefusal(cache, keys.feed("cassiopeia"), REFUSED);

    expect(isForgotten("cassiopeia")).toBe(false);
  });

  it("is forgotten once, and can be tried again", () => {
    forget(cache, "atlas");
    forget(cache, "atlas");
    expect(isForgotten("atlas")).toBe(true);

    cache.setQueryData(keys.forgotten("atlas"), false);
    cache.setQueryData(keys.feed("atlas"), "new rows");
    hearRefusal(cache, keys.feed("atlas"), REFUSED);
    expect(isForgotten("atlas")).toBe(true);
  });
});
