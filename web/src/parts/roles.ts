import type { Role } from "../api/client";
import type { NextAction } from "../api/problem";
import type { ShownResource } from "../changes/requested";
import { lockSentence } from "./LockNote";
import { statusWords } from "./words";

export const ROLE_SENTENCES: Record<Role, string> = {
  manager: "You may create, change and delete.",
  auditor: "You may look at everything and change nothing.",
  operator: "You may do all that managers may, and keep the members.",
};

/** Why the person cannot write in this project; null when they can. */
export function reasonAgainstWriting(role: Role | undefined): string | null {
  if (role === undefined) return "Your role is not known yet.";
  return role === "auditor" ? "Auditors may look and not change." : null;
}

/** Why an action is not possible now, to be told where its button is disabled; null when it is possible. */
export function reasonAgainst(action: NextAction, resource: ShownResource, role: Role | undefined, now: number): string | null {
  const refusal = reasonAgainstWriting(role);
  if (refusal !== null) return refusal;
  if (resource.nextActions.includes(action)) return null;
  if (resource.lock !== null) return `${lockSentence(resource.lock, now)}.`;
  return `Not possible while it is: ${statusWords(resource.status)[0].toLowerCase()}.`;
}
