import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import type { InputProps } from "./Field";
import { inSentence, labelOf, resolve, widgetOf } from "./schema";

/** A list of texts, one below the other. */
export function WordsInput({ name, schema, root, value, onChange }: InputProps) {
  const words = Array.isArray(value) ? value.map(String) : [];
  const items = resolve(schema.items ?? {}, root);
  const noun = labelOf(items, name);
  const isLong = widgetOf(items, root) === "longText";
  const set = (at: number, word: string) => onChange(words.with(at, word));
  return (
    <SpaceBetween size="xs">
      {words.map((word, at) => {
        const shared = { value: word, ariaLabel: `${noun} ${at + 1}`, spellcheck: false };
        return (
          <div key={at} className="form-row">
            <div className="form-row-main">
              {isLong ? (
                <Textarea {...shared} rows={2} onChange={({ detail }) => set(at, detail.value)} />
              ) : (
                <Input {...shared} onChange={({ detail }) => set(at, detail.value)} />
              )}
            </div>
            <Button
              formAction="none"
              iconName="close"
              variant="icon"
              ariaLabel={`Remove ${noun} ${at + 1}`}
              onClick={() => onChange(words.filter((_, each) => each !== at))}
            />
          </div>
        );
      })}
      <Button
        formAction="none"
        iconName="add-plus"
        disabled={words.length >= (schema.maxItems ?? Infinity)}
        disabledReason={`At most ${schema.maxItems} are possible.`}
        onClick={() => onChange([...words, ""])}
      >
        Add {inSentence(noun)}
      </Button>
    </SpaceBetween>
  );
}
