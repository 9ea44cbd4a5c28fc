import { describe, expect, it, vi } from "vitest";
import { markShown, readLink, takeLink } from "./link";

describe("a handover's link", () => {
  it("has its id in the path and its token behind the hash", () => {
    expect(readLink({ pathname: "/handovers/hnd-1", hash: "#token=abc" })).toEqual({ handover: "hnd-1", token: "abc" });
  });

  it.each([["/handovers/hnd-1", ""], ["/handovers/hnd-1", "#token="], ["/handovers/", "#token=abc"], ["/", "#token=abc"]])(
    "is told when it is not whole: %s%s",
    (pathname, hash) => expect(readLink({ pathname, hash })).toBeNull(),
  );

  it("may be mangled beyond decoding without breaking the page", () => {
    expect(readLink({ pathname: "/handovers/%E0%A4%A", hash: "#token=abc" })?.handover).toBe("%E0%A4%A");
  });
});

describe("taking the link", () => {
  it("leaves no token in the address", () => {
    const replaceState = vi.fn();

    const arrival = takeLink({ pathname: "/handovers/hnd-1", hash: "#token=abc" }, { state: null, replaceState });

    expect(arrival.link?.token).toBe("abc");
    expect(replaceState.mock.calls.flat().join(" ")).not.toContain("abc");
    expect(replaceState).toHaveBeenCalledWith(expect.anything(), "", "/handovers/hnd-1");
  });

  it("knows a reload from a link that was never whole", () => {
    let state: unknown = null;
    const history = {
      get state() {
        return state;
      },
      replaceState: (next: unknown) => {
        state = next;
      },
    };

    expect(takeLink({ pathname: "/handovers/hnd-1", hash: "" }, history)).toEqual({ link: null, before: "nothing" });
    takeLink({ pathname: "/handovers/hnd-1", hash: "#token=abc" }, history);
    expect(takeLink({ pathname: "/handovers/hnd-1", hash: "" }, history)).toEqual({ link: null, before: "loaded" });
    markShown(history);
    expect(takeLink({ pathname: "/handovers/hnd-1", hash: "" }, history)).toEqual({ link: null, before: "shown" });
  });
});
