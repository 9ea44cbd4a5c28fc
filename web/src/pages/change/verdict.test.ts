import { expect, test } from "vitest";
import { verdictOf } from "./verdict";

test("rolled back is a warning which says that what stood before stands; failed is an error", () => {
  const rolledBack = verdictOf({ status: "FAILED", outcome: "ROLLED_BACK", cause: "why" });
  const failed = verdictOf({ status: "FAILED", outcome: "CREATE_FAILED", cause: "why" });

  expect(rolledBack).toMatchObject({ type: "warning", header: "Rolled back: stands as before" });
  expect(rolledBack?.meaning).toContain("stands and serves");
  expect(failed).toMatchObject({ type: "error", header: "Creation failed" });
});

test("a change that runs, or simply succeeded, needs no verdict; one that a person stopped is no error", () => {
  expect(verdictOf({ status: "RUNNING", outcome: null, cause: null })).toBeNull();
  expect(verdictOf({ status: "SUCCEEDED", outcome: "SUCCEEDED", cause: null })).toBeNull();
  expect(verdictOf({ status: "SUCCEEDED", outcome: "RETAINED", cause: "It stays." })).toMatchObject({ type: "info" });
  expect(verdictOf({ status: "FAILED", outcome: "STOPPED", cause: null })).toMatchObject({ type: "info", header: "Stopped" });
});
