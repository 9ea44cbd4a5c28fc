import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { Change, Outcome, ResourceStatus } from "../api/client";
import type { NextAction } from "../api/problem";

type Tone = StatusIndicatorProps.Type;

/** "REQUESTED" is this page's own: asked for, and nothing heard yet. */
export type ShownStatus = ResourceStatus | "REQUESTED";

const STATUS: Record<ShownStatus, readonly [words: string, tone: Tone]> = {
  REQUESTED: ["Requested", "pending"],
  CREATING: ["Creating", "in-progress"],
  UPDATING: ["Updating", "in-progress"],
  DELETING: ["Deleting", "in-progress"],
  ACTIVE: ["Active", "success"],
  CREATE_FAILED: ["Creation failed", "error"],
  ROLLED_BACK: ["Rolled back", "warning"],
  DELETE_FAILED: ["Deletion failed", "error"],
  NEEDS_OPERATOR: ["Needs an operator", "error"],
  MISSING: ["Missing", "warning"],
  DELETED: ["Deleted", "stopped"],
};

/** Give a status's words and tone; one of tomorrow shows its own name. */
export function statusWords(status: string): readonly [words: string, tone: Tone] {
  return STATUS[status as ShownStatus] ?? [plain(status), "info"];
}

/** Every status that a list can show, for filters. */
export const LISTED_STATUSES = (Object.keys(STATUS) as ShownStatus[]).filter((each) => each !== "DELETED" && each !== "REQUESTED");

const OUTCOME: Partial<Record<Outcome, readonly [words: string, tone: Tone]>> = {
  SUCCEEDED: ["Succeeded", "success"],
  NO_CHANGE: ["Nothing to change", "success"],
  LOCKED: ["Refused: somebody else was at work", "warning"],
  STALE_VERSION: ["Refused: it had been changed meanwhile", "warning"],
  CREATE_FAILED: ["Creation failed", "error"],
  ROLLED_BACK: ["Rolled back: stands as before", "warning"],
  DELETE_FAILED: ["Deletion failed", "error"],
  BUCKET_NOT_EMPTY: ["Not deleted: not empty", "warning"],
  NAME_TAKEN: ["Name taken", "error"],
  IN_USE: ["Refused: in use", "warning"],
  REFERENCE_MISSING: ["Refused: something it names is missing", "error"],
  STOPPED: ["Stopped", "stopped"],
  STILL_RUNNING: ["Still running", "warning"],
  NEEDS_OPERATOR: ["Needs an operator", "error"],
  ACCESS_DENIED: ["Access denied", "error"],
  TIMED_OUT: ["Timed out", "error"],
  INTERNAL_ERROR: ["Failed on our side", "error"],
};

/** Give a change's state in words: its outcome, or that it runs. */
export function changeWords(change: Pick<Change, "status" | "outcome">): readonly [words: string, tone: Tone] {
  if (change.status === "RUNNING") return ["Running", "in-progress"];
  const fallback: Tone = change.status === "SUCCEEDED" ? "success" : change.status === "STOPPED" ? "stopped" : "error";
  const code = change.outcome ?? change.status;
  return OUTCOME[code as Outcome] ?? [plain(code), fallback];
}

const DOING: Record<string, string> = { create: "Creating", update: "Updating", delete: "Deleting" };
const DONE: Record<string, string> = { create: "created", update: "updated", delete: "deleted" };

export function doing(action: string): string {
  return DOING[action] ?? "Changing";
}

export function done(action: string): string {
  return DONE[action] ?? "changed";
}

const ACTIONS: Record<string, string> = {
  update: "Edit",
  delete: "Delete",
  retry: "Try again",
  repair: "Repair",
  recreate: "Create again",
  forget: "Forget",
  retain: "Forget, and keep it in AWS",
  emptyAndDelete: "Empty and delete",
  continueRollback: "Continue the rollback",
  stop: "Stop",
};

/** What a button that asks for it says. */
export function actionWords(action: NextAction): string {
  return ACTIONS[action] ?? plain(action);
}

/** "CREATE_FAILED" as "Create failed". */
export function plain(code: string): string {
  const words = code.replaceAll("_", " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
