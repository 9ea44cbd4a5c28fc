/**
 * Checks a value by its schema, without generating code (the page's policy forbids `eval`), and says what is wrong in
 * sentences. It is a courtesy that comes before the server's own check, never instead of it: keywords unknown here pass.
 */
import type { FieldFault } from "../api/problem";
import { faultOfMoment } from "../parts/moments";
import { MOMENT_FORMAT, type Schema, type TypeName, isNullable, isRecord, resolve, typesOf } from "./schema";

/** Tell every fault of a value, each with its JSON Pointer. */
export function check(value: unknown, schema: Schema, root: Schema = schema): FieldFault[] {
  return [...faultsOf(value, schema, root, "")];
}

export function pointerTo(pointer: string, step: string | number): string {
  return `${pointer}/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function* faultsOf(value: unknown, told: Schema, root: Schema, pointer: string): Generator<FieldFault> {
  const schema = resolve(told, root);
  const fault = (detail: string): FieldFault => ({ pointer, detail });
  if (typeof value === "string" && PRIVATE_KEY.test(value)) {
    yield fault("This is a private key. Never give it to anybody; paste the line of the .pub file."); // says all that matters
    return;
  }
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    yield fault(value === undefined || value === null ? "This is required." : `This must be ${TYPE_WORDS[types[0] as TypeName]}.`);
    return;
  }
  if (schema.const !== undefined && !isSame(value, schema.const)) yield fault(`This must be ${show(schema.const)}.`);
  if (schema.enum !== undefined && !schema.enum.some((each) => isSame(each, value)) && !(value === null && isNullable(schema))) {
    yield fault(`Choose one of ${schema.enum.map(show).join(", ")}.`);
  }
  if (typeof value === "string") yield* ofText(value, schema, fault);
  if (typeof value === "number") yield* ofNumber(value, schema, fault);
  if (Array.isArray(value)) yield* ofList(value, schema, root, pointer, fault);
  if (isRecord(value)) yield* ofObject(value, schema, root, pointer, fault);
  yield* ofCombinations(value, schema, root, pointer, fault);
}

/** No field of any kind wants one: https://www.rfc-editor.org/rfc/rfc7468#section-10 and OpenSSH's own form of it. */
const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY/;

type Fault = (detail: string) => FieldFault;

function* ofText(value: string, schema: Schema, fault: Fault): Generator<FieldFault> {
  const noMoment = schema.format === MOMENT_FORMAT && value !== "" ? faultOfMoment(value) : null;
  if (noMoment !== null) {
    yield fault(noMoment);
    return;
  }
  const length = [...value].length;
  if (length < (schema.minLength ?? 0)) {
    yield fault(length === 0 ? "This is required." : `This must have at least ${many(schema.minLength, "character")}.`);
  } else if (length > (schema.maxLength ?? Infinity)) {
    yield fault(`This must have at most ${many(schema.maxLength, "character")}; it has ${length}.`);
  } else if (schema.pattern !== undefined && compiled(schema.pattern)?.test(value) === false) {
    const example = schema.examples?.find((each) => typeof each === "string");
    yield fault(`This does not have the form that the description asks for${example === undefined ? "" : `, such as ${example}`}.`);
  }
}

function* ofNumber(value: number, schema: Schema, fault: Fault): Generator<FieldFault> {
  if (value < (schema.minimum ?? -Infinity)) yield fault(`This must be ${schema.minimum} or more.`);
  if (value > (schema.maximum ?? Infinity)) yield fault(`This must be ${schema.maximum} or less.`);
  if (value <= (schema.exclusiveMinimum ?? -Infinity)) yield fault(`This must be more than ${schema.exclusiveMinimum}.`);
  if (value >= (schema.exclusiveMaximum ?? Infinity)) yield fault(`This must be less than ${schema.exclusiveMaximum}.`);
  if (schema.multipleOf !== undefined && !Number.isInteger(value / schema.multipleOf)) {
    yield fault(`This must be a multiple of ${schema.multipleOf}.`);
  }
}

function* ofList(value: unknown[], schema: Schema, root: Schema, pointer: string, fault: Fault): Generator<FieldFault> {
  if (value.length < (schema.minItems ?? 0)) {
    yield fault(value.length === 0 && schema.minItems === 1 ? "At least one is required." : `At least ${schema.minItems} are required.`);
  }
  if (value.length > (schema.maxItems ?? Infinity)) yield fault(`At most ${schema.maxItems} are possible.`);
  if (schema.uniqueItems === true) {
    const twice = value.findIndex((item, at) => value.slice(0, at).some((earlier) => isSame(item, earlier)));
    if (twice >= 0) yield { pointer: pointerTo(pointer, twice), detail: "This is there twice." };
  }
  if (schema.items !== undefined) {
    for (const [at, item] of value.entries()) yield* faultsOf(item, schema.items, root, pointerTo(pointer, at));
  }
}

function* ofObject(
  value: Record<string, unknown>, schema: Schema, root: Schema, pointer: string, fault: Fault,
): Generator<FieldFault> {
  const names = Object.keys(value);
  if (names.length < (schema.minProperties ?? 0)) yield fault(`At least ${schema.minProperties} are required.`);
  if (names.length > (schema.maxProperties ?? Infinity)) yield fault(`At most ${schema.maxProperties} are possible.`);
  const needed = [...(schema.required ?? []), ...names.flatMap((name) => schema.dependentRequired?.[name] ?? [])];
  for (const name of new Set(needed)) {
    if (value[name] === undefined) yield { pointer: pointerTo(pointer, name), detail: "This is required." };
  }
  for (const name of names) {
    const at = pointerTo(pointer, name);
    if (schema.propertyNames !== undefined) {
      for (const { detail } of faultsOf(name, schema.propertyNames, root, at)) {
        yield { pointer: at, detail: `The name ${show(name)}: ${detail}` };
      }
    }
    const own = schema.properties?.[name];
    if (own !== undefined) yield* value[name] === undefined ? [] : faultsOf(value[name], own, root, at);
    else if (schema.additionalProperties === false) yield { pointer: at, detail: "There is no such field." };
    else if (isRecord(schema.additionalProperties)) yield* faultsOf(value[name], schema.additionalProperties, root, at);
  }
}

function* ofCombinations(value: unknown, schema: Schema, root: Schema, pointer: string, fault: Fault): Generator<FieldFault> {
  const fits = (each: Schema): boolean => faultsOf(value, each, root, pointer).next().done === true;
  for (const each of schema.allOf ?? []) yield* faultsOf(value, each, root, pointer);
  if (schema.anyOf !== undefined && !schema.anyOf.some(fits)) yield fault("This has none of the possible forms.");
  if (schema.oneOf !== undefined && schema.oneOf.filter(fits).length !== 1) yield fault("This must have exactly one of the possible forms.");
  if (schema.if !== undefined) {
    const follows = fits(schema.if) ? schema.then : schema.else;
    if (follows !== undefined) yield* faultsOf(value, follows, root, pointer);
  }
}

const TYPE_WORDS: Record<TypeName, string> = {
  string: "text", number: "a number", integer: "a whole number", boolean: "yes or no", object: "a group of fields",
  array: "a list", null: "empty",
};

function isOfType(value: unknown, type: TypeName): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return Array.isArray(value);
    case "object":
      return isRecord(value);
    case "null":
      return value === null;
    default:
      return typeof value === type;
  }
}

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((each, at) => isSame(each, other[at]));
  }
  if (isRecord(one) && isRecord(other)) {
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every((name) => name in other && isSame(one[name], other[name]));
  }
  return one === other;
}

const patterns = new Map<string, RegExp | null>();

/** A pattern that this browser cannot read is the server's. */
function compiled(pattern: string): RegExp | null {
  let found = patterns.get(pattern);
  if (found === undefined) {
    try {
      found = new RegExp(pattern, "u");
    } catch {
      found = null;
    }
    patterns.set(pattern, found);
  }
  return found;
}

function many(count: number | undefined, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function show(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
