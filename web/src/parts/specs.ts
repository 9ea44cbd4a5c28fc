/** A spec in words, and what differs between two of them, by the labels of the kind's schema. Pure. */
import { MOMENT_FORMAT, type Schema, isRecord, labelOf, resolve } from "../forms/schema";
import { localTime, utcTime } from "./time";

/** One thing that a spec says: its label, by the way to it, and its value in words. */
export interface Line {
  /** A JSON Pointer; an item of a list goes by its own words, since its place says nothing. */
  readonly id: string;
  readonly label: string;
  readonly value: string;
}

export type Turn = "added" | "removed" | "changed" | "same";

/** A line before and after; null: it was not said. */
export interface Difference {
  readonly id: string;
  readonly label: string;
  readonly before: string | null;
  readonly after: string | null;
  readonly turn: Turn;
}

type Spec = Readonly<Record<string, unknown>>;

/** Give everything that a spec says, in the order of the schema; what is empty says nothing. */
export function linesOf(spec: Spec, schema: Schema): readonly Line[] {
  return linesIn(spec, schema, schema, "", "");
}

/** Give what differs, removed before added within a list; with `all`, what stays the same as well. */
export function differencesOf(before: Spec | null, after: Spec | null, schema: Schema, all = false): readonly Difference[] {
  const old = new Map((before === null ? [] : linesOf(before, schema)).map((line) => [line.id, line]));
  const fresh = new Map((after === null ? [] : linesOf(after, schema)).map((line) => [line.id, line]));
  const found: Difference[] = [];
  for (const id of merged([...old.keys()], [...fresh.keys()])) {
    const [was, is] = [old.get(id), fresh.get(id)];
    const turn = was === undefined ? "added" : is === undefined ? "removed" : was.value === is.value ? "same" : "changed";
    const line = is ?? was;
    if (line === undefined || (turn === "same" && !all)) continue;
    found.push({ id, label: line.label, before: was?.value ?? null, after: is?.value ?? null, turn });
  }
  return found;
}

/** Two orders as one: what only the first has stands where it stood, before what took its place. */
function merged(first: readonly string[], second: readonly string[]): readonly string[] {
  const told = new Set<string>();
  const order: string[] = [];
  let at = 0;
  for (const id of second) {
    const here = first.indexOf(id, at);
    if (here >= 0) {
      order.push(...first.slice(at, here));
      at = here + 1;
    }
    order.push(id);
  }
  order.push(...first.slice(at));
  return order.filter((id) => !told.has(id) && told.add(id));
}

function linesIn(value: unknown, schema: Schema, root: Schema, id: string, label: string): readonly Line[] {
  if (isEmpty(value)) return [];
  if (Array.isArray(value)) return value.map((item: unknown) => itemLine(item, resolve(schema.items ?? {}, root), root, id, label));
  if (!isRecord(value)) return [{ id, label, value: wordsOf(value, schema) }];
  const known = Object.keys(schema.properties ?? {}).filter((name) => name in value);
  const others = Object.keys(value).filter((name) => !known.includes(name)).sort();
  return [...known, ...others].flatMap((name) => {
    const inner = resolve(schema.properties?.[name] ?? extra(schema), root);
    // A pair's key is somebody's own word, and stays as it is written.
    const own = schema.properties === undefined ? name : labelOf(inner, name);
    return linesIn(value[name], inner, root, `${id}/${name}`, label === "" ? own : `${label}: ${own}`);
  });
}

function extra(schema: Schema): Schema {
  return isRecord(schema.additionalProperties) ? (schema.additionalProperties as Schema) : {};
}

function itemLine(item: unknown, schema: Schema, root: Schema, id: string, label: string): Line {
  if (!isRecord(item)) return { id: `${id}/=${JSON.stringify(item)}`, label, value: wordsOf(item, schema) };
  const parts = linesIn(item, schema, root, "", "");
  const value = joined(parts);
  return { id: `${id}/=${value}`, label: labelOf(schema, label), value };
}

/** "Bucket invoices, prefix in/, access read, write". */
function joined(parts: readonly Line[]): string {
  const byLabel = new Map<string, string[]>();
  for (const { label, value } of parts) byLabel.set(label, [...(byLabel.get(label) ?? []), value]);
  return [...byLabel].map(([label, values]) => `${label}: ${values.join(" + ")}`).join(" · ");
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0) || (isRecord(value) && Object.keys(value).length === 0);
}

function wordsOf(value: unknown, schema: Schema): string {
  if (schema.format === MOMENT_FORMAT && typeof value === "string") return `${localTime(value)} (${utcTime(value)})`;
  if (typeof value === "boolean") return value ? "Yes" : "No";
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** What a person and somebody else made of the same spec. */
export interface Merge {
  /** The other's, with the person's own changes upon it. */
  readonly spec: Record<string, unknown>;
  /** Properties that both changed, and not alike. */
  readonly clashes: readonly string[];
}

/** Put one's own changes of `seen` upon what stands now; where both changed the same property, one's own stands. */
export function mergeSpecs(seen: Spec, now: Spec, own: Spec): Merge {
  const spec: Record<string, unknown> = { ...now };
  const clashes: string[] = [];
  for (const name of new Set([...Object.keys(seen), ...Object.keys(own)])) {
    if (isSame(own[name], seen[name])) continue;
    if (!isSame(now[name], seen[name]) && !isSame(now[name], own[name])) clashes.push(name);
    if (own[name] === undefined) delete spec[name];
    else spec[name] = own[name];
  }
  return { spec, clashes };
}

/** Whether two values of JSON say the same, whatever the order of their keys. */
export function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) return one.length === other.length && one.every((each, index) => isSame(each, other[index]));
  if (isRecord(one) && isRecord(other)) {
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].every((name) => isSame(one[name], other[name]));
  }
  return one === other;
}

/** A line as three know it; null: it is not said there. */
export interface Comparison {
  readonly id: string;
  readonly label: string;
  readonly seen: string | null;
  readonly now: string | null;
  readonly own: string | null;
}

/** Give the lines that somebody changed since `seen`: the others in `now`, the person in `own`. */
export function comparisonOf(seen: Spec, now: Spec, own: Spec, schema: Schema): readonly Comparison[] {
  const [was, theirs, ours] = [seen, now, own].map((spec) => new Map(linesOf(spec, schema).map((line) => [line.id, line]))) as [
    Map<string, Line>, Map<string, Line>, Map<string, Line>,
  ];
  return merged(merged([...was.keys()], [...theirs.keys()]), [...ours.keys()])
    .map((id) => {
      const [a, b, c] = [was.get(id), theirs.get(id), ours.get(id)];
      return { id, label: (a ?? b ?? c)?.label ?? id, seen: a?.value ?? null, now: b?.value ?? null, own: c?.value ?? null };
    })
    .filter((each) => each.now !== each.seen || each.own !== each.seen);
}
