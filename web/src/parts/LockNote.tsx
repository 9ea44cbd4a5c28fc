import type { Lock } from "../api/problem";
import { utcTime, shortTime } from "./time";
import { useNow } from "./useNow";
import { doing } from "./words";

/** Say who holds a resource, doing what, since when. */
export function lockSentence(lock: Lock, now: number): string {
  return `${doing(lock.action)} by ${lock.actor} since ${shortTime(lock.since, now)}`;
}

/** A lock's holder and since when; UTC on hover. */
export function LockNote({ lock }: { lock: Lock }) {
  const now = useNow();
  return <span title={utcTime(lock.since)}>{lockSentence(lock, now)}</span>;
}
