import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { useApi } from "../../api/ApiProvider";
import { type Resource, dataOf, resourceTemplate } from "../../api/client";
import { keys } from "../../api/keys";
import { projectQuery, useTold } from "../../api/queries";
import { useLiveness } from "../../live/LiveProvider";
import { type Run, isUnderWay } from "./attention";

const WITHOUT_SOCKET = 3_000;
const WITH_SOCKET = 20_000;
const NOW_AND_THEN = 60_000;
const RUNS = 50;

/** A run is remembered beyond its page: who comes back finds it under way still. */
const runKey = (project: string) => ["reconcile-run", project] as const;

/** The last findings; read again by each message of type `project`, and by the clock where none comes. */
export function useReconcile(project: string) {
  const api = useApi();
  const { isLive } = useLiveness();
  const run = useTold<Run>(runKey(project));
  const query = useQuery({
    ...projectQuery(api, project),
    refetchInterval: ({ state }) => {
      if (isUnderWay(run, state.data?.reconcile, Date.now())) return isLive ? WITH_SOCKET : WITHOUT_SOCKET;
      return isLive ? false : NOW_AND_THEN;
    },
  });
  return { query, run };
}

/** The last runs, newest first. They change with the findings: `told` is when those were. */
export function useRuns(project: string, told: string | undefined) {
  const api = useApi();
  return useQuery({
    queryKey: [...keys.project(project), "runs", told],
    queryFn: async ({ signal }) =>
      dataOf(await api.GET("/v1/projects/{project}/reconciliations", { params: { path: { project }, query: { limit: RUNS } }, signal })).items,
    placeholderData: (before) => before, // the former list stays until the new one is there
  });
}

/** Ask for a run; while one is under way the API gives that. Asked twice at once, it asks once. */
export function useReconcileNow(project: string) {
  const api = useApi();
  const cache = useQueryClient();
  const isAsking = useRef(false); // the state of the mutation is told a moment later than the second click of two comes
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => dataOf(await api.POST("/v1/projects/{project}/reconcile", { params: { path: { project } } })).run,
    onSuccess: (run) => {
      cache.setQueryData<Run>(runKey(project), run);
      return cache.invalidateQueries({ queryKey: keys.project(project) });
    },
    onSettled: () => {
      isAsking.current = false;
    },
  });
  const ask = () => {
    if (isAsking.current) return;
    isAsking.current = true;
    mutate();
  };
  return { ask, isPending, error };
}

/** Break the lock that a change has left; gives that change as it ended. */
export function useBreakLock(project: string, path: string, { name }: Resource) {
  const api = useApi();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      const template = `${resourceTemplate(path)}/lock/break` as `${ReturnType<typeof resourceTemplate>}/lock/break`;
      return dataOf(await api.POST(template, { params: { path: { project, name } } })).change;
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.feed(project) }),
  });
}
