import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { keys } from "../../api/keys";
import { useMessages } from "../../live/LiveProvider";
import type { DetailedChange } from "./told";

/** Most states are left without a message; while somebody looks, the history is asked this often. */
const LOOK = 2_000;
const PAUSE = 400;

/** Keep a running change's states fresh while its page is open: at each message about its resource, and now and then. */
export function useLiveStates(change: DetailedChange): void {
  const cache = useQueryClient();
  const { project, id, kind, name } = change;
  const isRunning = change.status === "RUNNING";
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null);
  const look = useCallback(() => {
    waiting.current ??= setTimeout(() => {
      waiting.current = null;
      void cache.refetchQueries({ queryKey: keys.change(project, id), exact: true });
    }, PAUSE);
  }, [cache, project, id]);
  useMessages((message) => {
    if (!isRunning) return;
    if (message.type === "progress" && message.kind === kind && message.name === name) look();
    if (message.type === "resource" && message.resource.kind === kind && message.resource.name === name) look();
  });
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => {
      if (!document.hidden) look();
    }, LOOK);
    return () => clearInterval(timer);
  }, [isRunning, look]);
  useEffect(
    () => () => {
      if (waiting.current !== null) clearTimeout(waiting.current);
      waiting.current = null;
    },
    [],
  );
}
