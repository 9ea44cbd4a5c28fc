import Autosuggest from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Select from "@cloudscape-design/components/select";
import { useEffect, useState } from "react";
import { useFeed, useKinds } from "../../api/queries";
import { DayInput } from "../../parts/DayInput";
import { changeWords, plain } from "../../parts/words";
import { ACTIONS, NAMES, OUTCOMES, STATUSES, type Name, type Wanted, resourceOf } from "./filters";

interface Props {
  readonly project: string;
  readonly wanted: Wanted;
  readonly onChange: (wanted: Wanted) => void;
}

/** What is looked for. Choices count at once, what is typed when it is left or Enter is pressed. */
export function ChangeFilters({ project, wanted, onChange }: Props) {
  const kinds = useKinds().data ?? [];
  const set = (name: Name) => (value: string) => onChange({ ...wanted, [name]: value });
  const isFiltered = NAMES.some((name) => wanted[name] !== "");
  return (
    <div className="audit-filters">
      <ResourceFilter key={wanted.resource} project={project} value={wanted.resource} kinds={kinds.map((each) => each.kind)} onChange={set("resource")} />
      <ActorFilter key={`by ${wanted.actor}`} value={wanted.actor} onChange={set("actor")} />
      <Choice label="Kind" any="Every kind" value={wanted.kind} onChange={set("kind")} options={kinds.map((each) => [each.kind, each.title])} />
      <Choice label="Action" any="Every action" value={wanted.action} onChange={set("action")} options={ACTIONS.map((each) => [each, plain(each)])} />
      <Choice label="Status" any="Every status" value={wanted.status} onChange={set("status")} options={STATUSES.map((each) => [each, plain(each)])} />
      <Choice
        label="Outcome"
        any="Every outcome"
        value={wanted.outcome}
        onChange={set("outcome")}
        options={OUTCOMES.map((each) => [each, changeWords({ status: "FAILED", outcome: each })[0]])}
      />
      <Day label="From" value={wanted.since} onChange={set("since")} />
      <Day label="To" value={wanted.until} onChange={set("until")} />
      <div className="audit-clear">
        <Button disabled={!isFiltered} disabledReason="Nothing is filtered." onClick={() => onChange(Object.fromEntries(NAMES.map((name) => [name, ""])) as Wanted)}>
          Clear the filters
        </Button>
      </div>
    </div>
  );
}

function ResourceFilter({ project, value, kinds, onChange }: { project: string; value: string; kinds: readonly string[]; onChange: (value: string) => void }) {
  const rows = Object.values(useFeed(project).data?.rows ?? {});
  const [text, setText] = useState(value);
  const [fault, setFault] = useState("");
  const take = (typed: string) => {
    const found = resourceOf(typed, rows, kinds);
    setFault(found === null ? `Choose one, or write its kind and name: ${kinds[0] ?? "bucket"}/invoices.` : "");
    if (found !== null && found !== value) onChange(found);
  };
  return (
    <FormField label="Resource" errorText={fault}>
      <Autosuggest
        value={text}
        options={rows.map((row) => ({ value: `${row.kind}/${row.name}` }))}
        placeholder="Any"
        enteredTextLabel={(typed) => `Use ${typed}`}
        empty="None of these stands now; deleted ones go by kind/name."
        ariaLabel="Resource"
        onChange={({ detail }) => setText(detail.value)}
        onSelect={({ detail }) => take(detail.value)}
        onBlur={() => take(text)}
        onKeyDown={({ detail }) => {
          if (detail.key === "Enter") take(text);
        }}
      />
    </FormField>
  );
}

function ActorFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  const take = (typed: string) => {
    if (typed.trim() !== value) onChange(typed.trim());
  };
  return (
    <FormField label="By">
      <Autosuggest
        value={text}
        options={[]}
        placeholder="Anybody: an e-mail address"
        enteredTextLabel={(typed) => `Use ${typed}`}
        ariaLabel="By"
        onChange={({ detail }) => setText(detail.value)}
        onSelect={({ detail }) => take(detail.value)}
        onBlur={() => take(text)}
        onKeyDown={({ detail }) => {
          if (detail.key === "Enter") take(text);
        }}
      />
    </FormField>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly any: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, label: string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, any, value, options, onChange }: ChoiceProps) {
  const all = [{ value: "", label: any }, ...options.map(([each, words]) => ({ value: each, label: words }))];
  return (
    <FormField label={label}>
      <Select
        selectedOption={all.find((each) => each.value === value) ?? { value, label: value }}
        options={all}
        onChange={({ detail }) => onChange(detail.selectedOption.value ?? "")}
      />
    </FormField>
  );
}

/** A day; typed half, it counts for nothing yet. */
function Day({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <FormField label={label}>
      <DayInput
        value={text}
        onChange={(day) => {
          setText(day);
          if (day === "" || /^\d{4}-\d{2}-\d{2}$/.test(day)) onChange(day);
        }}
      />
    </FormField>
  );
}
