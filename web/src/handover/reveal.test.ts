import { afterEach, describe, expect, it, vi } from "vitest";
import { problemOf, unreachable } from "../api/problem";
import { refusalOf, reveal } from "./reveal";

const problem = (status: number, code: string, more: object = {}) =>
  problemOf(status, { type: `https://stowage.dev/problems/${code}`, title: "No", status, detail: "The API's sentence.", ...more });

describe("a refused reveal", () => {
  it("asks for the passphrase without blaming, as long as none was given", () => {
    expect(refusalOf(problem(403, "wrong-passphrase", { triesLeft: 5 }), false)).toEqual({ kind: "passphrase", words: null, triesLeft: 5 });
  });

  it("tells the tries that are left after a wrong one", () => {
    expect(refusalOf(problem(403, "wrong-passphrase", { triesLeft: 2 }), true)).toMatchObject({ kind: "passphrase", words: expect.stringContaining("not the passphrase"), triesLeft: 2 });
  });

  it.each([
    [problem(403, "wrong-passphrase", { triesLeft: 0 }), "This link is locked"],
    [problem(404, "not-found"), "This link is not known"],
    [problemOf(401, { message: "Unauthorized" }), "This link is not known"],
    [problem(422, "invalid-spec"), "This link is not known"],
    [problem(410, "handover-refused"), "This link no longer works"],
  ])("is final where no further try can help: %#", (error, title) => {
    expect(refusalOf(error, true)).toMatchObject({ kind: "over", title });
  });

  it("says why in the API's own words where the API alone knows: expired, taken back, used", () => {
    expect(refusalOf(problem(410, "handover-refused"), false)).toMatchObject({ words: "The API's sentence." });
  });

  it.each([problem(409, "handover-not-ready"), problem(409, "handover-suspended"), problemOf(429, undefined), problem(503, "unavailable")])(
    "promises that nothing was used up where that is so: %#",
    (error) => expect(refusalOf(error, false)).toMatchObject({ kind: "later", words: expect.stringContaining("othing has been used up") }),
  );

  it("promises nothing where the answer was lost", () => {
    expect(refusalOf(unreachable(), false)).toMatchObject({ kind: "later", words: expect.not.stringContaining("othing has been used up") });
  });
});

describe("the reveal", () => {
  afterEach(() => void vi.unstubAllGlobals());

  it("sends the token in the body alone, and no passphrase where there is none", async () => {
    const fetched = vi.fn(async (_address: string, _options: RequestInit) => Response.json({ accessKeyId: "AKIA" }));
    vi.stubGlobal("fetch", fetched);

    await reveal("https://api.example.com", { handover: "hnd-1", token: "abc" }, null);

    const [address, options] = fetched.mock.calls[0] ?? [];
    expect(address).toBe("https://api.example.com/v1/handovers/hnd-1/reveal");
    expect(options?.body).toBe('{"token":"abc"}');
  });
});
