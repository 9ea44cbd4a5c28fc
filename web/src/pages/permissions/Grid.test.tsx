import { act, fireEvent, render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { beforeEach, expect, it, vi } from "vitest";
import type { Kind, Resource } from "../../api/client";
import { Grid } from "./Grid";
import type { Subject } from "./subjects";

const KEYS = { ArrowDown: 40, ArrowRight: 39, ArrowLeft: 37, Home: 36, End: 35, Enter: 13 } as const;
const BUCKETS = ["inbox", "outbox"];

function subject(name: string): Subject {
  const grants = [{ bucket: "inbox", prefix: "", access: ["list"] }];
  const kind = { kind: "user", title: "User", path: "users" } as Kind;
  const resource = { kind: "user", name, spec: { grants } } as unknown as Resource;
  return { id: `user/${name}`, kind, resource, rules: { property: "grants", item: {}, accesses: ["list"], hasPath: false } };
}

const scrolled = vi.fn();
beforeEach(() => {
  scrolled.mockClear();
  Element.prototype.scrollIntoView = function (this: Element) {
    scrolled(this); // jsdom has no layout
  };
});

/** Draw three users by two buckets; the third one is at work and cannot be changed. */
async function drawn() {
  const edit = vi.fn();
  const reasonAgainst = ({ resource }: Subject) => (resource.name === "third" ? "It is locked." : null);
  const subjects = ["first", "second", "third"].map(subject);
  render(
    <MemoryRouter>
      <Grid project="atlas" subjects={subjects} buckets={BUCKETS} editing={{ drafts: {}, mayWrite: true, reasonAgainst, edit }} now={0} />
    </MemoryRouter>,
  );
  await act(() => new Promise((done) => setTimeout(done)));
  return edit;
}

const stops = () => [...screen.getByRole("grid").querySelectorAll<HTMLElement>("a, button, [tabindex]")].filter((each) => each.tabIndex >= 0);
const focused = () => document.activeElement as HTMLElement;
const press = (key: keyof typeof KEYS, ctrlKey = false) => act(async () => void fireEvent.keyDown(focused(), { key, keyCode: KEYS[key], ctrlKey }));

it("is one stop, from which the arrows lead to every cell and to the links in its headers", async () => {
  await drawn();
  expect(stops()).toHaveLength(1);

  await act(async () => stops()[0]?.focus());
  await press("ArrowRight");
  expect(focused().getAttribute("href")).toBe("/projects/atlas/buckets/inbox");
  await press("ArrowDown");
  expect(focused().textContent).toContain("Change what first may do in inbox");
  await press("Home");
  expect(focused().getAttribute("href")).toBe("/projects/atlas/users/first");
  await press("End");
  expect(focused().textContent).toContain("Change what first may do in outbox");
  await press("End", true);
  expect(focused().tagName).toBe("TD"); // nothing to press, and reached all the same
  await press("Home", true);
  expect(focused().textContent).toBe("User");
  expect(stops()).toEqual([focused()]);
});

it("brings the cell that has the focus into view", async () => {
  await drawn();
  const button = screen.getByText(/Change what second may do in outbox/).closest("a");

  await act(async () => button?.focus());

  expect(scrolled).toHaveBeenCalledWith(button?.closest("td"));
});

it("opens the cell that has the focus by Enter", async () => {
  const edit = await drawn();
  await act(async () => screen.getByText(/Change what second may do in outbox/).closest("a")?.focus());

  await press("Enter");

  expect(edit).toHaveBeenCalledWith(expect.objectContaining({ id: "user/second" }), "outbox");
});

it("names rows by their users and columns by their buckets", async () => {
  await drawn();

  expect(screen.getAllByRole("rowheader").map((each) => each.textContent)).toEqual(["firstUser", "secondUser", "thirdUserIt is locked."]);
  expect(screen.getAllByRole("columnheader").map((each) => each.textContent)).toEqual(["User", ...BUCKETS]);
});
