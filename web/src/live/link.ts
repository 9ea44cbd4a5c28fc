import { type Connection, type Effect, type Event, IDLE, step } from "./connection";
import { type Message, parseMessage } from "./messages";

export interface LinkPorts {
  /** Get a ticket; whatever goes wrong, it throws. */
  ticket(): Promise<string>;
  /** The socket's address, without its ticket. */
  readonly address: string;
  hear(message: Message): void;
  /** What is shown may be old. */
  refetch(): void;
}

const TICK = 1000;

/** The page's one socket: plays the connection's effects, and tells it what happens. */
export class Link {
  #connection: Connection = IDLE;
  #socket: WebSocket | null = null;
  #projects: readonly string[] = [];
  #ticking: ReturnType<typeof setInterval> | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly ports: LinkPorts) {}

  get connection(): Connection {
    return this.#connection;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follow these projects; none: no socket. */
  follow(projects: readonly string[]): void {
    if (projects.join() === this.#projects.join()) return;
    this.#projects = projects;
    if (projects.length === 0) this.stop();
    else if (this.#connection.phase === "live") this.#say({ action: "subscribe", projects });
    else this.#start();
  }

  stop(): void {
    if (this.#ticking !== null) clearInterval(this.#ticking);
    this.#ticking = null;
    document.removeEventListener("visibilitychange", this.#look);
    removeEventListener("online", this.#online);
    removeEventListener("offline", this.#offline);
    this.#tell({ type: "stop" });
  }

  #start(): void {
    if (this.#ticking === null) {
      this.#ticking = setInterval(() => this.#tell({ type: "tick" }), TICK);
      document.addEventListener("visibilitychange", this.#look);
      addEventListener("online", this.#online);
      addEventListener("offline", this.#offline);
    }
    this.#tell({ type: "start" });
  }

  readonly #look = (): void => this.#tell({ type: document.visibilityState === "hidden" ? "hidden" : "shown" });
  readonly #online = (): void => this.#tell({ type: "online" });
  readonly #offline = (): void => this.#tell({ type: "offline" });

  #tell(event: Event): void {
    const { connection, effects } = step(this.#connection, event, Date.now(), Math.random());
    const before = this.#connection;
    this.#connection = connection;
    for (const effect of effects) this.#play(effect);
    if (before !== connection) for (const listener of this.#listeners) listener();
  }

  #play(effect: Effect): void {
    switch (effect.type) {
      case "getTicket":
        this.ports.ticket().then(
          (ticket) => this.#tell({ type: "ticket", ticket }),
          () => this.#tell({ type: "refused" }),
        );
        break;
      case "open":
        this.#open(effect.ticket);
        break;
      case "subscribe":
        this.#say({ action: "subscribe", projects: this.#projects });
        break;
      case "ping":
        this.#say({ action: "ping" });
        break;
      case "close":
        this.#drop();
        break;
      case "refetch":
        this.ports.refetch();
        break;
    }
  }

  #open(ticket: string): void {
    this.#drop();
    const socket = new WebSocket(`${this.ports.address}?ticket=${encodeURIComponent(ticket)}`);
    this.#socket = socket;
    // A socket that was let go speaks to nobody any more.
    const mine = (act: () => void) => (): void => {
      if (this.#socket === socket) act();
    };
    socket.onopen = mine(() => this.#tell({ type: "opened" }));
    socket.onclose = mine(() => {
      this.#socket = null;
      this.#tell({ type: "closed" });
    });
    socket.onmessage = (frame: MessageEvent<unknown>) => mine(() => this.#hear(frame.data))();
  }

  #hear(data: unknown): void {
    const message = parseMessage(data);
    if (message === null) return;
    this.#tell({ type: message.type === "hello" ? "hello" : "heard" });
    // The server does not know this connection any more: begin anew.
    if (message.type === "error" && message.code === "not-connected") this.#socket?.close();
    this.ports.hear(message);
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #say(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
