import { act, fireEvent, render, screen } from "@testing-library/react";
import { RouterProvider, createMemoryRouter } from "react-router";
import { expect, it } from "vitest";
import { LeaveGuard } from "./LeaveGuard";

/** Give a form's page, and the ways to leave it. */
function page(isDirty: boolean, isSaved = { current: false }) {
  const router = createMemoryRouter([
    { path: "/form", element: <LeaveGuard isDirty={isDirty} isSaved={isSaved} /> },
    { path: "*", element: <>elsewhere</> },
  ], { initialEntries: ["/before", "/form"] });
  render(<RouterProvider router={router} />);
  const leave = (to: string | number) => act(async () => void (await router.navigate(to as string)));
  const at = () => router.state.location.pathname;
  return { leave, at };
}

const isTabAsking = () => !window.dispatchEvent(new Event("beforeunload", { cancelable: true }));
const press = (text: string) => act(async () => void fireEvent.click(screen.getByText(text)));

it("asks before edits are lost, and stays or leaves as it is told", async () => {
  const { leave, at } = page(true);

  await leave("/projects");
  expect(at()).toBe("/form");
  await press("Stay here");
  expect(screen.queryByText("Leave")).toBeNull();
  expect(at()).toBe("/form");
  await leave(-1);
  await press("Leave");
  expect(at()).toBe("/before");
});

it("asks before the tab is closed, while there is something to lose", () => {
  page(true);
  expect(isTabAsking()).toBe(true);
});

it.each<[string, boolean, boolean]>([["nothing was changed", false, false], ["it was saved", true, true]])("asks nothing where %s", async (_why, isDirty, current) => {
  const { leave, at } = page(isDirty, { current });

  expect(isTabAsking()).toBe(false);
  await leave("/projects");
  expect(at()).toBe("/projects");
});
