/** The part of JSON Schema (draft 2020-12) that kinds are described in; what else a schema says is left to the server. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly title?: string;
  readonly description?: string;
  readonly type?: TypeName | readonly TypeName[];
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly else?: Schema;
}

export type TypeName = "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

/** Follow a local reference (`#/$defs/…`), what stands beside it included. */
export function resolve(schema: Schema, root: Schema): Schema {
  let found = schema;
  for (let hops = 0; found.$ref !== undefined && hops < 10; hops += 1) {
    const { $ref, ...beside } = found;
    const target = $ref
      .replace(/^#\/?/, "")
      .split("/")
      .filter(Boolean)
      .map((word) => word.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<unknown>((at, word) => (isRecord(at) ? at[word] : undefined), root);
    found = { ...(isRecord(target) ? (target as Schema) : {}), ...beside };
  }
  return found;
}

/** How a value is asked for. */
export type Widget = "text" | "longText" | "moment" | "number" | "choice" | "switch" | "choices" | "words" | "records" | "group" | "pairs" | "json";

const LONG = 300;

/** https://json-schema.org/draft/2020-12/json-schema-validation#section-7.3.1 */
export const MOMENT_FORMAT = "date-time";

/** Choose the widget of a (resolved) schema; "json" for what no other can show, so that nothing is ever out of reach. */
export function widgetOf(schema: Schema, root: Schema): Widget {
  const [type, ...others] = typesOf(schema).filter((each) => each !== "null");
  if (others.length > 0) return "json";
  if (schema.enum !== undefined && schema.enum.every((each) => typeof each === "string")) return "choice";
  switch (type) {
    case "string":
      if (schema.format === MOMENT_FORMAT) return "moment";
      return (schema.maxLength ?? 0) >= LONG ? "longText" : "text";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return isNullable(schema) ? "json" : "switch";
    case "array":
      return widgetOfItems(resolve(schema.items ?? {}, root), root);
    case "object":
      if (schema.properties !== undefined) return "group";
      return isRecord(schema.additionalProperties) && isText(widgetOf(schema.additionalProperties, root)) ? "pairs" : "json";
    default:
      return "json";
  }
}

function widgetOfItems(items: Schema, root: Schema): Widget {
  const widget = widgetOf(items, root);
  if (widget === "choice") return "choices";
  if (isText(widget) || widget === "longText") return "words";
  return widget === "group" ? "records" : "json";
}

/** Whether one line takes it; a moment among several is typed as it is on the wire. */
function isText(widget: Widget): boolean {
  return widget === "text" || widget === "moment";
}

export function typesOf(schema: Schema): readonly TypeName[] {
  if (schema.type === undefined) return [];
  return typeof schema.type === "string" ? [schema.type] : schema.type;
}

export function isNullable(schema: Schema): boolean {
  return typesOf(schema).includes("null");
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Give what a new value begins as: the schema's default, else what is required, empty. */
export function startOf(schema: Schema, root: Schema): unknown {
  const found = resolve(schema, root);
  if (found.default !== undefined) return structuredClone(found.default);
  const type = typesOf(found)[0];
  if (type === "object") {
    const needed = Object.entries(found.properties ?? {}).map(([name, each]) => [name, startOf(each, root)]);
    return Object.fromEntries(needed.filter(([, value]) => value !== undefined));
  }
  if (type === "array") return [];
  return undefined;
}

/** Give a label: the schema's title, else the property's name in words. */
export function labelOf(schema: Schema, name: string): string {
  return schema.title ?? name.replace(/([a-z])([A-Z])/g, "$1 $2").replace(/^./, (first) => first.toUpperCase());
}

/** A label within a sentence: "Extra tags" as "extra tags", "SSH key" as it is. */
export function inSentence(label: string): string {
  return /^[A-Z][a-z ]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}
