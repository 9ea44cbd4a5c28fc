import { expect, test } from "vitest";
import type { ChangeState } from "../../api/client";
import { MACHINE, type Visit } from "./machine";
import { isLate, isWrong, pretty, stateWords, trafficOf, usualWords } from "./stateWords";

const visit = (name: string, error: string | null = null): Visit => {
  const last: ChangeState = { name, status: "FAILED", enteredAt: "2026-11-23T13:00:00.000Z", exitedAt: null, attempts: 1, error, cause: null };
  return { name, last, entries: [last] };
};
const NOTHING = { input: null, output: null, error: null, cause: null, cut: false };
const FAIL = { name: "ChangeFailed", type: "Fail", does: "", next: [], onFailure: [] };

test("the end of a change that was rolled back is no failure", () => {
  expect(stateWords("FAILED", visit("ChangeFailed"), FAIL, { status: "FAILED", outcome: "ROLLED_BACK" })).toEqual(["Rolled back: stands as before", "warning"]);
  expect(stateWords("FAILED", visit("ChangeFailed"), FAIL, { status: "FAILED", outcome: "CREATE_FAILED" })[1]).toBe("error");
});

test("a lock that is not given is refused, and a bucket to be emptied has not failed", () => {
  expect(stateWords("FAILED", visit("AcquireLock"), undefined, { status: "FAILED", outcome: "LOCKED" })[0]).toBe("Refused");
  expect(stateWords("FAILED", visit("SubmitStackOperation", "ContentsRemainError"), undefined, { status: "RUNNING", outcome: null })[1]).toBe("info");
  expect(stateWords("FAILED", visit("AwaitStack"), undefined, { status: "FAILED", outcome: "ROLLED_BACK" })[0]).toBe("Failed");
});

test("a message that could not be told is not where a change went wrong", () => {
  const state = MACHINE.states.find((each) => each.name === "NotifyStarted");
  const [words, tone] = stateWords("FAILED", visit("NotifyStarted", "States.Timeout"), state, { status: "RUNNING", outcome: null });

  expect([words, tone]).toEqual(["Failed, and went on", "warning"]);
  expect(isWrong(visit("NotifyStarted"), state)).toBe(false);
  expect(isWrong(visit("SubmitStackOperation", "ContentsRemainError"), undefined)).toBe(false);
  expect(isWrong(visit("AwaitStack"), MACHINE.states.find((each) => each.name === "AwaitStack"))).toBe(true);
});

test("the usual time is what was measured", () => {
  expect(usualWords({ p50: 8_000, p95: 20_000, count: 12 })).toBe("usually 8 s, mostly within 20 s");
  expect(usualWords({ p50: 8_000, p95: 8_100, count: 12 })).toBe("usually 8 s");
  expect(isLate({ p50: 1, p95: 10, count: 5 }, 11)).toBe(true);
  expect(isLate(null, 1_000_000)).toBe(false);
});

test("what a state got and gave is told of its newest entry, and looks in between are none of that", () => {
  const event = (id: number, type: string, more = {}) => ({ ...NOTHING, id, type, at: "", state: "AwaitStack", ...more });
  const events = [
    event(1, "TaskStateEntered", { input: "old" }),
    event(2, "TaskStateExited", { output: "old" }),
    event(3, "TaskStateEntered", { input: "new", cut: true }),
    event(4, "TaskSubmitted", { output: "a look" }),
    event(5, "TaskTimedOut", { error: "States.Timeout" }),
    { ...event(6, "TaskStateEntered", { input: "other" }), state: "RecordFailure" },
  ];

  expect(trafficOf(events, "AwaitStack")).toEqual({ input: "new", output: null, isCut: true });
  expect(trafficOf([...events, event(7, "TaskStateExited", { output: "done" })], "AwaitStack").output).toBe("done");
  expect(trafficOf([], "AwaitStack")).toEqual({ input: null, output: null, isCut: false });
});

test("JSON is indented, and what is none stays as it is", () => {
  expect(pretty('{"a":1}')).toBe('{\n  "a": 1\n}');
  expect(pretty("{cut")).toBe("{cut");
});
