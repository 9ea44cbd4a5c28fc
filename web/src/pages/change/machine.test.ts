import { expect, test } from "vitest";
import type { ChangeState } from "../../api/client";
import { MACHINE, NODE, drawingOf, pathOf, shownStates, standingOf, timeIn, visitsOf, wayFrom } from "./machine";

const WAY = ["AcquireLock", "NotifyStarted", "SubmitStackOperation", "AwaitStack", "UpdateMirror", "ReleaseLock", "NotifySucceeded", "ChangeSucceeded"];

function entered(name: string, second: number, status: ChangeState["status"] = "SUCCEEDED", until: number | null = second + 1): ChangeState {
  const at = (each: number) => new Date(each * 1000).toISOString();
  return { name, status, enteredAt: at(second), exitedAt: until === null ? null : at(until), attempts: 1, error: null, cause: null };
}

const FAILED = [
  entered("AcquireLock", 0), entered("NotifyStarted", 1), entered("SubmitStackOperation", 2), entered("AwaitStack", 3, "FAILED"),
  entered("RecordFailure", 4), entered("OperationStillRuns", 5), entered("ReleaseLockAfterFailure", 6), entered("NotifyFailed", 7),
  entered("ChangeFailed", 8, "FAILED"),
];

test("the way of a success is the machine's own eight states", () => {
  expect(wayFrom(MACHINE.start)).toEqual(WAY);
});

test("a change that runs shows where it was and what is ahead; one that has ended shows where it was", () => {
  const running = [entered("AcquireLock", 0), entered("NotifyStarted", 1, "RUNNING", null)];

  expect(shownStates([], false, "taken")).toEqual(WAY);
  expect(shownStates(running, false, "taken")).toEqual(WAY);
  expect(shownStates(FAILED, true, "taken")).toEqual(FAILED.map((each) => each.name));
  expect(shownStates(FAILED, true, "usual")).toHaveLength(WAY.length + 5);
  expect(shownStates(FAILED, true, "all")).toHaveLength(MACHINE.states.length);
});

test("while a failure is told, what is ahead is the failure's own way", () => {
  const ahead = shownStates(FAILED.slice(0, 5), false, "taken");

  expect(ahead).toContain("ChangeFailed");
  expect(ahead).not.toContain("ChangeSucceeded");
});

test("a state of another release is shown where nobody knows it", () => {
  const states = [entered("AcquireLock", 0), entered("WeighAnchor", 1)];
  const shown = shownStates(states, true, "taken");

  expect(shown).toEqual(["AcquireLock", "WeighAnchor"]);
  expect(drawingOf(shown, states, false).edges).toMatchObject([{ from: "AcquireLock", to: "WeighAnchor", isTaken: true }]);
});

test("a state that was entered twice stands as its newest entry, and its times add up", () => {
  const visits = visitsOf([entered("EmptyContents", 0, "SUCCEEDED", 12), entered("ContentsRemain", 12), entered("EmptyContents", 13, "RUNNING", null)]);
  const emptying = visits.get("EmptyContents");

  expect([...visits.keys()]).toEqual(["EmptyContents", "ContentsRemain"]);
  expect(emptying?.last.status).toBe("RUNNING");
  expect(emptying && timeIn(emptying, 20_000)).toBe(19_000);
});

test("what was not entered is ahead while the change runs, and left out once it has ended", () => {
  expect(standingOf(undefined, false)).toBe("AHEAD");
  expect(standingOf(undefined, true)).toBe("LEFT_OUT");
  expect(standingOf(visitsOf(FAILED).get("AwaitStack"), true)).toBe("FAILED");
});

test("states lie below each other without overlapping, and the lines that were gone are told", () => {
  const drawing = drawingOf(shownStates(FAILED, true, "all"), FAILED, true);

  for (const [index, one] of drawing.nodes.entries()) {
    for (const other of drawing.nodes.slice(index + 1)) {
      const apart = Math.abs(one.x - other.x) >= NODE.width || Math.abs(one.y - other.y) >= NODE.height;
      expect(apart, `${one.name} and ${other.name}`).toBe(true);
    }
  }
  expect(drawing.edges.filter((edge) => edge.isTaken)).toHaveLength(FAILED.length - 1);
  expect(drawing.edges.find((edge) => edge.from === "AwaitStack" && edge.to === "RecordFailure")).toMatchObject({ isTaken: true, isFailure: true });
});

test("ways of failure that were not gone are left out, unless all are wanted", () => {
  const states = FAILED.slice(0, 3);
  const shown = shownStates(states, false, "all");

  expect(drawingOf(shown, states, false).edges.some((edge) => edge.isFailure)).toBe(false);
  expect(drawingOf(shown, states, true).edges.some((edge) => edge.isFailure)).toBe(true);
});

test("a failure is one line from top to bottom: the short cut that was not taken is left out", () => {
  const drawing = drawingOf(shownStates(FAILED, true, "taken"), FAILED, false);

  expect(drawing.edges.every((edge) => edge.isTaken)).toBe(true);
  expect(new Set(drawing.nodes.map((node) => Math.round(node.x))).size).toBe(1);
});

test("a line begins and ends where it should", () => {
  expect(pathOf([{ x: 0, y: 0 }, { x: 10, y: 5 }])).toBe("M0 0L10 5");
  expect(pathOf([{ x: 0, y: 0 }, { x: 0, y: 5 }, { x: 0, y: 10 }])).toBe("M0 0Q0 5 0 10");
  expect(pathOf([{ x: 0, y: 0 }, { x: 0, y: 4 }, { x: 4, y: 8 }, { x: 4, y: 12 }])).toBe("M0 0Q0 4 2 6Q4 8 4 12");
});
