import { describe, expect, it } from "vitest";
import { readLink } from "./link";

describe("a handover's link", () => {
  it("has its id in the path and its token behind the hash", () => {
    expect(readLink({ pathname: "/handovers/hnd-1", hash: "#token=abc" })).toEqual({ handover: "hnd-1", token: "abc" });
  });

  it.each([["/handovers/hnd-1", ""], ["/handovers/hnd-1", "#token="], ["/handovers/", "#token=abc"], ["/", "#token=abc"]])(
    "is told when it is not whole: %s%s",
    (pathname, hash) => expect(readLink({ pathname, hash })).toBeNull(),
  );
});
