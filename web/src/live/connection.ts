/**
 * The socket's life as a pure machine: what happened goes in, what to do comes out. No socket, no timer, no clock and no
 * dice of its own; `link.ts` has those.
 *
 * Tickets last 30 seconds and open one socket each. API Gateway closes a socket after ten minutes without a message and
 * after two hours in any case (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html), so a ping goes
 * out each minute and the two hours end by our own hand, at a moment when nobody sees it.
 */

export const PING_EVERY = 60_000;
/** A ping that nothing answers for so long: the connection is dead, whatever the browser believes. */
export const SILENCE = 8_000;
/** From ticket to hello: longer than that is a failed attempt. */
export const HANDSHAKE = 10_000;
export const RENEW_AFTER = 110 * 60_000;
/** A page that nobody has looked at for so long lets its socket go. */
export const HIDDEN_FOR = 5 * 60_000;
/** How long a routine renewal may take before the page says that it is reconnecting. */
export const GRACE = 5_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

export type Phase =
  | "idle"
  /** asked for a ticket */
  | "ticket"
  /** the socket opens; the server's hello is awaited */
  | "opening"
  | "live"
  /** waiting before the next attempt */
  | "waiting"
  /** nobody looks: no socket */
  | "asleep";

export interface Connection {
  readonly phase: Phase;
  /** Attempts that failed since the last hello. */
  readonly failures: number;
  /** When this phase began. */
  readonly since: number;
  /** When the server was heard last. */
  readonly heardAt: number | null;
  /** When the ping went out that nothing has answered yet. */
  readonly pingedAt: number | null;
  /** When the page began to be without a hello; null while live. */
  readonly lostAt: number | null;
  /** When the next attempt is due, in "waiting". */
  readonly dueAt: number | null;
  readonly hiddenAt: number | null;
}

export type Event =
  | { readonly type: "start" }
  | { readonly type: "stop" }
  | { readonly type: "ticket"; readonly ticket: string }
  /** no ticket could be had */
  | { readonly type: "refused" }
  /** the socket is open: the client speaks first */
  | { readonly type: "opened" }
  | { readonly type: "hello" }
  /** anything else that the server said, pongs included */
  | { readonly type: "heard" }
  | { readonly type: "closed" }
  | { readonly type: "hidden" }
  | { readonly type: "shown" }
  /** the browser says that there is no network any more */
  | { readonly type: "offline" }
  /** the browser says that the network is back */
  | { readonly type: "online" }
  /** time has passed */
  | { readonly type: "tick" };

export type Effect =
  | { readonly type: "getTicket" }
  | { readonly type: "open"; readonly ticket: string }
  | { readonly type: "subscribe" }
  | { readonly type: "ping" }
  | { readonly type: "close" }
  /** what is shown may be old: read it anew */
  | { readonly type: "refetch" };

export interface Step {
  readonly connection: Connection;
  readonly effects: readonly Effect[];
}

export const IDLE: Connection = {
  phase: "idle", failures: 0, since: 0, heardAt: null, pingedAt: null, lostAt: null, dueAt: null, hiddenAt: null,
};

/**
 * Give what follows from an event.
 *
 * @param now milliseconds, of any clock that only goes forward
 * @param dice a number of [0, 1), drawn anew for each call
 */
export function step(connection: Connection, event: Event, now: number, dice: number): Step {
  const { phase } = connection;
  switch (event.type) {
    case "start":
      return phase === "idle" ? attempt(connection, now) : stay(connection);
    case "stop":
      return { connection: { ...IDLE, hiddenAt: connection.hiddenAt }, effects: [{ type: "close" }] };
    case "ticket":
      if (phase !== "ticket") return stay(connection);
      return { connection: { ...connection, phase: "opening", since: now }, effects: [{ type: "open", ticket: event.ticket }] };
    case "opened":
      return phase === "opening" ? { connection, effects: [{ type: "subscribe" }] } : stay(connection);
    case "hello":
      if (phase !== "opening" && phase !== "live") return stay(connection);
      return stay({
        ...connection, phase: "live", since: phase === "live" ? connection.since : now,
        failures: 0, heardAt: now, pingedAt: null, lostAt: null,
      });
    case "heard":
      return stay({ ...connection, heardAt: now, pingedAt: null });
    case "refused":
      return phase === "ticket" ? retry(connection, now, dice) : stay(connection);
    case "closed":
      return phase === "opening" || phase === "live" ? retry(connection, now, dice) : stay(connection);
    case "hidden":
      return stay({ ...connection, hiddenAt: connection.hiddenAt ?? now });
    case "shown":
      return shown({ ...connection, hiddenAt: null }, now);
    case "offline":
      return phase === "ticket" || phase === "opening" || phase === "live" ? fail(connection, now, dice) : stay(connection);
    case "online":
      return phase === "waiting" || phase === "live" ? shown(connection, now) : stay(connection);
    case "tick":
      return tick(connection, now, dice);
  }
}

/** Somebody looks, or the network is back: be sure at once instead of waiting for the next ping or attempt. */
function shown(connection: Connection, now: number): Step {
  if (connection.phase === "asleep" || connection.phase === "waiting") {
    const next = attempt({ ...connection, failures: 0 }, now);
    return { ...next, effects: [...next.effects, { type: "refetch" }] };
  }
  if (connection.phase === "live") return ping(connection, now);
  return stay(connection);
}

function tick(connection: Connection, now: number, dice: number): Step {
  const { phase, since, hiddenAt, pingedAt, heardAt, dueAt } = connection;
  if (hiddenAt !== null && now - hiddenAt >= HIDDEN_FOR && phase !== "asleep" && phase !== "idle") {
    return { connection: { ...lost(connection, now), phase: "asleep", since: now, pingedAt: null }, effects: [{ type: "close" }] };
  }
  if ((phase === "ticket" || phase === "opening") && now - since >= HANDSHAKE) return fail(connection, now, dice);
  if (phase === "waiting" && dueAt !== null && now >= dueAt) return attempt(connection, now);
  if (phase !== "live") return stay(connection);
  if (pingedAt !== null && now - pingedAt >= SILENCE) return fail(connection, now, dice);
  if (now - since >= RENEW_AFTER) {
    const next = attempt(connection, now);
    return { ...next, effects: [{ type: "close" }, ...next.effects] };
  }
  if (pingedAt === null && now - (heardAt ?? since) >= PING_EVERY) return ping(connection, now);
  return stay(connection);
}

function ping(connection: Connection, now: number): Step {
  return { connection: { ...connection, pingedAt: connection.pingedAt ?? now }, effects: [{ type: "ping" }] };
}

function attempt(connection: Connection, now: number): Step {
  const next = { ...lost(connection, now), phase: "ticket" as const, since: now, dueAt: null, pingedAt: null };
  return { connection: next, effects: [{ type: "getTicket" }] };
}

/** Give the attempt, or the connection, up by our own hand. */
function fail(connection: Connection, now: number, dice: number): Step {
  const next = retry(connection, now, dice);
  return { ...next, effects: [{ type: "close" }, ...next.effects] };
}

function retry(connection: Connection, now: number, dice: number): Step {
  const dueAt = now + wait(connection.failures, dice);
  const failures = connection.failures + 1;
  return stay({ ...lost(connection, now), phase: "waiting", since: now, failures, dueAt, pingedAt: null });
}

/** How long to wait after so many failures: twice as long each time, somewhere in the upper half, so that pages which
 * lost their sockets together do not come back together. */
export function wait(failures: number, dice: number): number {
  return Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures) * (0.5 + dice / 2);
}

function lost(connection: Connection, now: number): Connection {
  return { ...connection, lostAt: connection.lostAt ?? now };
}

function stay(connection: Connection): Step {
  return { connection, effects: [] };
}

export type Pill = "connecting" | "live" | "reconnecting";

/** Tell what the pill in the navigation says. */
export function pillOf(connection: Connection, now: number): Pill {
  if (connection.phase === "live") return "live";
  if (connection.heardAt === null) return connection.failures > 0 ? "reconnecting" : "connecting";
  const isBrief = connection.failures === 0 && connection.lostAt !== null && now - connection.lostAt < GRACE;
  return isBrief ? "live" : "reconnecting";
}
