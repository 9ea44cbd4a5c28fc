import { check } from "./check";
import { type Schema, isRecord, resolve } from "./schema";

/**
 * Give a value without the blanks and line ends around those texts that do not fit their schema with them: a key pasted
 * with its file's last line end is the key. What fits as it is stays, and so does the value itself where nothing changed.
 */
export function tidied<T>(value: T, told: Schema, root: Schema = told): T {
  return tidy(value, told, root) as T;
}

function tidy(value: unknown, told: Schema, root: Schema): unknown {
  const schema = resolve(told, root);
  if (typeof value === "string") {
    return value.trim() !== value && check(value, schema, root).length > 0 ? value.trim() : value;
  }
  if (Array.isArray(value)) {
    const items = value.map((each: unknown) => tidy(each, schema.items ?? {}, root));
    return items.every((each, at) => each === value[at]) ? value : items;
  }
  if (!isRecord(value)) return value;
  const other = isRecord(schema.additionalProperties) ? (schema.additionalProperties as Schema) : {};
  const parts = Object.entries(value).map(([name, each]) => [name, tidy(each, schema.properties?.[name] ?? other, root)] as const);
  return parts.every(([name, each]) => each === value[name]) ? value : Object.fromEntries(parts);
}
