import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { expect, it } from "vitest";
import type { Kind } from "../../api/client";
import { problemOf } from "../../api/problem";
import { Refusal, nameFaultOf } from "./Refusal";

const SCHEMA = { properties: { owner: { type: "string" } } } as const;
const KIND = { kind: "bucket", title: "Bucket", path: "buckets", schema: SCHEMA } as unknown as Kind;
const LOCK = { change: "chg-1", actor: "ben@example.com", actorId: "b", since: "2026-11-23T09:00:00.000Z", action: "update" };

const problem = (slug: string, status: number, more: object = {}) =>
  problemOf(status, { type: `https://stowage.dev/problems/${slug}`, title: "Refused", status, detail: "As the API says it.", ...more });

function drawn(what: ReactNode) {
  const { container } = render(<MemoryRouter>{what}</MemoryRouter>);
  return { text: container.textContent ?? "", link: container.querySelector("a")?.getAttribute("href") ?? null };
}

const refused = (why: ReturnType<typeof problem>, isNameTold = false) =>
  drawn(<Refusal project="atlas" problem={why} schema={SCHEMA} isNameTold={isNameTold} alert={null} />);

it("says at the name that it is there already, with the way to it", () => {
  const why = problem("resource-exists", 412);

  expect(drawn(nameFaultOf(why, "atlas", KIND, "invoices"))).toEqual({
    text: "There is a bucket of this name already. Open it", link: "/projects/atlas/buckets/invoices",
  });
  expect(drawn(nameFaultOf(why, "atlas", { ...KIND, title: "SFTP user" }, "x")).text).toContain("There is an SFTP user of");
  expect(drawn(nameFaultOf(why, "atlas", { ...KIND, title: "User" }, "x")).text).toContain("There is a user of");
  expect(refused(why, true).text).toBe("");
});

it("says at the name what the API finds wrong with it, and beside the button what no field says", () => {
  const errors = [{ pointer: "", detail: "The name must not end so." }, { pointer: "", detail: "The stack is too large." }, { pointer: "/owner", detail: "x" }];
  const why = problem("invalid-spec", 422, { errors });

  expect(drawn(nameFaultOf(why, "atlas", KIND, "x")).text).toBe("The name must not end so.");
  expect(refused(why, true).text).toContain("The stack is too large.");
  expect(refused(why, true).text).not.toContain("The name");
  expect(nameFaultOf(problem("quota-exceeded", 409), "atlas", KIND, "x")).toBeNull();
  expect(refused(problem("quota-exceeded", 409)).text).toContain("As the API says it.");
});

it("says who holds the lock and leads to their change, without its number and without a time of machines", () => {
  const { text, link } = refused(problem("locked", 409, { lock: LOCK }));

  expect(text).toContain("Updating by ben@example.com since");
  expect(text).not.toMatch(/chg-1|T09:00/);
  expect(link).toBe("/projects/atlas/changes/chg-1");
});
