import Button from "@cloudscape-design/components/button";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { type ComponentProps, useState } from "react";
import { MemoryRouter, Route, Routes } from "react-router";
import { expect, it, vi } from "vitest";
import { problemOf } from "../api/problem";
import { Dialog, FirstInput } from "./Dialog";

const LOCK = { change: "chg-1", actor: "ben@example.com", actorId: "b", since: "2026-11-23T09:00:00.000Z", action: "update" };
const refusal = (slug: string, more: object = {}) => problemOf(409, { type: `https://stowage.dev/problems/${slug}`, title: "Refused", status: 409, detail: "As the API says it.", ...more });

/** Give a dialog with a field, opened by a page that is a form itself. */
function opened(own: Partial<ComponentProps<typeof Dialog>>) {
  const [done, ofPage] = [vi.fn(), vi.fn((event) => event.preventDefault())];
  render(
    <MemoryRouter initialEntries={["/projects/atlas"]}>
      <Routes>
        <Route
          path="/projects/:project"
          element={
            <form onSubmit={ofPage}>
              <Dialog title="Rename it?" deed="Rename" act={done} close={vi.fn()} {...own}>
                {own.children ?? <FirstInput value="" onChange={vi.fn()} ariaLabel="Name" />}
              </Dialog>
            </form>
          }
        />
      </Routes>
    </MemoryRouter>,
  );
  const enter = () => act(async () => void fireEvent.submit(screen.getByLabelText("Name")));
  const press = () => act(async () => void fireEvent.click(screen.getByText("Rename")));
  return { done, ofPage, enter, press };
}

it("does its deed by its button and by Enter, and leaves the page's own form alone", async () => {
  const { done, ofPage, enter, press } = opened({});

  await press();
  await enter();

  expect(done).toHaveBeenCalledTimes(2);
  expect(ofPage).not.toHaveBeenCalled();
});

it.each([["there is a reason against it", { reason: "Type it first." }], ["it is being done", { isActing: true }]])("does nothing while %s", async (_why, own) => {
  const { done, enter } = opened(own);

  await enter();

  expect(done).not.toHaveBeenCalled();
});

it("gives its first field the focus", async () => {
  opened({});
  await act(async () => {});

  expect(document.activeElement).toBe(screen.getByLabelText("Name"));
});

it("closes by Escape, and gives the focus back to what has opened it", async () => {
  function Opener() {
    const [isOpen, setOpen] = useState(false);
    return (
      <>
        <button onClick={() => setOpen(true)}>Open</button>
        {isOpen && (
          <Dialog title="Rename it?" close={() => setOpen(false)}>
            <FirstInput value="" onChange={vi.fn()} ariaLabel="Name" />
          </Dialog>
        )}
      </>
    );
  }
  render(<Opener />);
  screen.getByText("Open").focus();
  await act(async () => void fireEvent.click(screen.getByText("Open")));

  await act(async () => void fireEvent.keyDown(screen.getByLabelText("Name"), { key: "Escape", keyCode: 27 }));

  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(screen.getByText("Open"));
});

it("says beside its button why it cannot be done now, and lets the button have the focus", async () => {
  opened({ reason: "Type it first." });
  await act(async () => {});
  const button = screen.getByText("Rename").closest("button") as HTMLButtonElement;
  const told = button.getAttribute("aria-describedby")?.split(" ").map((id) => document.getElementById(id)?.textContent);

  await act(async () => button.focus());

  expect(told).toContain("Type it first.");
  expect(document.activeElement).toBe(button);
  expect(screen.getByRole("tooltip").textContent).toBe("Type it first.");
});

it("announces a refusal where it stood empty before", () => {
  opened({ problem: refusal("quota-exceeded") });

  expect(screen.getByText("As the API says it.").closest("[aria-live=polite]")).toBeTruthy();
});

it("says why it was refused, with every fault once", () => {
  opened({ problem: refusal("invalid-spec", { errors: [{ pointer: "/a", detail: "As the API says it." }, { pointer: "/b", detail: "It is too long." }] }) });

  expect(screen.getByText("As the API says it. It is too long.")).toBeTruthy();
});

it("leads to the change of somebody who holds the lock", () => {
  opened({ problem: refusal("locked", { lock: LOCK }) });

  expect(screen.getByText(/Updating by ben@example.com/)).toBeTruthy();
  expect(screen.getByText("See the change").closest("a")?.getAttribute("href")).toBe("/projects/atlas/changes/chg-1");
});

it("does nothing more where a button among its contents was pressed", async () => {
  const { done } = opened({ children: <Button>Take theirs</Button> });

  await act(async () => void fireEvent.click(screen.getByText("Take theirs")));

  expect(done).not.toHaveBeenCalled();
});
