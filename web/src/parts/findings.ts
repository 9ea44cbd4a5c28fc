/** What reconcile found, in words. Pure. */
import type { Findings } from "../api/client";

/** Say what a run found, in a line. */
export function foundWords(found: Findings): string {
  if (found.cause !== null) return `Not everything could be compared: ${found.cause}`;
  const told = [
    found.mismatches > 0 ? `${counted(found.mismatches, "mismatch", "mismatches")}, ${found.repaired} repaired` : "",
    found.locksFreed > 0 ? `${counted(found.locksFreed, "lock", "locks")} freed` : "",
    found.drifted > 0 ? `${found.drifted} drifted` : "",
    found.waiting > 0 ? `${found.waiting} under way, looked at next time` : "",
    found.failed > 0 ? `${found.failed} could not be read or written` : "",
  ].filter((each) => each !== "");
  return told.length === 0 ? "Everything agreed" : told.join(", ");
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
