import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";
import type { Change } from "../api/client";
import { keys } from "../api/keys";
import { inSentence } from "../forms/schema";
import { useChange, useKinds } from "../api/queries";
import { type Flash, type Followed, ended, running, stopping } from "./flashes";
import type { Requested } from "./requested";

interface Flashes {
  readonly items: readonly Flash[];
  /** Show a message; another one with the same id is replaced. */
  show(flash: Flash): void;
  dismiss(id: string): void;
  /** Show a change that runs, by one message that turns into its success or failure in place. */
  follow(change: Followed): void;
  /** The same for a change that is to stop; the message that it has already tells so. */
  followStop(change: Followed): void;
}

const FlashContext = createContext<Flashes | null>(null);

export function useFlashes(): Flashes {
  const flashes = use(FlashContext);
  if (flashes === null) throw new Error("useFlashes outside FlashProvider");
  return flashes;
}

export function FlashProvider({ children }: { children: ReactNode }) {
  const [items, setItems] = useState<readonly Flash[]>([]);
  const [followed, setFollowed] = useState<readonly Followed[]>([]);
  const cache = useQueryClient();
  const title = useKindTitle();
  const show = useCallback((flash: Flash) => {
    setItems((before) => {
      const at = before.findIndex((each) => each.id === flash.id);
      return at < 0 ? [flash, ...before] : before.with(at, flash);
    });
  }, []);
  const dismiss = useCallback((id: string) => setItems((before) => before.filter((each) => each.id !== id)), []);
  const wait = useCallback((change: Followed) => setFollowed((before) => [...before.filter((each) => each.id !== change.id), change]), []);
  const follow = useCallback(
    (change: Followed) => {
      show(running(change, title(change.kind)));
      wait(change);
    },
    [show, title, wait],
  );
  const followStop = useCallback(
    (change: Followed) => {
      show(stopping(change, title(change.kind)));
      wait(change);
    },
    [show, title, wait],
  );
  const settle = useCallback(
    (change: Change) => {
      setFollowed((before) => before.filter((each) => each.id !== change.id));
      setItems((before) => before.map((each) => (each.id === change.id ? ended(change, title(change.kind)) : each)));
      cache.setQueryData<readonly Requested[]>(keys.requested(change.project), (before) =>
        before?.filter((each) => each.change !== change.id),
      );
    },
    [cache, title],
  );
  const flashes = useMemo(() => ({ items, show, dismiss, follow, followStop }), [items, show, dismiss, follow, followStop]);
  return (
    <FlashContext value={flashes}>
      {children}
      {followed.map((change) => (
        <Follower key={change.id} change={change} settle={settle} />
      ))}
    </FlashContext>
  );
}

/** Waits for one change's end, by the socket or without. */
function Follower({ change, settle }: { change: Followed; settle: (change: Change) => void }) {
  const { data } = useChange(change.project, change.id);
  useEffect(() => {
    if (data !== undefined && data.status !== "RUNNING") settle(data);
  }, [data, settle]);
  return null;
}

/** Give a kind's name as it stands within a sentence: "bucket", "SFTP user". */
export function useKindTitle(): (kind: string) => string {
  const kinds = useKinds().data;
  return useCallback(
    (kind: string) => {
      return inSentence(kinds?.find((each) => each.kind === kind)?.title ?? kind);
    },
    [kinds],
  );
}
