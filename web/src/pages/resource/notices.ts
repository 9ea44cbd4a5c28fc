import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/ApiProvider";
import { dataOf } from "../../api/client";
import { keys } from "../../api/keys";
import type { components } from "../../api/schema";

export type Notice = components["schemas"]["ToldNotice"];

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** What asks for something to be done; the rest tells that all goes its way. */
const URGENT: ReadonlySet<string> = new Set([
  "HANDOVER_TRIED_AGAIN", "HANDOVER_LOCKED", "OLD_KEY_STILL_USED", "ROTATION_FAILED", "ACCESS_EXPIRES_SOON",
]);

/** A project's notices, newest first; the socket makes them stale. */
export function useNotices(project: string) {
  const api = useApi();
  return useQuery({
    queryKey: keys.notices(project),
    queryFn: async ({ signal }) => dataOf(await api.GET("/v1/projects/{project}/notices", { params: { path: { project } }, signal })).items,
  });
}

/** Those of the last week that ask for something, of each user and matter the newest; `now` in milliseconds. */
export function urgent(notices: readonly Notice[], now: number): readonly Notice[] {
  const seen = new Set<string>();
  return notices.filter(({ code, kind, name, at }) => {
    const matter = [code, kind, name].join("\n");
    if (!URGENT.has(code) || now - Date.parse(at) > WEEK || seen.has(matter)) return false;
    seen.add(matter);
    return true;
  });
}
