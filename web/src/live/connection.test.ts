import { describe, expect, it } from "vitest";
import {
  type Connection, type Effect, type Event, GRACE, HANDSHAKE, HIDDEN_FOR, IDLE, PING_EVERY, RENEW_AFTER, SILENCE, pillOf,
  step, wait,
} from "./connection";

/** Play events, each at its time; give the connection and what was to be done, in order. */
function play(from: Connection, ...events: [number, Event | Event["type"]][]) {
  const done: string[] = [];
  let connection = from;
  for (const [now, told] of events) {
    const event = (typeof told === "string" ? { type: told } : told) as Event;
    const next = step(connection, event, now, 0.5);
    connection = next.connection;
    done.push(...next.effects.map((effect: Effect) => effect.type));
  }
  return { connection, done };
}

const TICKET: Event = { type: "ticket", ticket: "t" };
const LIVE = play(IDLE, [0, "start"], [1, TICKET], [2, "opened"], [3, "hello"]).connection;

describe("the connection", () => {
  it("gets a ticket, opens, speaks first, and is live at the hello", () => {
    const { connection, done } = play(IDLE, [0, "start"], [1, TICKET], [2, "opened"], [3, "hello"]);

    expect(done).toEqual(["getTicket", "open", "subscribe"]);
    expect(connection).toMatchObject({ phase: "live", heardAt: 3, lostAt: null });
  });

  it("takes a new ticket for each attempt, later each time", () => {
    const first = play(LIVE, [100, "closed"]);
    expect(first.connection).toMatchObject({ phase: "waiting", dueAt: 100 + wait(0, 0.5) });

    const early = play(first.connection, [101, "tick"]);
    expect(early.done).toEqual([]);

    const second = play(first.connection, [1000, "tick"], [1001, "refused"]);
    expect(second.done).toEqual(["getTicket"]);
    expect(second.connection).toMatchObject({ phase: "waiting", failures: 2, dueAt: 1001 + wait(1, 0.5) });
  });

  it("waits half a minute at most, and no two pages for the same time", () => {
    expect(wait(0, 0)).toBe(250);
    expect(wait(20, 0.999)).toBeLessThanOrEqual(30_000);
    expect(wait(4, 0.1)).not.toBe(wait(4, 0.9));
  });

  it("forgets its failures once it is live", () => {
    expect(play(LIVE, [9, "closed"], [999, "tick"], [1000, TICKET], [1001, "opened"], [1002, "hello"]).connection.failures).toBe(0);
  });

  it("gives an attempt up that nothing comes of", () => {
    const opening = play(IDLE, [0, "start"], [1, TICKET]);
    const { connection, done } = play(opening.connection, [1 + HANDSHAKE, "tick"]);

    expect(done).toEqual(["close"]);
    expect(connection.phase).toBe("waiting");
  });

  it("pings when it has heard nothing for a minute, and not before", () => {
    expect(play(LIVE, [PING_EVERY, "tick"]).done).toEqual([]);
    expect(play(LIVE, [3 + PING_EVERY, "tick"]).done).toEqual(["ping"]);
    expect(play(LIVE, [50_000, "heard"], [3 + PING_EVERY, "tick"]).done).toEqual([]);
  });

  it("takes a ping that nothing answers for the end", () => {
    const pinged = play(LIVE, [70_000, "tick"]).connection;

    expect(play(pinged, [70_000 + SILENCE, "tick"])).toMatchObject({ done: ["close"], connection: { phase: "waiting" } });
    expect(play(pinged, [70_100, "heard"], [70_000 + SILENCE, "tick"]).done).toEqual([]);
  });

  it("renews itself before the two hours are over, and the page does not say so", () => {
    const { connection, done } = play(LIVE, [4 + RENEW_AFTER, "tick"]);

    expect(done).toEqual(["close", "getTicket"]);
    expect(pillOf(connection, 4 + RENEW_AFTER + 1000)).toBe("live");
    expect(pillOf(connection, 4 + RENEW_AFTER + GRACE)).toBe("reconnecting");
  });

  it("lets go when nobody looks, and comes back and reads anew when somebody does", () => {
    const asleep = play(LIVE, [10, "hidden"], [10 + HIDDEN_FOR, "tick"]);
    expect(asleep).toMatchObject({ done: ["close"], connection: { phase: "asleep" } });
    expect(play(asleep.connection, [900_000, "tick"]).done).toEqual([]);

    expect(play(asleep.connection, [900_001, "shown"]).done).toEqual(["getTicket", "refetch"]);
  });

  it("keeps its socket over a short look elsewhere, and makes sure of it", () => {
    expect(play(LIVE, [10, "hidden"], [20_000, "shown"]).done).toEqual(["ping"]);
  });

  it("tries at once when the network is back", () => {
    const waiting = play(LIVE, [10, "closed"]).connection;

    expect(play(waiting, [11, "online"]).done).toEqual(["getTicket", "refetch"]);
    expect(play(LIVE, [11, "online"]).done).toEqual(["ping"]);
  });

  it("is not live from the moment when the browser says that there is no network", () => {
    const { connection, done } = play(LIVE, [10, "offline"]);

    expect(done).toEqual(["close"]);
    expect(pillOf(connection, 10)).toBe("reconnecting");
    expect(play(connection, [20, "online"]).done).toEqual(["getTicket", "refetch"]);
    expect(play(IDLE, [10, "offline"]).connection).toEqual(IDLE);
  });

  it("hears nothing of a socket that it has let go", () => {
    const waiting = play(LIVE, [10, "closed"]).connection;

    expect(play(waiting, [11, "hello"], [12, "opened"], [13, "closed"], [14, TICKET]).done).toEqual([]);
    expect(play(LIVE, [10, "stop"]).connection.phase).toBe("idle");
  });

  it("says connecting before the first hello, reconnecting after a failure", () => {
    const first = play(IDLE, [0, "start"]).connection;

    expect(pillOf(first, 1)).toBe("connecting");
    expect(pillOf(play(first, [1, "refused"]).connection, 2)).toBe("reconnecting");
    expect(pillOf(LIVE, 99)).toBe("live");
    expect(pillOf(play(LIVE, [10, "closed"]).connection, 11)).toBe("reconnecting");
  });
});
