import { type QueryClient, type QueryKey, hashKey } from "@tanstack/react-query";
import { keys } from "./keys";
import { asProblem } from "./problem";

const isOf = (project: string) => ({ queryKey }: { queryKey: QueryKey }) => queryKey[1] === project;

/**
 * Forget a project that was shown here, and is not the caller's any more: what was read of it is nobody's business now,
 * and gets no newer. One that was never shown says so itself, in place of its page.
 */
export function forget(cache: QueryClient, project: string): void {
  const mark = keys.forgotten(project);
  const known = cache.getQueryCache().findAll({ predicate: isOf(project) });
  if (cache.getQueryData(mark) === true || !known.some(({ state }) => state.data !== undefined)) return;
  cache.setQueryData(mark, true);
  void cache.cancelQueries({ predicate: isOf(project) });
  cache.removeQueries({ predicate: (query) => isOf(project)(query) && query.queryHash !== hashKey(mark) });
  void cache.invalidateQueries({ queryKey: keys.me });
}

/** Hear a reading that was refused: all but the members may be read by whoever is one. */
export function hearRefusal(cache: QueryClient, key: QueryKey, error: unknown): void {
  const [what, project] = key;
  if (asProblem(error).status === 403 && typeof project === "string" && what !== keys.members(project)[0]) forget(cache, project);
}
