import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { Spec } from "../api/client";
import type { Schema } from "../forms/schema";
import { linesOf } from "./specs";

/** A spec in words, by the labels of its schema. */
export function SpecPairs({ spec, schema }: { spec: Spec; schema: Schema }) {
  const byLabel = new Map<string, string[]>();
  for (const { label, value } of linesOf(spec, schema)) byLabel.set(label, [...(byLabel.get(label) ?? []), value]);
  return (
    <KeyValuePairs
      columns={3}
      minColumnWidth={200}
      items={[...byLabel].map(([label, values]) => ({
        label: <span className="wrap-anywhere">{label}</span>, // a tag's name is in it
        value: values.map((value) => (
          <div key={value} className="wrap-anywhere">
            {value}
          </div>
        )),
      }))}
    />
  );
}
