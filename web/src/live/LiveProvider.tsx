import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import {
  createContext, type ReactNode, use, useEffect, useMemo, useReducer, useRef, useSyncExternalStore,
} from "react";
import { useApi } from "../api/ApiProvider";
import { type Api, type Resource, dataOf } from "../api/client";
import { keys } from "../api/keys";
import { forget } from "../api/membership";
import { GRACE, type Pill, pillOf } from "./connection";
import { type Feed, isBehind, withHello, withMessage, withSnapshot } from "./feed";
import { Link } from "./link";
import { type Message, type ProjectMessage, isOfProject } from "./messages";

/** How long a missing number may take before the snapshot is read anew: messages of two functions overtake each other. */
const PATIENCE = 300;

type Listener = (message: ProjectMessage) => void;

interface Liveness {
  readonly isLive: boolean;
  readonly pill: Pill;
  /** When the server was heard last; null before. */
  readonly heardAt: number | null;
  /** Follow a project while its pages are open. */
  follow(project: string | null): void;
  /** Read a project's whole snapshot into its feed. */
  loadFeed(project: string, signal: AbortSignal): Promise<Feed>;
  /** Hear every message of the followed project; gives the way to stop. */
  listen(listener: Listener): () => void;
}

const LiveContext = createContext<Liveness | null>(null);

export function useLiveness(): Liveness {
  const liveness = use(LiveContext);
  if (liveness === null) throw new Error("useLiveness outside LiveProvider");
  return liveness;
}

/** Call back for each message of the followed project, with the newest callback. */
export function useMessages(listener: Listener): void {
  const { listen } = useLiveness();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => listen((message) => latest.current(message)), [listen]);
}

/** Keeps one socket open for the project on the page, and writes what it tells into the query cache. */
export function LiveProvider({ address, children }: { address: string; children: ReactNode }) {
  const api = useApi();
  const cache = useQueryClient();
  const desk = useMemo(() => new Desk(address, api, cache), [address, api, cache]);
  useEffect(() => () => desk.link.stop(), [desk]);
  const connection = useSyncExternalStore(desk.link.subscribe, () => desk.link.connection);
  const [, lookAgain] = useReducer((times: number) => times + 1, 0);
  useEffect(() => {
    if (connection.lostAt === null) return;
    const timer = setTimeout(lookAgain, GRACE); // a brief absence that has become a long one
    return () => clearTimeout(timer);
  }, [connection.lostAt]);
  const pill = pillOf(connection, Date.now());
  const isLive = pill === "live";
  const { heardAt } = connection;
  const liveness = useMemo<Liveness>(
    () => ({ isLive, pill, heardAt, follow: desk.follow, loadFeed: desk.loadFeed, listen: desk.listen }),
    [isLive, pill, heardAt, desk],
  );
  return <LiveContext value={liveness}>{children}</LiveContext>;
}

/** Where messages are sorted into the cache. */
class Desk {
  readonly link: Link;
  #project: string | null = null;
  /** What arrived before the followed project's first snapshot. */
  #early: Message[] = [];
  #patience: ReturnType<typeof setTimeout> | null = null;
  readonly #listeners = new Set<Listener>();

  constructor(address: string, private readonly api: Api, private readonly cache: QueryClient) {
    const ticket = async (): Promise<string> => dataOf(await api.POST("/v1/socket-tickets")).ticket;
    this.link = new Link({ address, ticket, hear: (message) => this.#hear(message), refetch: () => this.#refetch() });
  }

  readonly follow = (project: string | null): void => {
    if (project === this.#project) return;
    this.#project = project;
    this.#early = [];
    this.link.follow(project === null ? [] : [project]);
    // What was shown of it before is old: nobody listened meanwhile. A first reading under way is not begun again: what
    // it misses, the numbers tell.
    if (project !== null && this.cache.getQueryData(keys.feed(project)) !== undefined) void this.cache.invalidateQueries({ queryKey: keys.feed(project) });
  };

  readonly listen = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly loadFeed = async (project: string, signal: AbortSignal): Promise<Feed> => {
    const items: Resource[] = [];
    let seq: number | null = null;
    let cursor: string | undefined;
    do {
      const params = { path: { project }, query: cursor === undefined ? {} : { cursor } };
      const page = dataOf(await this.api.GET("/v1/projects/{project}/resources", { params, signal }));
      seq ??= page.seq; // the first page's: later ones may know more, never less
      items.push(...(page.items as unknown as Resource[]));
      cursor = page.cursor ?? undefined;
    } while (cursor !== undefined);
    let feed = withSnapshot(this.cache.getQueryData<Feed>(keys.feed(project)), { seq: seq ?? 0, items });
    if (project === this.#project) {
      feed = this.#early.reduce((known, message) => fold(known, project, message), feed);
      this.#early = [];
    }
    this.#watch(feed);
    return feed;
  };

  #hear(message: Message): void {
    const project = this.#project;
    if (message.type === "error" && message.code === "forbidden") for (const each of message.projects ?? []) forget(this.cache, each);
    if (project === null || (isOfProject(message) && message.project !== project)) return;
    if (message.type === "hello" || isOfProject(message)) {
      const key = keys.feed(project);
      const known = this.cache.getQueryData<Feed>(key);
      if (known === undefined) this.#early.push(message);
      else {
        const feed = fold(known, project, message);
        if (feed !== known) this.cache.setQueryData(key, feed);
        this.#watch(feed);
      }
    }
    if (isOfProject(message)) {
      this.#sort(message);
      for (const listener of this.#listeners) listener(message);
    }
  }

  /** Everything but resources: what else is known of the project changes with it. */
  #sort(message: ProjectMessage): void {
    const { project } = message;
    const renew = (queryKey: readonly unknown[]) => void this.cache.invalidateQueries({ queryKey });
    switch (message.type) {
      case "change":
        // A first reading that is under way began before this was told, and would not be begun again: it is given up.
        void this.cache.cancelQueries({ queryKey: keys.change(project, message.change.id) }).then(() => renew(keys.change(project, message.change.id)));
        renew(keys.changes(project));
        break;
      case "progress":
        this.cache.setQueryData(keys.progress(project, message.kind, message.name), message);
        break;
      case "credentials":
        renew(keys.credentials(project, message.kind, message.name));
        renew(keys.handovers(project, message.kind, message.name));
        break;
      case "notice":
        renew(keys.notices(project));
        break;
      case "project":
        renew(keys.project(project));
        break;
      case "resource":
        break;
    }
  }

  /** A gap that nothing has closed in a moment is read over. */
  #watch(feed: Feed): void {
    if (!isBehind(feed) || this.#patience !== null) return;
    this.#patience = setTimeout(() => {
      this.#patience = null;
      const project = this.#project;
      const now = project === null ? undefined : this.cache.getQueryData<Feed>(keys.feed(project));
      if (now !== undefined && isBehind(now)) this.#refetch();
    }, PATIENCE);
  }

  #refetch(): void {
    const project = this.#project;
    if (project === null) return;
    // Changes, credentials and notices were missed as well as rows.
    const isOurs = ({ queryKey }: { queryKey: readonly unknown[] }) => queryKey[1] === project;
    void this.cache.invalidateQueries({ predicate: isOurs }, { cancelRefetch: true });
  }
}

function fold(feed: Feed, project: string, message: Message): Feed {
  if (message.type === "hello") {
    const seq = message.seq[project];
    return seq === undefined ? feed : withHello(feed, seq);
  }
  return isOfProject(message) && message.project === project ? withMessage(feed, message) : feed;
}
