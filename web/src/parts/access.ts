import type { Spec } from "../api/client";
import { momentOf } from "./moments";

/** Whether a user's spec lets it in. */
export interface Access {
  readonly isEnabled: boolean;
  readonly expiresAt: string | null;
  readonly isOver: boolean;
}

/** Read from a spec whether it is switched on, and until when; `now` in milliseconds. */
export function accessOf(spec: Spec, now: number): Access {
  const { enabled, expiresAt } = spec;
  const end = typeof expiresAt === "string" && expiresAt !== "" ? expiresAt : null;
  return { isEnabled: enabled !== false, expiresAt: end, isOver: end !== null && new Date(end).getTime() <= now };
}

/** Give the last second of a day (YYYY-MM-DD) of the person's own zone as the API takes it; null: that is no day yet. */
export function endOfDay(day: string): string | null {
  return momentOf({ day, time: "23:59:59" });
}
