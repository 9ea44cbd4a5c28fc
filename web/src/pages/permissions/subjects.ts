import type { Kind, Resource } from "../../api/client";
import { rowId } from "../../live/feed";
import { type GrantRules, entriesOf, rulesOf } from "./grants";

/** Somebody who may do something in buckets: a row of the matrix. */
export interface Subject {
  readonly id: string;
  readonly kind: Kind;
  readonly rules: GrantRules;
  readonly resource: Resource;
}

/** Give the matrix's rows and columns: users in order, and the buckets of the project or of anybody's grants. */
export function axes(rows: readonly Resource[], kinds: readonly Kind[]): { subjects: readonly Subject[]; buckets: readonly string[] } {
  const rules = new Map(kinds.map((kind) => [kind.kind, { kind, rules: rulesOf(kind) }]));
  const subjects = rows.flatMap((resource) => {
    const found = rules.get(resource.kind);
    return found?.rules == null ? [] : [{ id: rowId(resource.kind, resource.name), kind: found.kind, rules: found.rules, resource }];
  });
  // A bucket that never stood takes no grant.
  const own = rows.filter((row) => row.kind === "bucket" && row.status !== "CREATE_FAILED").map(({ name }) => name); // what grants call a bucket is that kind
  const named = subjects.flatMap(({ resource, rules: each }) => entriesOf(resource.spec, each).map(({ bucket }) => bucket));
  return {
    subjects: subjects.sort((a, b) => a.resource.name.localeCompare(b.resource.name)),
    buckets: [...new Set([...own, ...named])].sort(),
  };
}

/** Those whose name has the words in it. */
export function named<T>(items: readonly T[], nameOf: (item: T) => string, words: string): readonly T[] {
  const wanted = words.trim().toLowerCase();
  return wanted === "" ? items : items.filter((each) => nameOf(each).toLowerCase().includes(wanted));
}

/** A page of a long list; a page that is no longer there is the last one. `page` counts from 1. */
export function pageOf<T>(items: readonly T[], page: number, size: number): { shown: readonly T[]; page: number; pages: number } {
  const pages = Math.max(1, Math.ceil(items.length / size));
  const at = Math.min(Math.max(1, page), pages);
  return { shown: items.slice((at - 1) * size, at * size), page: at, pages };
}
