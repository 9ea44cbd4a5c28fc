import { describe, expect, it } from "vitest";
import { newPassphrase, passphraseFault } from "./passphrase";

describe("a passphrase", () => {
  it("is made of four groups that can be read out, never the same twice", () => {
    const made = Array.from({ length: 50 }, () => newPassphrase());

    for (const each of made) expect(each).toMatch(/^([a-hj-km-np-z2-9]{4}-){3}[a-hj-km-np-z2-9]{4}$/);
    expect(new Set(made).size).toBe(50);
  });

  it("favours no letter: bytes beyond the last whole round are drawn again", () => {
    let round = 0;
    const random = (into: Uint8Array) => into.fill(round++ === 0 ? 255 : 1);
    expect(newPassphrase(random)).toBe("bbbb-bbbb-bbbb-bbbb");
  });

  it.each([["short", /12/], ["aaaaaaaaaaaa", /different/], ["            ", /different/]])("that is easily guessed is told: %j", (given, fault) => {
    expect(passphraseFault(given)).toMatch(fault);
  });

  it("that we made is good", () => expect(passphraseFault(newPassphrase())).toBeNull());
});
