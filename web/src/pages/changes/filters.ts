/** What of the audit is looked for: in the address, to be sent and reloaded, and as the API is asked. Pure. */
import type { Outcome } from "../../api/client";

export const NAMES = ["resource", "kind", "action", "status", "actor", "outcome", "since", "until"] as const;
export type Name = (typeof NAMES)[number];

/** Each empty: any. `since` and `until` are days of the person's own zone, `2026-11-23`, both included. */
export type Wanted = Readonly<Record<Name, string>>;

export const ACTIONS = ["create", "update", "delete"] as const;
export const STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "STOPPED"] as const;

/** Every outcome, the usual ones first. A code that is missing here fails to compile, and one of tomorrow is shown in plain. */
const CODES: Record<Outcome, true> = {
  SUCCEEDED: true, NO_CHANGE: true, RETAINED: true, ROLLED_BACK: true, CREATE_FAILED: true, DELETE_FAILED: true, LOCKED: true,
  STALE_VERSION: true, BUCKET_NOT_EMPTY: true, NAME_TAKEN: true, IN_USE: true, REFERENCE_MISSING: true, STUCK: true,
  NEEDS_OPERATOR: true, STACK_MISSING: true, ACCESS_DENIED: true, TEMPLATE_TOO_LARGE: true, STILL_RUNNING: true,
  LOCK_LOST: true, STOPPED: true, ABORTED: true, TIMED_OUT: true, INTERNAL_ERROR: true,
};
export const OUTCOMES = Object.keys(CODES) as readonly Outcome[];

export function wantedOf(search: URLSearchParams): Wanted {
  return Object.fromEntries(NAMES.map((name) => [name, search.get(name) ?? ""])) as Wanted;
}

export function searchOf(wanted: Wanted): URLSearchParams {
  return new URLSearchParams(NAMES.map((name) => [name, wanted[name]]).filter(([, value]) => value !== "") as [string, string][]);
}

/** Give the API's query: days become moments, the last day's end being the next one's beginning. */
export function queryOf(wanted: Wanted): Partial<Record<Name, string>> {
  const { since, until, ...others } = wanted;
  const told = Object.entries({ ...others, since: momentOf(since, 0), until: momentOf(until, 1) });
  return Object.fromEntries(told.filter(([, value]) => value !== ""));
}

/** The beginning of a day, or of a later one, in the person's own zone; empty for what is no day. */
function momentOf(day: string, later: number): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (match === null) return "";
  return new Date(Number(match[1]), Number(match[2]) - 1, Number(match[3]) + later).toISOString();
}

export interface Named {
  readonly kind: string;
  readonly name: string;
}

/**
 * Give the resource that somebody means by what they typed: "bucket/invoices", or a name that only one resource has;
 * null when that is not clear.
 */
export function resourceOf(text: string, rows: readonly Named[], kinds: readonly string[]): string | null {
  const typed = text.trim();
  if (typed === "") return "";
  const [kind, ...rest] = typed.split("/");
  if (rest.length > 0 && kinds.includes(kind ?? "") && rest.join("/") !== "") return typed;
  const found = rows.filter((row) => row.name === typed);
  return found.length === 1 ? `${found[0]?.kind}/${typed}` : null;
}
