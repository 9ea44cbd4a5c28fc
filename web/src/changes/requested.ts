import type { Resource, Spec } from "../api/client";
import { type Feed, rowId } from "../live/feed";

/** Something asked for on this page that no message has told of yet. */
export interface Requested {
  readonly kind: string;
  readonly name: string;
  readonly action: "create" | "update";
  readonly spec: Spec;
  readonly actor: string;
  /** The change that the API began; null while it has not answered. */
  readonly change: string | null;
}

/** A row of the table: a resource, or one that is only asked for. */
export type ShownResource = Omit<Resource, "status"> & { readonly status: Resource["status"] | "REQUESTED" };

/** Give the rows to show: the feed's, and on top of them what was asked for and not yet heard of. */
export function shownRows(feed: Feed, requested: readonly Requested[]): ShownResource[] {
  const rows: Record<string, ShownResource> = { ...feed.rows };
  for (const wish of requested) {
    const id = rowId(wish.kind, wish.name);
    const row = feed.rows[id];
    if (row === undefined) rows[id] = begun(wish);
    else if (!isHeardOf(wish, row)) rows[id] = { ...row, status: "REQUESTED" };
  }
  return Object.values(rows);
}

/** Whether the feed knows a wish's change already. */
export function isHeardOf(wish: Requested, row: Resource | undefined): boolean {
  if (row === undefined || wish.change === null) return false;
  return row.lock?.change === wish.change || row.change === wish.change;
}

function begun(wish: Requested): ShownResource {
  return {
    kind: wish.kind, name: wish.name, spec: wish.spec, status: "REQUESTED", outputs: {}, lock: null, version: 0,
    stackStatus: null, verifiedAt: null, outcome: null, cause: null, change: wish.change, referencedBy: [], drift: null,
    nextActions: [],
  };
}
