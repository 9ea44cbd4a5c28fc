import { describe, expect, it } from "vitest";
import type { Resource } from "../api/client";
import { type Feed, isBehind, withHello, withMessage, withSnapshot } from "./feed";

const row = (name: string, version = 1, extra: Partial<Resource> = {}): Resource => ({
  kind: "bucket", name, spec: { owner: "a@example.com" }, status: "ACTIVE", outputs: {}, lock: null, version,
  stackStatus: null, verifiedAt: null, outcome: null, cause: null, change: null, referencedBy: [], drift: null,
  nextActions: [], ...extra,
});
const told = (seq: number, resource?: Resource) => (resource ? { seq, resource } : { seq });
const begin = (seq: number, ...items: Resource[]): Feed => withSnapshot(undefined, { seq, items });
const status = (feed: Feed, name: string) => feed.rows[`bucket/${name}`]?.status;

describe("a project's feed", () => {
  it("shows a snapshot's rows, and then what each message tells", () => {
    const feed = withMessage(begin(5, row("a")), told(6, row("a", 2, { status: "UPDATING" })));

    expect(status(feed, "a")).toBe("UPDATING");
    expect(feed.seq).toBe(6);
    expect(isBehind(feed)).toBe(false);
  });

  it("is not changed by a message that it has seen", () => {
    const feed = withMessage(begin(5), told(6, row("a")));

    expect(withMessage(feed, told(6, row("a", 9)))).toBe(feed);
    expect(withMessage(feed, told(4, row("a", 9)))).toBe(feed);
  });

  it("counts messages that tell no row", () => {
    expect(withMessage(begin(5), told(6))).toMatchObject({ seq: 6, newest: 6 });
  });

  it("is behind while a number is missing, and not when it comes after all", () => {
    const gap = withMessage(begin(5), told(7, row("b")));
    expect(isBehind(gap)).toBe(true);
    expect(status(gap, "b")).toBe("ACTIVE"); // shown at once all the same

    const filled = withMessage(gap, told(6, row("a")));
    expect(filled).toMatchObject({ seq: 7, ahead: [] });
    expect(isBehind(filled)).toBe(false);
  });

  it("does not let an overtaken message put a row back", () => {
    const feed = withMessage(begin(5), told(7, row("a", 1, { status: "ACTIVE" })));

    expect(status(withMessage(feed, told(6, row("a", 1, { status: "CREATING" }))), "a")).toBe("ACTIVE");
  });

  it("finds at the server's hello that it missed something", () => {
    expect(isBehind(withHello(begin(5), 5))).toBe(false);
    expect(isBehind(withHello(begin(5), 8))).toBe(true);
  });

  it("is whole again after a snapshot, and keeps what was told since the snapshot's number", () => {
    let feed = withMessage(begin(5, row("a")), told(8, row("a", 3)));
    feed = withSnapshot(feed, { seq: 7, items: [row("a", 2), row("b")] });

    expect(feed.rows["bucket/a"]?.version).toBe(3);
    expect(feed.rows["bucket/b"]).toBeDefined();
    expect(feed.seq).toBe(8);
    expect(isBehind(feed)).toBe(false);
  });

  it("forgets what a newer snapshot does not hold", () => {
    const feed = withMessage(begin(5), told(6, row("a")));

    expect(withSnapshot(feed, { seq: 9, items: [] }).rows).toEqual({});
  });

  it("never goes back to a snapshot that was overtaken", () => {
    const feed = withMessage(begin(5), told(6, row("a", 2)));

    expect(withSnapshot(feed, { seq: 5, items: [] }).rows["bucket/a"]?.version).toBe(2);
  });

  it("takes a deleted row away, for good", () => {
    let feed = withMessage(begin(5, row("a")), told(6, row("a", 1, { status: "DELETED" })));
    expect(feed.rows).toEqual({});

    feed = withSnapshot(feed, { seq: 5, items: [row("a")] });
    expect(feed.rows).toEqual({});
  });

  it("keeps the spec of a row whose message was cut to a frame, and asks for it", () => {
    const cut = { seq: 6, resource: row("a", 2, { spec: {}, status: "UPDATING" }), truncated: true };
    const feed = withMessage(begin(5, row("a")), cut);

    expect(feed.rows["bucket/a"]).toMatchObject({ status: "UPDATING", spec: { owner: "a@example.com" } });
    expect(isBehind(feed)).toBe(true);
    expect(isBehind(withSnapshot(feed, { seq: 6, items: [row("a", 2)] }))).toBe(false);
  });

  it("comes to the same rows in whatever order messages arrive", () => {
    const messages = [
      told(6, row("a", 1, { status: "CREATING" })), told(7), told(8, row("a", 1, { status: "ACTIVE" })), told(9),
      told(10, row("b")), told(11, row("b", 1, { status: "DELETED" })),
    ];
    const wanted = messages.reduce(withMessage, begin(5));

    for (const order of permutations(messages)) {
      const feed = order.reduce(withMessage, begin(5));
      expect([feed.rows, feed.seq, feed.ahead]).toEqual([wanted.rows, 11, []]);
    }
  });
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, at) => permutations(items.filter((_, each) => each !== at)).map((rest) => [item, ...rest]));
}
