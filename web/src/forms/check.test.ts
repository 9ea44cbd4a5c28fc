import { describe, expect, it } from "vitest";
import bucket from "../../../stowage/catalog/bucket/schema.json";
import sftpUser from "../../../stowage/catalog/sftp_user/schema.json";
import user from "../../../stowage/catalog/user/schema.json";
import { check } from "./check";
import type { Schema } from "./schema";

const KINDS = { bucket, user, "sftp-user": sftpUser } as unknown as Record<string, Schema>;
const told = (value: unknown, schema: Schema) => check(value, schema).map(({ pointer, detail }) => `${pointer}: ${detail}`);

describe("the check by a schema", () => {
  it.each(Object.keys(KINDS))("finds nothing wrong with the examples of %s", (kind) => {
    const schema = KINDS[kind] as Schema;

    for (const example of schema.examples ?? []) expect(check(example, schema)).toEqual([]);
  });

  it("names each wrong field of a real kind by its pointer", () => {
    const spec = { owner: "nobody", lifecycleDays: 0, dataClass: "secret", retention: { mode: "governance" }, colour: "red" };

    expect(check(spec, KINDS["bucket"] as Schema).map((fault) => fault.pointer).sort()).toEqual([
      "/colour", "/costCentre", "/dataClass", "/lifecycleDays", "/owner", "/retention/days",
    ]);
  });

  it("looks into lists of objects", () => {
    const grants = [{ bucket: "b1-x", access: ["list"] }, { bucket: "B", access: [] }];

    expect(check({ owner: "a@example.com", costCentre: "C", grants }, KINDS["user"] as Schema).map((fault) => fault.pointer)).toEqual([
      "/grants/1/bucket", "/grants/1/access",
    ]);
  });

  it.each<[string, unknown, Schema, string[]]>([
    ["a required text that is empty", "", { type: "string", minLength: 1 }, [": This is required."]],
    ["null where it may be", null, { type: ["integer", "null"], minimum: 1 }, []],
    ["null where it may not be", null, { type: "integer" }, [": This is required."]],
    ["the wrong type", "7", { type: "integer" }, [": This must be a whole number."]],
    ["a fraction", 1.5, { type: "integer" }, [": This must be a whole number."]],
    ["too few", [], { type: "array", minItems: 1 }, [": At least one is required."]],
    ["the same twice", [{ a: 1 }, { a: 1 }], { type: "array", uniqueItems: true }, ["/1: This is there twice."]],
    ["a name of a pair", { "a/b": "x" }, { propertyNames: { pattern: "^[a-z]+$" } }, [
      "/a~1b: The name a/b: This does not have the form that the description asks for.",
    ]],
    ["a pattern that no browser can read", "x", { pattern: "(?<" }, []],
    ["a keyword that nobody knows here", 1, { "x-new": 1 } as Schema, []],
  ])("judges %s", (_what, value, schema, faults) => {
    expect(told(value, schema)).toEqual(faults);
  });

  it.each(["OPENSSH ", "RSA ", "ENCRYPTED ", ""])("says of a pasted %sprivate key that it is one, and nothing else", (sort) => {
    const spec = { ...sftpUser.examples[0], publicKeys: [`-----BEGIN ${sort}PRIVATE KEY-----\nQUJD\n-----END ${sort}PRIVATE KEY-----\n`] };

    expect(told(spec, KINDS["sftp-user"] as Schema)).toEqual([
      "/publicKeys/0: This is a private key. Never give it to anybody; paste the line of the .pub file.",
    ]);
  });

  it("demands what a condition makes required", () => {
    const schema: Schema = {
      type: "object",
      properties: { mode: { type: "string" }, days: { type: "integer" }, reason: { type: "string" } },
      if: { properties: { mode: { const: "keep" } }, required: ["mode"] },
      then: { required: ["days"] },
      dependentRequired: { days: ["reason"] },
    };

    expect(told({ mode: "keep" }, schema)).toEqual(["/days: This is required."]);
    expect(told({ mode: "drop" }, schema)).toEqual([]);
    expect(told({ mode: "keep", days: 1 }, schema)).toEqual(["/reason: This is required."]);
  });

  it("follows references within the schema", () => {
    const schema: Schema = { $defs: { day: { type: "integer", minimum: 1 } }, properties: { day: { $ref: "#/$defs/day" } } };

    expect(told({ day: 0 }, schema)).toEqual(["/day: This must be 1 or more."]);
  });
});
