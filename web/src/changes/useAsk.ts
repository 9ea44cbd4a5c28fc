import { useCallback } from "react";
import type { Change, Kind, Resource } from "../api/client";
import type { NextAction } from "../api/problem";
import { useRequest } from "./useRequest";

/** Give the way to ask for an action of a resource as it stands; null is answered by what begins no change: a stop. */
export function useAsk(project: string, kind: Kind, resource: Resource) {
  const { remove, act, stop } = useRequest(project);
  return useCallback(
    async (action: NextAction, confirmation?: string): Promise<Change | null> => {
      const wish = { kind, name: resource.name };
      if (action === "delete") return remove({ ...wish, version: resource.version });
      if (action !== "stop") return act({ ...wish, action, ...(confirmation === undefined ? {} : { confirmation }) });
      if (resource.lock !== null) await stop({ ...wish, lock: resource.lock });
      return null;
    },
    [kind, resource, remove, act, stop],
  );
}
