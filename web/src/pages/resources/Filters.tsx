import Select from "@cloudscape-design/components/select";
import TextFilter from "@cloudscape-design/components/text-filter";
import type { Kind } from "../../api/client";
import type { ShownResource } from "../../changes/requested";
import { LISTED_STATUSES, statusWords } from "../../parts/words";
import { ownerOf } from "./columns";

/** What is looked for; empty: everything. */
export interface Choice {
  readonly text: string;
  readonly kind: string;
  readonly status: string;
}

/** Whether a row is among what is looked for: by name, owner, description or whoever is at work on it. */
export function matches(row: ShownResource, { text, kind, status }: Choice): boolean {
  if (kind !== "" && row.kind !== kind) return false;
  if (status !== "" && row.status !== status) return false;
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return true;
  const { description } = row.spec;
  const told = [row.name, ownerOf(row), typeof description === "string" ? description : "", row.lock?.actor ?? ""];
  return told.some((each) => each.toLowerCase().includes(wanted));
}

interface Props {
  readonly choice: Choice;
  readonly onChange: (choice: Choice) => void;
  readonly kinds: readonly Kind[];
  readonly count: number;
}

/** Search, and one choice each of kind and status. */
export function Filters({ choice, onChange, kinds, count }: Props) {
  const kindOptions = [{ value: "", label: "Every kind" }, ...kinds.map((each) => ({ value: each.kind, label: each.title }))];
  const statusOptions = [{ value: "", label: "Every status" }, ...LISTED_STATUSES.map((each) => ({ value: each, label: statusWords(each)[0] }))];
  return (
    <div className="filters">
      <TextFilter
        filteringText={choice.text}
        filteringPlaceholder="Name, owner, description, who is at work"
        filteringAriaLabel="Search the resources"
        filteringClearAriaLabel="Clear the search"
        countText={choice.text === "" ? "" : `${count} ${count === 1 ? "match" : "matches"}`}
        onChange={({ detail }) => onChange({ ...choice, text: detail.filteringText })}
      />
      <Select
        selectedOption={kindOptions.find((each) => each.value === choice.kind) ?? null}
        options={kindOptions}
        ariaLabel="Kind"
        onChange={({ detail }) => onChange({ ...choice, kind: detail.selectedOption.value ?? "" })}
      />
      <Select
        selectedOption={statusOptions.find((each) => each.value === choice.status) ?? null}
        options={statusOptions}
        ariaLabel="Status"
        onChange={({ detail }) => onChange({ ...choice, status: detail.selectedOption.value ?? "" })}
      />
    </div>
  );
}
