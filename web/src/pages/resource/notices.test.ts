import { expect, it } from "vitest";
import { type Notice, urgent } from "./notices";

const NOW = Date.parse("2026-11-23T12:00:00Z");
const notice = (code: Notice["code"], name: string, at: string): Notice => ({ id: `${code}-${name}-${at}`, code, kind: "user", name, text: "…", at });

it("what goes its way, what is old and what is told twice does not ask for anybody", () => {
  const newest = notice("HANDOVER_TRIED_AGAIN", "a", "2026-11-23T11:00:00Z");
  const notices = [
    notice("HANDOVER_OPENED", "a", "2026-11-23T11:30:00Z"),
    newest,
    notice("HANDOVER_TRIED_AGAIN", "a", "2026-11-23T10:00:00Z"),
    notice("ROTATION_FAILED", "b", "2026-11-10T10:00:00Z"),
  ];

  expect(urgent(notices, NOW)).toEqual([newest]);
});
