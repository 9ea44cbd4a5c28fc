/** What of a project's resources is locked, has drifted or waits for somebody, and whether reconcile is at work. Pure. */
import type { Findings, Outcome, Resource, ResourceStatus, Role } from "../../api/client";
import type { Lock } from "../../api/problem";
import type { Feed } from "../../live/feed";

export type Locked = Resource & { readonly lock: Lock };
export type Drifted = Resource & { readonly drift: NonNullable<Resource["drift"]> };
export type DriftedPart = NonNullable<Drifted["drift"]["resources"]>[number];

const at = (time: string): number => Date.parse(time);

/** Give what is locked, the longest held first. */
export function lockedOf(feed: Feed): readonly Locked[] {
  return Object.values(feed.rows).filter((row): row is Locked => row.lock !== null).sort((a, b) => at(a.lock.since) - at(b.lock.since));
}

/** Give what stands otherwise than its template says, the latest found first. */
export function driftedOf(feed: Feed): readonly Drifted[] {
  return Object.values(feed.rows)
    .filter((row): row is Drifted => row.drift?.status === "DRIFTED")
    .sort((a, b) => at(b.drift.checkedAt) - at(a.drift.checkedAt));
}

/** Those that wait for somebody, the most urgent first. What was rolled back stands as before, and does not. */
const WAITING: readonly ResourceStatus[] = ["NEEDS_OPERATOR", "MISSING", "DELETE_FAILED", "CREATE_FAILED"];
/** Neither another spec nor another try helps: an operator's, however the resource stands. */
const OPERATORS: readonly (Outcome | null)[] = ["NEEDS_OPERATOR", "STACK_MISSING", "ACCESS_DENIED", "INTERNAL_ERROR"];

function urgency({ status, outcome }: Resource): number {
  const found = WAITING.indexOf(status);
  return found >= 0 ? found : OPERATORS.includes(outcome) ? WAITING.length : -1;
}

/** Give what waits for somebody and nobody is at work on, the most urgent first. */
export function waitingOf(feed: Feed): readonly Resource[] {
  return Object.values(feed.rows)
    .filter((row) => row.lock === null && urgency(row) >= 0)
    .sort((a, b) => urgency(a) - urgency(b) || a.name.localeCompare(b.name));
}

/** Say what helps, where a status or an outcome alone tells it. */
export function helpOf({ status, outcome }: Resource): string {
  switch (status) {
    case "NEEDS_OPERATOR":
      return "An operator looks at its stack in the project's account.";
    case "MISSING":
      return "Its stack was deleted outside Stowage. Create it again, or forget it.";
    case "DELETE_FAILED":
      return "Delete it again, once its cause is out of the way, or let go of it.";
    case "CREATE_FAILED":
      return "Try again, once its cause is out of the way, or delete it.";
    default:
      return outcome === "ACCESS_DENIED"
        ? "It stands as before. An operator looks at the roles in the project's account."
        : "An operator looks at its last change.";
  }
}

/** Say what puts a part right; commands stand in docs/operations.md, "Put right what has drifted". */
export function remedyOf({ type, status, properties = [] }: DriftedPart): string {
  if (type === "AWS::IAM::AccessKey") {
    return status === "DELETED" ? "Rotate the user's credentials." : "Nobody made this key through Stowage: deactivate it in the project's account, then delete it.";
  }
  if (type === "AWS::S3::BucketPolicy") return "Put the template's policy back in the project's account; no field of the form changes it.";
  if (type === "AWS::Transfer::User" && status !== "DELETED") {
    return properties.some((each) => each.startsWith("/SshPublicKeys"))
      ? "Delete a public key that the template does not name, in the project's account, and read the server's log: who has it was let in. Import one that is gone."
      : "Update the SFTP user by the template in the project's account, or delete it here and create it again: it holds no data.";
  }
  if (status === "DELETED") return "Delete the resource here and create it again. What a bucket held is gone.";
  return "Have the stack's own template applied by a change set that reverts drift, in the project's account.";
}

/** A run that was asked for on this page. */
export interface Run {
  readonly id: string;
  readonly startedAt: string;
}

/** Two thousand lost rows take half an hour; a run that has told nothing for longer has ended without a word. */
const PATIENCE = 3_600_000;

/** Whether a run is at work still: it has told no findings since it began. */
export function isUnderWay(run: Run | null | undefined, found: Findings | null | undefined, now: number): boolean {
  if (run == null || now - at(run.startedAt) > PATIENCE) return false;
  return found == null || at(found.triedAt) < at(run.startedAt);
}

/** Why somebody cannot do what operators alone do; null for an operator. */
export function reasonAgainstOperating(role: Role | undefined, what: string): string | null {
  if (role === undefined) return "Your role is not known yet.";
  return role === "operator" ? null : `Only an operator ${what}.`;
}
