import { useMemo } from "react";
import type { FieldFault } from "../api/problem";
import { FormContext } from "./FormContext";
import { Properties } from "./GroupField";
import type { Schema } from "./schema";

interface SchemaFormProps {
  /** A kind's schema, whole: references are looked up in it. */
  readonly schema: Schema;
  readonly value: Readonly<Record<string, unknown>>;
  readonly onChange: (value: Record<string, unknown>) => void;
  /** What is wrong, ours or the server's, each with its pointer into the value. */
  readonly faults: readonly FieldFault[];
  readonly suggest?: (property: string) => readonly string[];
}

const NOTHING = (): readonly string[] => [];

/** The fields of a spec, drawn from its schema alone: a kind that no build knew has its form. */
export function SchemaForm({ schema, value, onChange, faults, suggest = NOTHING }: SchemaFormProps) {
  const surroundings = useMemo(() => ({ root: schema, faults, suggest }), [schema, faults, suggest]);
  return (
    <FormContext value={surroundings}>
      <Properties schema={schema} pointer="" value={value} onChange={onChange} />
    </FormContext>
  );
}

/** The faults that no field shows: of the whole, or of what the schema does not have. */
export function faultsWithoutField(faults: readonly FieldFault[], schema: Schema): FieldFault[] {
  const known = Object.keys(schema.properties ?? {});
  return faults.filter(({ pointer }) => !known.some((name) => pointer === `/${name}` || pointer.startsWith(`/${name}/`)));
}
