import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import type { InputProps } from "./Field";
import { inSentence, isRecord } from "./schema";

type Pair = readonly [name: string, value: string];

/** A free object of names and texts, such as tags. */
export function PairsInput({ label, schema, value, onChange }: InputProps) {
  // Rows of their own: a name that is being typed may be empty or there twice for a moment, and an object has no such rows.
  const [rows, setRows] = useState<readonly Pair[]>(() => pairsOf(value));
  const shown = isSame(rows, value) ? rows : pairsOf(value);
  const change = (next: readonly Pair[]) => {
    setRows(next);
    onChange(objectOf(next));
  };
  const set = (at: number, pair: Pair) => change(shown.map((each, index) => (index === at ? pair : each)));
  const twice = shown.find(([name], at) => name !== "" && shown.some(([other], index) => index < at && other === name));
  return (
    <SpaceBetween size="xs">
      {shown.map(([name, text], at) => (
        <div key={at} className="form-row">
          <div className="form-row-main form-pair">
            <Input value={name} placeholder="Name" ariaLabel={`${label}, name ${at + 1}`} spellcheck={false}
              onChange={({ detail }) => set(at, [detail.value, text])} />
            <Input value={text} placeholder="Value" ariaLabel={`${label}, value ${at + 1}`} spellcheck={false}
              onChange={({ detail }) => set(at, [name, detail.value])} />
          </div>
          <Button formAction="none" iconName="close" variant="icon" ariaLabel={`Remove ${label} ${at + 1}`}
            onClick={() => change(shown.filter((_, index) => index !== at))} />
        </div>
      ))}
      {twice && <div role="alert" className="form-fault">The name {twice[0]} is there twice; the last one counts.</div>}
      <Button formAction="none" iconName="add-plus" disabled={shown.length >= (schema.maxProperties ?? Infinity)}
        onClick={() => setRows([...shown, ["", ""]])}>
        Add {inSentence(label)}
      </Button>
    </SpaceBetween>
  );
}

function pairsOf(value: unknown): Pair[] {
  return isRecord(value) ? Object.entries(value).map(([name, each]) => [name, String(each)]) : [];
}

function objectOf(pairs: readonly Pair[]): Record<string, string> {
  return Object.fromEntries(pairs.filter(([name]) => name !== ""));
}

function isSame(pairs: readonly Pair[], value: unknown): boolean {
  const mine = objectOf(pairs);
  const theirs = isRecord(value) ? value : {};
  const names = Object.keys(mine);
  return names.length === Object.keys(theirs).length && names.every((name) => mine[name] === theirs[name]);
}
