import FormField from "@cloudscape-design/components/form-field";
import type { ReactNode } from "react";
import { useFaults, useForm } from "./FormContext";
import { GroupField } from "./GroupField";
import { RecordsField } from "./RecordsField";
import { ChoiceInput, ChoicesInput, JsonInput, NumberInput, SwitchInput, TextInput } from "./inputs";
import { MomentField } from "./MomentField";
import { PairsInput } from "./PairsInput";
import { type Schema, type Widget, labelOf, resolve, widgetOf } from "./schema";
import { WordsInput } from "./WordsInput";

export interface FieldProps {
  /** The property's name, as the spec has it. */
  readonly name: string;
  readonly schema: Schema;
  readonly pointer: string;
  readonly value: unknown;
  readonly isRequired: boolean;
  /** undefined: the property goes. */
  readonly onChange: (value: unknown) => void;
}

/** What an input needs of its field. */
export interface InputProps extends FieldProps {
  readonly label: string;
  readonly root: Schema;
}

const INPUTS: Record<Exclude<Widget, "group" | "records" | "moment">, (props: InputProps) => ReactNode> = {
  text: (props) => <TextInput {...props} />,
  longText: (props) => <TextInput {...props} isLong />,
  number: (props) => <NumberInput {...props} />,
  choice: (props) => <ChoiceInput {...props} />,
  choices: (props) => <ChoicesInput {...props} />,
  switch: (props) => <SwitchInput {...props} />,
  words: (props) => <WordsInput {...props} />,
  pairs: (props) => <PairsInput {...props} />,
  json: (props) => <JsonInput {...props} />,
};

/** One property, drawn by its schema. */
export function Field(props: FieldProps) {
  const { root } = useForm();
  const schema = resolve(props.schema, root);
  const widget = widgetOf(schema, root);
  const label = labelOf(schema, props.name);
  const fault = useFaults(props.pointer, widget !== "group" && widget !== "records");
  const errorText = fault === "" ? "" : <span className="wrap-anywhere">{fault}</span>; // it may repeat what was typed
  const whole = { ...props, schema, label, root };
  if (widget === "group") return <GroupField {...whole} errorText={errorText} />;
  if (widget === "records") return <RecordsField {...whole} errorText={errorText} />;
  if (widget === "moment") return <MomentField {...whole} errorText={errorText} />;
  return (
    <FormField
      label={<Label text={label} isRequired={props.isRequired} />}
      description={schema.description}
      constraintText={exampleOf(schema, widget)}
      errorText={errorText}
      stretch={widget === "pairs" || widget === "words"}
    >
      <span data-field={props.pointer}>{INPUTS[widget](whole)}</span>
    </FormField>
  );
}

export function Label({ text, isRequired }: { text: string; isRequired: boolean }) {
  return (
    <>
      {text}
      {isRequired ? null : <i> - optional</i>}
    </>
  );
}

function exampleOf(schema: Schema, widget: Widget): string | undefined {
  const example = schema.examples?.[0];
  const isShown = (widget === "text" || widget === "number") && (typeof example === "string" || typeof example === "number");
  return isShown ? `Example: ${example}` : undefined;
}
