import { expect, it } from "vitest";
import sftpUser from "../../../stowage/catalog/sftp_user/schema.json";
import { check } from "./check";
import type { Schema } from "./schema";
import { tidied } from "./tidy";

const SCHEMA = sftpUser as unknown as Schema;
const EXAMPLE = sftpUser.examples[1] as NonNullable<(typeof sftpUser.examples)[1]>;
const [KEY] = EXAMPLE.publicKeys as [string];

it("takes a key that was pasted with its line end, and a text with blanks around it", () => {
  const typed = { ...EXAMPLE, publicKeys: [`\n${KEY}\r\n`], costCentre: " CC-4711 ", tags: { team: "billing\t" } };

  expect(check(typed, SCHEMA)).not.toEqual([]);
  expect(tidied(typed, SCHEMA)).toEqual({ ...EXAMPLE, tags: { team: "billing" } });
  expect(check(tidied(typed, SCHEMA), SCHEMA)).toEqual([]);
});

it("leaves what fits as it is, and the same object where nothing changed", () => {
  const typed = { ...EXAMPLE, description: "Ends with a blank " };

  expect(tidied(typed, SCHEMA)).toBe(typed);
});

it("makes no key of two lines into one", () => {
  const typed = { ...EXAMPLE, publicKeys: [`${KEY}\n${KEY}\n`] };

  expect(tidied<typeof typed>(typed, SCHEMA).publicKeys).toEqual([`${KEY}\n${KEY}`]);
  expect(check(tidied(typed, SCHEMA), SCHEMA).map((fault) => fault.pointer)).toContain("/publicKeys/0");
});
