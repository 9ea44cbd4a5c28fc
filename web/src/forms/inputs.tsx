import Autosuggest from "@cloudscape-design/components/autosuggest";
import Checkbox from "@cloudscape-design/components/checkbox";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import type { InputProps } from "./Field";
import { useForm } from "./FormContext";
import { type Schema, isNullable, resolve } from "./schema";

/** Give what an emptied text or number means: null where the schema knows it, else "not said". */
export function emptied(schema: Schema, isRequired: boolean): unknown {
  if (isNullable(schema)) return null;
  return isRequired || schema.default === "" ? "" : undefined;
}

export function TextInput({ name, schema, value, isRequired, onChange, isLong = false }: InputProps & { isLong?: boolean }) {
  const { suggest } = useForm();
  const text = typeof value === "string" ? value : "";
  const change = (next: string) => onChange(next === "" ? emptied(schema, isRequired) : next);
  if (isLong) return <Textarea value={text} rows={3} onChange={({ detail }) => change(detail.value)} />;
  const known = suggest(name);
  if (known.length > 0) {
    const options = known.map((each) => ({ value: each }));
    return (
      <Autosuggest
        value={text}
        options={options}
        enteredTextLabel={(entered) => `Use: ${entered}`}
        empty="Nothing of this name"
        onChange={({ detail }) => change(detail.value)}
      />
    );
  }
  return <Input value={text} spellcheck={false} autoComplete={false} onChange={({ detail }) => change(detail.value)} />;
}

export function NumberInput({ schema, value, onChange }: InputProps) {
  const change = (text: string) => {
    const number = Number(text);
    onChange(text.trim() === "" || Number.isNaN(number) ? (isNullable(schema) ? null : undefined) : number);
  };
  const text = typeof value === "number" ? String(value) : "";
  return <Input type="number" inputMode="numeric" value={text} onChange={({ detail }) => change(detail.value)} />;
}

export function ChoiceInput({ schema, value, isRequired, onChange }: InputProps) {
  const options = (schema.enum ?? []).map((each) => ({ value: String(each), label: String(each) }));
  const none = { value: "", label: "None" };
  const all = isRequired || schema.default !== undefined ? options : [none, ...options];
  const selected = options.find((option) => option.value === value) ?? null;
  const change = (chosen: string | undefined) => onChange(chosen === "" ? (isNullable(schema) ? null : undefined) : chosen);
  return (
    <Select
      selectedOption={selected}
      options={all}
      placeholder="Choose one"
      onChange={({ detail }) => change(detail.selectedOption.value)}
    />
  );
}

export function ChoicesInput({ schema, root, value, onChange }: InputProps) {
  const chosen = Array.isArray(value) ? (value as unknown[]) : [];
  const all = (resolve(schema.items ?? {}, root).enum ?? []).map(String);
  const change = (each: string, isOn: boolean) => onChange(all.filter((one) => (one === each ? isOn : chosen.includes(one))));
  return (
    <SpaceBetween size="m" direction="horizontal">
      {all.map((each) => (
        <Checkbox key={each} checked={chosen.includes(each)} onChange={({ detail }) => change(each, detail.checked)}>
          {each}
        </Checkbox>
      ))}
    </SpaceBetween>
  );
}

export function SwitchInput({ label, value, onChange }: InputProps) {
  const isOn = value === true;
  return (
    <Toggle checked={isOn} ariaLabel={label} onChange={({ detail }) => onChange(detail.checked)}>
      {isOn ? "Yes" : "No"}
    </Toggle>
  );
}

/** For a value that no other input can show: as it is on the wire. */
export function JsonInput({ value, schema, onChange }: InputProps) {
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  const [isBroken, setBroken] = useState(false);
  const change = (next: string) => {
    setText(next);
    try {
      onChange(next.trim() === "" ? (isNullable(schema) ? null : undefined) : (JSON.parse(next) as unknown));
      setBroken(false);
    } catch {
      setBroken(true); // what was valid last stays
    }
  };
  return <Textarea value={text} invalid={isBroken} placeholder="JSON" spellcheck={false} onChange={({ detail }) => change(detail.value)} />;
}
