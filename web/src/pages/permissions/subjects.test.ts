import { expect, it } from "vitest";
import type { Resource } from "../../api/client";
import { axes, named, pageOf } from "./subjects";

it("a bucket that never stood is no column: nobody can be given anything in it", () => {
  const bucket = (name: string, status: string) => ({ kind: "bucket", name, status, spec: {} }) as unknown as Resource;

  expect(axes([bucket("stands", "ACTIVE"), bucket("failed", "CREATE_FAILED")], []).buckets).toEqual(["stands"]);
});

it("a page that filtering has taken away is the last one there is", () => {
  const items = Array.from({ length: 21 }, (_, index) => index);

  expect(pageOf(items, 3, 10)).toEqual({ shown: [20], page: 3, pages: 3 });
  expect(pageOf(items.slice(0, 5), 3, 10)).toMatchObject({ page: 1, pages: 1 });
  expect(pageOf([], 1, 10)).toEqual({ shown: [], page: 1, pages: 1 });
});

it("a name is found by a part of it, in whatever case", () => {
  expect(named(["partner-In", "other"], (each) => each, " IN ")).toEqual(["partner-In"]);
});
