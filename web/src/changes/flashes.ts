import type { Change } from "../api/client";
import { changePath } from "../paths";
import { doing, done } from "../parts/words";

/** What tells one change from all others, and what it does. */
export type Followed = Pick<Change, "id" | "project" | "kind" | "name" | "action">;

/** A message above the page. */
export interface Flash {
  readonly id: string;
  readonly type: "in-progress" | "success" | "warning" | "error" | "info";
  readonly header?: string;
  readonly content: string;
  readonly link?: { readonly text: string; readonly path: string };
}

const link = (change: Followed) => ({ text: "See the change", path: changePath(change.project, change.id) });

/** The message of a change that runs. */
export function running(change: Followed, kind: string): Flash {
  return { id: change.id, type: "in-progress", content: `${doing(change.action)} ${kind} ${change.name}.`, link: link(change) };
}

/** The same message once somebody has asked here that it stops: it runs on until it is stopped. */
export function stopping(change: Followed, kind: string): Flash {
  const header = `${doing(change.action)} ${kind} ${change.name} is being stopped`;
  return { ...running(change, kind), header, content: "It ends as soon as CloudFormation has brought back what stood before." };
}

/** The same message once the change has ended. Rolled back is not failed: what stood before stands. */
export function ended(change: Change, kind: string): Flash {
  const told = { id: change.id, link: link(change) };
  const what = `${kind} ${change.name}`;
  if (change.status === "SUCCEEDED") {
    const content = change.outcome === "NO_CHANGE" ? `Nothing to change: ${what} stands as asked for.` : `The ${what} was ${done(change.action)}.`;
    return { ...told, type: "success", content };
  }
  const cause = change.cause ?? "The change's page tells why.";
  if (change.outcome === "ROLLED_BACK") {
    return { ...told, type: "warning", header: `${doing(change.action)} ${what} was rolled back: it stands as before`, content: cause };
  }
  if (change.status === "STOPPED" || change.outcome === "STOPPED") {
    return { ...told, type: "info", header: `${doing(change.action)} ${what} was stopped`, content: cause };
  }
  return { ...told, type: "error", header: `${doing(change.action)} ${what} failed`, content: cause };
}
