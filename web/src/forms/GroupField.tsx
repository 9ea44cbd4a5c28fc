import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import type { ReactNode } from "react";
import { Field, type InputProps, Label } from "./Field";
import { pointerTo } from "./check";
import { type Schema, isNullable, isRecord, startOf } from "./schema";

/** An object of known properties; one that may be absent has a switch. */
export function GroupField(props: InputProps & { errorText: ReactNode }) {
  const { schema, root, label, value, isRequired, onChange, errorText, pointer } = props;
  const mayBeAbsent = isNullable(schema) || !isRequired;
  const isThere = isRecord(value);
  const turn = (isOn: boolean) => {
    if (!isOn) onChange(isNullable(schema) ? null : undefined);
    else onChange(startOf({ ...schema, type: "object", default: undefined } as Schema, root));
  };
  return (
    <FormField label={<Label text={label} isRequired={isRequired} />} description={schema.description} errorText={errorText} stretch>
      <SpaceBetween size="s">
        {mayBeAbsent && (
          <span data-field={pointer}>
            <Toggle checked={isThere} ariaLabel={label} onChange={({ detail }) => turn(detail.checked)}>
              {isThere ? "Yes" : "No"}
            </Toggle>
          </span>
        )}
        {(isThere || !mayBeAbsent) && (
          <div className="form-nest">
            <Properties schema={schema} pointer={pointer} value={isThere ? value : {}} onChange={onChange} />
          </div>
        )}
      </SpaceBetween>
    </FormField>
  );
}

interface PropertiesProps {
  readonly schema: Schema;
  readonly pointer: string;
  readonly value: Readonly<Record<string, unknown>>;
  readonly onChange: (value: Record<string, unknown>) => void;
}

/** The fields of an object, one below the other, in the schema's order. */
export function Properties({ schema, pointer, value, onChange }: PropertiesProps) {
  const set = (name: string, next: unknown) => {
    const { [name]: _old, ...others } = value;
    // In the schema's order, so that what is shown and compared does not jump.
    const known = Object.keys(schema.properties ?? {});
    const all = next === undefined ? others : { ...others, [name]: next };
    const place = (each: string) => (known.includes(each) ? known.indexOf(each) : known.length);
    onChange(Object.fromEntries(Object.entries(all).sort(([a], [b]) => place(a) - place(b))));
  };
  const needed = new Set([
    ...(schema.required ?? []),
    ...Object.entries(schema.dependentRequired ?? {}).flatMap(([name, others]) => (value[name] === undefined ? [] : others)),
  ]);
  return (
    <SpaceBetween size="l">
      {Object.entries(schema.properties ?? {}).map(([name, each]) => (
        <Field
          key={name}
          name={name}
          schema={each}
          pointer={pointerTo(pointer, name)}
          value={value[name]}
          isRequired={needed.has(name)}
          onChange={(next) => set(name, next)}
        />
      ))}
    </SpaceBetween>
  );
}
