import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { useApi } from "../api/ApiProvider";
import { type Change, type Kind, type Spec, actionTemplate, dataOf, resourceTemplate } from "../api/client";
import { keys } from "../api/keys";
import type { Lock, NextAction } from "../api/problem";
import { useMe, useTold } from "../api/queries";
import { useFlashes } from "./FlashProvider";
import type { Requested } from "./requested";

interface Wish {
  readonly kind: Kind;
  readonly name: string;
}

/**
 * Give the ways to ask for a change. Each resolves once the API has accepted it, and shows the one message that turns
 * into success or failure; a refusal is thrown as ProblemError for the page to show where it was asked.
 */
export function useRequest(project: string) {
  const api = useApi();
  const cache = useQueryClient();
  const { follow, followStop } = useFlashes();
  const actor = useMe().data?.person.email ?? "";

  const note = useCallback(
    (change: (before: readonly Requested[]) => readonly Requested[]) => {
      cache.setQueryData<readonly Requested[]>(keys.requested(project), (before) => change(before ?? []));
    },
    [cache, project],
  );

  /**
   * Create or update.
   *
   * @param version the version that the person saw; null: it must not exist yet
   */
  const put = useCallback(
    async ({ kind, name, spec, version }: Wish & { spec: Spec; version: number | null }): Promise<Change> => {
      const isMine = (each: Requested) => each.kind === kind.kind && each.name === name;
      const wish: Requested = { kind: kind.kind, name, action: version === null ? "create" : "update", spec, actor, change: null };
      note((before) => [...before.filter((each) => !isMine(each)), wish]);
      try {
        const condition = version === null ? { "If-None-Match": "*" as const } : { "If-Match": `"${version}"` };
        const header = { ...condition, "Idempotency-Key": crypto.randomUUID() };
        const params = { path: { project, name }, header };
        const { change } = dataOf(await api.PUT(resourceTemplate(kind.path), { params, body: spec as never }));
        note((before) => before.map((each) => (isMine(each) ? { ...each, change: change.id } : each)));
        follow(change);
        return change;
      } catch (error) {
        note((before) => before.filter((each) => !isMine(each))); // taken back; the page says why
        throw error;
      }
    },
    [api, actor, follow, note, project],
  );

  /** Delete what the person saw in that version. */
  const remove = useCallback(
    async ({ kind, name, version }: Wish & { version: number }): Promise<Change> => {
      const header = { "If-Match": `"${version}"`, "Idempotency-Key": crypto.randomUUID() };
      const { change } = dataOf(await api.DELETE(resourceTemplate(kind.path), { params: { path: { project, name }, header } }));
      follow(change);
      return change;
    },
    [api, follow, project],
  );

  /**
   * Ask for one of a resource's next actions: retry, repair …; update, delete and stop have ways of their own.
   *
   * @param confirmation the resource's name, typed, where the action destroys something
   */
  const act = useCallback(
    async ({ kind, name, action, confirmation }: Wish & { action: NextAction; confirmation?: string }): Promise<Change> => {
      const header = { "Idempotency-Key": crypto.randomUUID() };
      const params = { path: { project, name, action: action as never }, header };
      const body = confirmation === undefined ? {} : { confirm: confirmation };
      const { change } = dataOf(await api.POST(actionTemplate(kind.path), { params, body: body as never }));
      follow(change);
      return change;
    },
    [api, follow, project],
  );

  /** Wish that a running change stops; it ends by itself, and tells so. */
  const stop = useCallback(
    async ({ kind, name, lock }: Wish & { lock: Lock }): Promise<void> => {
      const { change, action } = lock;
      await api.POST("/v1/projects/{project}/changes/{change}/stop", { params: { path: { project, change } } });
      followStop({ id: change, project, kind: kind.kind, name, action });
      void cache.invalidateQueries({ queryKey: keys.change(project, change) }); // it tells who asked
    },
    [api, cache, followStop, project],
  );

  return { put, remove, act, stop };
}

/** What was asked for on this page and may not have been heard of yet. */
export function useRequested(project: string): readonly Requested[] {
  return useTold<readonly Requested[]>(keys.requested(project)) ?? NOTHING;
}

const NOTHING: readonly Requested[] = [];
