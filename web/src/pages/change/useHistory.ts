import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/ApiProvider";
import { dataOf } from "../../api/client";
import { keys } from "../../api/keys";
import type { DetailedChange, HistoryEvent } from "./told";

const MOST = 200;
const PAGES = 10;

/** The raw events of a change, oldest first; read anew for each state that it has entered. */
export function useHistory(change: DetailedChange, isWanted = true) {
  const api = useApi();
  const { project, id, states, status } = change;
  return useQuery<readonly HistoryEvent[]>({
    queryKey: [...keys.change(project, id), "history", status, states.length, states.at(-1)?.status ?? ""],
    enabled: isWanted,
    staleTime: status === "RUNNING" ? 2_000 : Infinity,
    placeholderData: (before) => before,
    queryFn: async ({ signal }) => {
      const found: HistoryEvent[] = [];
      let cursor: string | undefined;
      // A change that emptied for hours has thousands: what is not shown is still in the archive.
      for (let page = 0; page < PAGES; page += 1) {
        const query = { limit: MOST, ...(cursor === undefined ? {} : { cursor }) };
        const params = { path: { project, change: id }, query };
        const answer = dataOf(await api.GET("/v1/projects/{project}/changes/{change}/history", { params, signal }));
        found.push(...answer.items);
        if (answer.cursor === null) break;
        cursor = answer.cursor;
      }
      return found;
    },
  });
}
