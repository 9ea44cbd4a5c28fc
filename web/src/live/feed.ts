/**
 * A project as its open page knows it: a snapshot, and what was told since. Pure: no socket, no clock, no cache.
 *
 * Messages of a project carry consecutive numbers; a snapshot carries the number read before its rows (invariant N2). So
 * a row is as new as the highest number that told it, messages may overtake each other, and a number that stays away is a
 * gap: something was missed, and the snapshot is read anew.
 */
import type { Resource } from "../api/client";

export interface Feed {
  /** Everything up to this number is known. */
  readonly seq: number;
  /** Numbers above `seq + 1` that have arrived already, ascending. */
  readonly ahead: readonly number[];
  /** The highest number known to exist. */
  readonly newest: number;
  /** Rows by `rowId`. */
  readonly rows: Readonly<Record<string, Resource>>;
  /** The number that told a row, where that was a message; rows that a message took away included. */
  readonly toldBy: Readonly<Record<string, number>>;
  /** Rows whose last message was cut to a frame: to be read anew. */
  readonly cut: readonly string[];
}

export interface Snapshot {
  readonly seq: number;
  readonly items: readonly Resource[];
}

/** What the reducer needs of a numbered message, whatever its type. */
export interface Numbered {
  readonly seq: number;
  readonly resource?: Resource;
  readonly truncated?: boolean;
}

export function rowId(kind: string, name: string): string {
  return `${kind}/${name}`;
}

/** Fold a snapshot into what is known; without anything known, begin with it. */
export function withSnapshot(feed: Feed | undefined, snapshot: Snapshot): Feed {
  const rows: Record<string, Resource> = {};
  const toldBy: Record<string, number> = {};
  for (const item of snapshot.items) rows[rowId(item.kind, item.name)] = item;
  // What was told after the snapshot's number may be newer than its rows, or what they lack.
  for (const [id, seq] of Object.entries(feed?.toldBy ?? {})) {
    if (seq <= snapshot.seq) continue;
    toldBy[id] = seq;
    const row = feed?.rows[id];
    if (row) rows[id] = row;
    else delete rows[id];
  }
  const cut = (feed?.cut ?? []).filter((id) => (feed?.toldBy[id] ?? 0) > snapshot.seq && id in rows);
  const seq = Math.max(snapshot.seq, feed?.seq ?? 0);
  return { ...advanced(seq, feed?.ahead ?? [], Math.max(seq, feed?.newest ?? 0)), rows, toldBy, cut };
}

/** Fold in what the server says is its newest number, right after a subscription. */
export function withHello(feed: Feed, seq: number): Feed {
  return seq > feed.newest ? { ...feed, newest: seq } : feed;
}

/** Fold a message in. One that was seen already changes nothing, and gives the very same object. */
export function withMessage(feed: Feed, message: Numbered): Feed {
  const { seq, resource } = message;
  const known = seq <= feed.seq || feed.ahead.includes(seq);
  const id = resource && rowId(resource.kind, resource.name);
  const isNews = resource !== undefined && id !== undefined && isNewer(feed, id, message, known);
  if (known && !isNews) return feed;
  const numbers = known
    ? { seq: feed.seq, ahead: feed.ahead, newest: feed.newest }
    : advanced(feed.seq, [...feed.ahead, seq], Math.max(feed.newest, seq));
  if (!isNews) return { ...feed, ...numbers };
  const toldBy = { ...feed.toldBy, [id]: seq };
  const cut = feed.cut.filter((each) => each !== id);
  if (resource.status === "DELETED") {
    const { [id]: _gone, ...rows } = feed.rows;
    return { ...numbers, rows, toldBy, cut };
  }
  const old = feed.rows[id];
  const row = message.truncated && old ? { ...resource, spec: old.spec, outputs: old.outputs } : resource;
  const rows = { ...feed.rows, [id]: row };
  return { ...numbers, rows, toldBy, cut: message.truncated ? [...cut, id] : cut };
}

/** Whether something that was told has not arrived: if it stays so for a moment, read anew. */
export function isBehind(feed: Feed): boolean {
  return feed.newest > feed.seq || feed.cut.length > 0;
}

/** A row goes by the highest number; one that the snapshot may contain already is never put back to a lower version. */
function isNewer(feed: Feed, id: string, message: Numbered, known: boolean): boolean {
  const told = feed.toldBy[id];
  if (told !== undefined) return message.seq > told;
  if (known) return false;
  const row = feed.rows[id];
  return row === undefined || message.resource === undefined || message.resource.version >= row.version;
}

function advanced(seq: number, ahead: readonly number[], newest: number): Pick<Feed, "seq" | "ahead" | "newest"> {
  const waiting = [...new Set(ahead)].filter((each) => each > seq).sort((a, b) => a - b);
  let reached = seq;
  while (waiting[0] === reached + 1) reached = waiting.shift() as number;
  return { seq: reached, ahead: waiting, newest: Math.max(newest, reached) };
}
