import { expect, test } from "vitest";
import { queryOf, resourceOf, searchOf, wantedOf } from "./filters";

test("what is looked for survives the address, and what is not said is not in it", () => {
  const search = new URLSearchParams("resource=bucket%2Finvoices&actor=a%40b.c&q=else");
  const wanted = wantedOf(search);

  expect(wanted).toMatchObject({ resource: "bucket/invoices", actor: "a@b.c", outcome: "" });
  expect(searchOf(wanted).toString()).toBe("resource=bucket%2Finvoices&actor=a%40b.c");
});

test("both days are included, as the person's own zone has them", () => {
  const query = queryOf(wantedOf(new URLSearchParams("since=2026-11-22&until=2026-11-23")));

  expect(query).toEqual({ since: new Date(2026, 10, 22).toISOString(), until: new Date(2026, 10, 24).toISOString() });
  expect(queryOf(wantedOf(new URLSearchParams("since=yesterday")))).toEqual({});
});

test("a resource is meant by kind and name, or by a name that only one has", () => {
  const rows = [{ kind: "bucket", name: "in" }, { kind: "bucket", name: "twice" }, { kind: "user", name: "twice" }];
  const kinds = ["bucket", "user"];

  expect(resourceOf("bucket/deleted-long-ago", rows, kinds)).toBe("bucket/deleted-long-ago");
  expect(resourceOf(" in ", rows, kinds)).toBe("bucket/in");
  expect(resourceOf("twice", rows, kinds)).toBeNull();
  expect(resourceOf("unknown", rows, kinds)).toBeNull();
  expect(resourceOf("ship/x", rows, kinds)).toBeNull();
  expect(resourceOf("", rows, kinds)).toBe("");
});
