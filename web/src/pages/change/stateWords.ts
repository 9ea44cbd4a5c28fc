import type { StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { duration } from "../../parts/time";
import { changeWords } from "../../parts/words";
import type { MachineState, Standing, Visit } from "./machine";
import type { DetailedChange, HistoryEvent, Usual } from "./told";

type Words = readonly [words: string, tone: StatusIndicatorProps.Type];

const WORDS: Record<Standing, Words> = {
  AHEAD: ["Still to come", "pending"],
  LEFT_OUT: ["Not entered", "stopped"],
  RUNNING: ["Running", "in-progress"],
  RETRYING: ["Trying again", "in-progress"],
  SUCCEEDED: ["Done", "success"],
  FAILED: ["Failed", "error"],
};

/** Not a failure: what the resource holds is removed first. */
const CONTENTS_REMAIN = "ContentsRemainError";

/** Whether a change goes on from a state's failure as from its success: nobody was told, and nothing else is missing. */
function isBestEffort(state: MachineState | undefined): boolean {
  return state?.next.some((next) => state.onFailure.includes(next)) ?? false;
}

/** Whether a failed state is where a change went wrong. */
export function isWrong(visit: Visit, state: MachineState | undefined): boolean {
  return visit.last.status === "FAILED" && visit.last.error !== CONTENTS_REMAIN && !isBestEffort(state);
}

/**
 * Give a state's words and tone. A state in which a change ends says how it ended: rolled back and refused are not failed,
 * though the machine's word is the same.
 */
export function stateWords(standing: Standing, visit: Visit | undefined, state: MachineState | undefined, change: Pick<DetailedChange, "status" | "outcome">): Words {
  if (standing !== "FAILED") return WORDS[standing];
  if (state?.type === "Fail" && change.outcome != null) return changeWords(change);
  if (visit?.last.error === CONTENTS_REMAIN) return ["Has to be emptied first", "info"];
  if (isBestEffort(state)) return ["Failed, and went on", "warning"];
  if (visit?.name === "AcquireLock" && (change.outcome === "LOCKED" || change.outcome === "STALE_VERSION")) return ["Refused", "warning"];
  return WORDS.FAILED;
}

/** "usually 8 s, at most 20 s": of most of them, and only what was measured. */
export function usualWords(usual: Usual): string {
  const [half, most] = [duration(usual.p50), duration(usual.p95)];
  return half === most ? `usually ${half}` : `usually ${half}, mostly within ${most}`;
}

/** Whether something takes longer than nearly all before it did. */
export function isLate(usual: Usual | null | undefined, took: number): boolean {
  return usual != null && took > usual.p95;
}

/** What went into a state and what came out of it, by its newest entry; texts of JSON. */
export interface Traffic {
  readonly input: string | null;
  readonly output: string | null;
  readonly isCut: boolean;
}

/** Of a state that sleeps and looks again, each look has a timeout and an answer of its own: they are none of the state's. */
export function trafficOf(events: readonly HistoryEvent[], state: string): Traffic {
  const own = events.filter((event) => event.state === state);
  const entered = own.findLast((event) => event.type.endsWith("StateEntered"));
  const left = own.findLast((event) => event.type.endsWith("StateExited") && event.id > (entered?.id ?? 0));
  return { input: entered?.input ?? null, output: left?.output ?? null, isCut: entered?.cut === true || left?.cut === true };
}

/** A text of JSON with its lines indented; anything else as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
