import type { ChangeState, Change, Spec } from "../../api/client";

/** What such a change, or one of its states, usually takes, in milliseconds; of `count` past ones. */
export interface Usual {
  readonly p50: number;
  readonly p95: number;
  readonly count: number;
}

export type DetailedState = ChangeState & { readonly usual?: Usual | null };

/** A change as its own page reads it. */
export type DetailedChange = Omit<Change, "states"> & {
  readonly states: readonly DetailedState[];
  readonly spec?: Spec | null;
  readonly before?: Spec | null;
  readonly usual?: Usual | null;
};

/** One event of the execution, as Step Functions has written it down. */
export interface HistoryEvent {
  readonly id: number;
  readonly type: string;
  readonly at: string;
  readonly state: string | null;
  readonly input?: string | null;
  readonly output?: string | null;
  readonly error?: string | null;
  readonly cause?: string | null;
  readonly cut?: boolean;
}
