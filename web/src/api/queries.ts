import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { type Feed, rowId } from "../live/feed";
import { useLiveness } from "../live/LiveProvider";
import { useApi } from "./ApiProvider";
import { type Api, type ChangeDetail, type Kind, type Resource, type Role, dataOf } from "./client";
import { keys } from "./keys";
import { asProblem } from "./problem";

const HOUR = 3_600_000;
const WITHOUT_SOCKET = 5_000;
const NOW_AND_THEN = 60_000;

export const meQuery = (api: Api) =>
  queryOptions({
    queryKey: keys.me,
    queryFn: async ({ signal }) => dataOf(await api.GET("/v1/me", { signal })),
    staleTime: 60_000,
  });

export const kindsQuery = (api: Api) =>
  queryOptions({
    queryKey: keys.kinds,
    queryFn: async ({ signal }) => dataOf(await api.GET("/v1/kinds", { signal })).kinds,
    staleTime: HOUR,
  });

/** Who is signed in, and their projects with their roles. */
export function useMe() {
  return useQuery(meQuery(useApi()));
}

/** Every kind that can be asked for, with its schema. */
export function useKinds() {
  return useQuery(kindsQuery(useApi()));
}

/** The kind of a path segment, such as "buckets"; undefined while loading, and for an unknown one. */
export function useKindOfPath(path: string): Kind | undefined {
  return useKinds().data?.find((kind) => kind.path === path);
}

/** The caller's role in a project; undefined while loading, and for a stranger. */
export function useRole(project: string): Role | undefined {
  return useMe().data?.projects.find((each) => each.id === project)?.role;
}

/** A project, its limits, and when all of it was last compared with AWS. */
export const projectQuery = (api: Api, project: string) =>
  queryOptions({
    queryKey: [...keys.project(project), "detail"],
    queryFn: async ({ signal }) => dataOf(await api.GET("/v1/projects/{project}", { params: { path: { project } }, signal })),
  });

/** The same, read again by each message of type `project`; without a socket, now and then. */
export function useProject(project: string) {
  const { isLive } = useLiveness();
  return useQuery({ ...projectQuery(useApi(), project), refetchInterval: isLive ? false : NOW_AND_THEN });
}

/** A project's feed: every resource, kept live by the socket; without one, read again every few seconds. */
export function useFeed(project: string) {
  const { isLive, loadFeed } = useLiveness();
  return useQuery<Feed>({
    queryKey: keys.feed(project),
    queryFn: ({ signal }) => loadFeed(project, signal),
    staleTime: isLive ? Infinity : 0,
    refetchInterval: isLive ? false : WITHOUT_SOCKET,
    refetchOnWindowFocus: !isLive,
  });
}

/** One resource out of the feed. `resource` is null when there is none (any more). */
export function useResource(project: string, kind: string | undefined, name: string) {
  const feed = useFeed(project);
  const isKnown = feed.data !== undefined && kind !== undefined;
  const resource: Resource | null | undefined = isKnown ? (feed.data.rows[rowId(kind, name)] ?? null) : undefined;
  return { ...feed, resource };
}

/** One change with its states; while it runs it is read again at each message, and now and then without a socket. */
export function useChange(project: string, change: string) {
  const api = useApi();
  const { isLive } = useLiveness();
  return useQuery({
    queryKey: keys.change(project, change),
    queryFn: async ({ signal }): Promise<ChangeDetail> => {
      const path = { project, change };
      return dataOf(await api.GET("/v1/projects/{project}/changes/{change}", { params: { path }, signal }));
    },
    refetchInterval: ({ state }) => {
      const { data, error } = state;
      if (error !== null && asProblem(error).status === 403) return false; // not a member any more: nobody will tell its end
      const isSettled = data !== undefined && data.status !== "RUNNING" && data.states.every((each) => each.status !== "RUNNING");
      // The end is told a moment before the telling state itself is left: look once more for that.
      return isSettled ? false : isLive && data?.status === "RUNNING" ? 6 * WITHOUT_SOCKET : 1_000;
    },
  });
}

/** Something that a live message wrote and nobody fetches, such as a stack's progress. */
export function useTold<T>(key: readonly unknown[]): T | undefined {
  const client = useQueryClient();
  return useQuery<T>({
    queryKey: key,
    queryFn: () => client.getQueryData<T>(key) as T,
    enabled: false,
    staleTime: Infinity,
  }).data;
}
