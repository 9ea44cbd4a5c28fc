/**
 * What users may do in which bucket, as pure values: read from specs, changed cell by cell, compared, put together again.
 * Knows no kind: whatever has a list of entries with a bucket and an access can be shown in the matrix.
 */
import type { Kind, Resource, Spec } from "../../api/client";
import { type Schema, isRecord, resolve } from "../../forms/schema";

/** One entry of a spec's list: a folder of a bucket, and what may be done there; an SFTP user's has a path besides. */
export interface Entry {
  readonly bucket: string;
  readonly prefix?: string;
  readonly path?: string;
  readonly access: readonly string[];
}

/** Where a kind keeps its entries: the property, the schema of its items, and every access there is. */
export interface GrantRules {
  readonly property: string;
  readonly item: Schema;
  readonly accesses: readonly string[];
  readonly hasPath: boolean;
}

/** Find where a kind keeps its entries; null for a kind that has none, such as a bucket. */
export function rulesOf(kind: Kind): GrantRules | null {
  const schema = kind.schema as Schema;
  for (const [property, each] of Object.entries(schema.properties ?? {})) {
    const item = resolve(resolve(each, schema).items ?? {}, schema);
    const access = resolve(item.properties?.["access"] ?? {}, schema);
    const accesses = resolve(access.items ?? {}, schema).enum;
    if (item.properties?.["bucket"] !== undefined && accesses !== undefined) {
      return { property, item, accesses: accesses.map(String), hasPath: item.properties["path"] !== undefined };
    }
  }
  return null;
}

/** Read a spec's entries; what is of another form is left alone where it stands, and not shown. */
export function entriesOf(spec: Spec, rules: GrantRules): readonly Entry[] {
  const found = spec[rules.property];
  return Array.isArray(found) ? found.filter((each): each is Entry => isRecord(each) && typeof each["bucket"] === "string" && Array.isArray(each["access"])) : [];
}

export function inBucket(entries: readonly Entry[], bucket: string): readonly Entry[] {
  return entries.filter((each) => each.bucket === bucket);
}

/** Put a bucket's entries in the place of its former ones; those of other buckets stay as and where they are. */
export function withBucket(entries: readonly Entry[], bucket: string, own: readonly Entry[]): readonly Entry[] {
  const at = entries.findIndex((each) => each.bucket === bucket);
  if (at < 0) return [...entries, ...own];
  const others = (part: readonly Entry[]) => part.filter((each) => each.bucket !== bucket);
  return [...others(entries.slice(0, at)), ...own, ...others(entries.slice(at))];
}

/** What an entry is about: two with one key speak of the same folder. */
export function keyOf({ path, bucket, prefix }: Entry): string {
  return [path ?? "", bucket, prefix ?? ""].join("\n");
}

/** "invoices/in/", and for an SFTP user "/inbox → invoices/in/". */
export function placeOf({ path, bucket, prefix }: Entry): string {
  const place = `${bucket}/${prefix ?? ""}`;
  return path === undefined ? place : `${path} → ${place}`;
}

/** One line of a review: where, what may be done there before and after, and what that gains and loses. */
export interface Difference {
  readonly key: string;
  readonly place: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly gained: readonly string[];
  readonly lost: readonly string[];
}

/** Compare entries, folder by folder; what is the same in both is left out. */
export function differences(before: readonly Entry[], after: readonly Entry[]): readonly Difference[] {
  const [old, next] = [byKey(before), byKey(after)];
  const keys = [...new Set([...old.keys(), ...next.keys()])];
  return keys.flatMap((key) => {
    const [was, is] = [old.get(key)?.access ?? [], next.get(key)?.access ?? []];
    const gained = is.filter((each) => !was.includes(each));
    const lost = was.filter((each) => !is.includes(each));
    const entry = next.get(key) ?? old.get(key);
    if (gained.length + lost.length === 0 || entry === undefined) return [];
    return [{ key, place: placeOf(entry), before: was, after: is, gained, lost }];
  });
}

/** Put what I changed (from `base` to `mine`) on top of what somebody else saved meanwhile. */
export function rebased(base: readonly Entry[], mine: readonly Entry[], theirs: readonly Entry[]): readonly Entry[] {
  const changed = new Set(differences(base, mine).map(({ key }) => key));
  const wanted = byKey(mine);
  const kept = theirs.flatMap((each) => (changed.has(keyOf(each)) ? (wanted.get(keyOf(each)) ?? []) : each));
  const known = new Set(kept.map(keyOf));
  return [...kept, ...mine.filter((each) => changed.has(keyOf(each)) && !known.has(keyOf(each)))];
}

/** What a person is about to change of one user, and what they saw when they began. */
export interface Draft {
  readonly version: number;
  readonly base: readonly Entry[];
  readonly entries: readonly Entry[];
}

/** Change one cell; a draft that is back where it began is none. */
export function edited(draft: Draft | undefined, resource: Pick<Resource, "spec" | "version">, rules: GrantRules, bucket: string, own: readonly Entry[]): Draft | undefined {
  const base = draft?.base ?? entriesOf(resource.spec, rules);
  const entries = withBucket(draft?.entries ?? base, bucket, own);
  return differences(base, entries).length === 0 ? undefined : { version: draft?.version ?? resource.version, base, entries };
}

/** Name what is wrong with a bucket's entries, by the entry's index; the schema's own rules are checked elsewhere. */
export function repeated(own: readonly Entry[]): ReadonlySet<number> {
  const seen = new Set<string>();
  return new Set(own.flatMap((each, index) => (seen.has(keyOf(each)) ? [index] : (seen.add(keyOf(each)), []))));
}

function byKey(entries: readonly Entry[]): Map<string, Entry> {
  return new Map(entries.map((each) => [keyOf(each), each]));
}
