import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";
import { type InputProps, Label } from "./Field";
import { Properties } from "./GroupField";
import { pointerTo } from "./check";
import { inSentence, isRecord, labelOf, resolve, startOf } from "./schema";
import { useFaults } from "./FormContext";

/** A list of objects, each a box of fields. */
export function RecordsField(props: InputProps & { errorText: ReactNode }) {
  const { name, schema, root, label, value, isRequired, onChange, errorText, pointer } = props;
  const items = resolve(schema.items ?? {}, root);
  const noun = labelOf(items, name);
  const records = Array.isArray(value) ? (value as unknown[]) : [];
  return (
    <FormField label={<Label text={label} isRequired={isRequired} />} description={schema.description} errorText={errorText} stretch>
      <SpaceBetween size="m">
        {records.map((record, at) => (
          <div key={at} className="form-nest" role="group" aria-label={`${noun} ${at + 1}`} data-field={pointerTo(pointer, at)}>
            <SpaceBetween size="m">
              <div className="form-nest-head">
                <strong>
                  {noun} {at + 1}
                </strong>
                <Button
                  formAction="none"
                  variant="inline-link"
                  ariaLabel={`Remove ${noun} ${at + 1}`}
                  onClick={() => onChange(records.filter((_, each) => each !== at))}
                >
                  Remove
                </Button>
              </div>
              <OwnFault pointer={pointerTo(pointer, at)} />
              <Properties
                schema={items}
                pointer={pointerTo(pointer, at)}
                value={isRecord(record) ? record : {}}
                onChange={(next) => onChange(records.with(at, next))}
              />
            </SpaceBetween>
          </div>
        ))}
        <span data-field={pointer}>
          <Button
            formAction="none"
            iconName="add-plus"
            disabled={records.length >= (schema.maxItems ?? Infinity)}
            disabledReason={`At most ${schema.maxItems} are possible.`}
            onClick={() => onChange([...records, startOf({ ...items, type: "object" }, root)])}
          >
            Add {inSentence(noun)}
          </Button>
        </span>
      </SpaceBetween>
    </FormField>
  );
}

/** A fault of the record as a whole, such as one that is there twice. */
function OwnFault({ pointer }: { pointer: string }) {
  const fault = useFaults(pointer, false);
  return fault === "" ? null : <div role="alert" className="form-fault">{fault}</div>;
}
