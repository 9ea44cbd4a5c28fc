/** How a change ended, for the first line of its page. Pure. */
import { changeWords } from "../../parts/words";
import type { DetailedChange } from "./told";

export interface Verdict {
  readonly type: "error" | "warning" | "info" | "success";
  readonly header: string;
  /** What it means for the resource. */
  readonly meaning: string;
}

const MEANINGS: Partial<Record<string, string>> = {
  ROLLED_BACK: "Nothing is broken: what stood before stands and serves. What was asked for is not in place.",
  CREATE_FAILED: "It does not stand. What can be done now, the buttons above tell.",
  LOCKED: "Nothing was changed: somebody else was at work on it.",
  STALE_VERSION: "Nothing was changed: somebody else had changed it first.",
  BUCKET_NOT_EMPTY: "Nothing was deleted: it still holds something. It can be emptied and deleted, or let go of.",
  IN_USE: "Nothing was deleted: others name it.",
  NAME_TAKEN: "Nothing was made: the name belongs to somebody, perhaps outside this project, and the same again is refused as long as they have it. Choose another name: the form has everything else filled in.",
  DELETE_FAILED: "It was not, or not wholly, deleted.",
  STOPPED: "It was stopped by a person; what stood before stands.",
  STILL_RUNNING: "CloudFormation is still at work on it. It stays locked until that has ended, and is freed by itself.",
  RETAINED: "Its stack is gone, and it stays in the project's account by itself.",
  NEEDS_OPERATOR: "Nothing on this page helps any more: an operator has to look at its stack.",
  STUCK: "Its rollback got stuck. It can be continued.",
  TIMED_OUT: "It took too long and was given up.",
};

/** Give the verdict on a change that has ended; null for one that runs, and where there is nothing to say. */
export function verdictOf(change: Pick<DetailedChange, "status" | "outcome" | "cause">): Verdict | null {
  if (change.status === "RUNNING") return null;
  const [header, tone] = changeWords(change);
  const meaning = MEANINGS[change.outcome ?? ""] ?? "";
  if (tone === "success") return change.cause == null && meaning === "" ? null : { type: "info", header, meaning };
  return { type: tone === "warning" ? "warning" : tone === "stopped" ? "info" : "error", header, meaning };
}
