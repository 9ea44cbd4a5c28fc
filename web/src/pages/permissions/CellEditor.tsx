import Button from "@cloudscape-design/components/button";
import Checkbox from "@cloudscape-design/components/checkbox";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { check } from "../../forms/check";
import { type Schema, labelOf } from "../../forms/schema";
import { Dialog } from "../../parts/Dialog";
import { plain } from "../../parts/words";
import { type Draft, type Entry, entriesOf, inBucket, repeated } from "./grants";
import type { Subject } from "./subjects";

interface Props {
  readonly subject: Subject;
  /** null: to be chosen. */
  readonly bucket: string | null;
  readonly buckets: readonly string[];
  readonly draft: Draft | undefined;
  readonly apply: (bucket: string, own: readonly Entry[]) => void;
  readonly close: () => void;
}

/** One cell: what one user may do in one bucket, folder by folder. Nothing is saved here: it goes into the review. */
export function CellEditor({ subject, bucket: given, buckets, draft, apply, close }: Props) {
  const { resource, rules, kind } = subject;
  const all = draft?.entries ?? entriesOf(resource.spec, rules);
  const begin = (at: string) => (inBucket(all, at).length === 0 ? [newEntry(at, rules.hasPath)] : inBucket(all, at));
  const [bucket, setBucket] = useState(given ?? "");
  const [own, setOwn] = useState<readonly Entry[]>(() => (given === null ? [] : begin(given)));
  const [isTried, setTried] = useState(false);
  // What nobody may do anything in is no grant: unticking everything takes it away.
  const wanted = own.filter((each) => each.access.length > 0);
  const twice = repeated(own);
  const faultOf = (entry: Entry, index: number, member: string): string => {
    if (!isTried || entry.access.length === 0) return "";
    if (twice.has(index) && member === "prefix") return "This folder is here twice: tick everything at one of them.";
    return check(entry, rules.item, kind.schema as Schema).filter(({ pointer }) => pointer === `/${member}`).map(({ detail }) => detail).join(" ");
  };
  const hasFaults = wanted.some((entry) => check(entry, rules.item, kind.schema as Schema).length > 0) || repeated(wanted).size > 0;
  const change = (index: number, changed: Partial<Entry>) => setOwn(own.map((each, at) => (at === index ? { ...each, ...changed } : each)));
  const send = () => {
    setTried(true);
    if (bucket !== "" && !hasFaults) apply(bucket, wanted);
  };
  const member = (name: string) => rules.item.properties?.[name] ?? {};
  return (
    <Dialog
      title={bucket === "" ? `Another bucket for ${resource.name}` : `${resource.name} in ${bucket}`}
      deed="Add to the review"
      act={send}
      close={close}
      reason={bucket === "" ? "Choose a bucket first." : null}
    >
      {given === null && (
        <FormField label="Bucket">
          <Select
            selectedOption={bucket === "" ? null : { value: bucket, label: bucket }}
            options={buckets.map((each) => ({ value: each, label: each }))}
            placeholder="Choose a bucket"
            filteringType="auto"
            filteringAriaLabel="Find buckets"
            empty="There is no bucket yet"
            onChange={({ detail }) => {
              setBucket(detail.selectedOption.value ?? "");
              setOwn(begin(detail.selectedOption.value ?? ""));
            }}
          />
        </FormField>
      )}
      {own.map((entry, index) => (
        <fieldset key={index} className="permission-fieldset">
          <legend>{own.length === 1 ? "What it may do" : `Folder ${index + 1}`}</legend>
          <SpaceBetween size="s">
            {rules.hasPath && (
              <FormField label={labelOf(member("path"), "path")} description="Where the user sees it, such as /invoices." errorText={faultOf(entry, index, "path")}>
                <Input value={entry.path ?? ""} spellcheck={false} onChange={({ detail }) => change(index, { path: detail.value })} />
              </FormField>
            )}
            <FormField label="Folder in the bucket" description="It ends with a slash, such as incoming/. Empty: the whole bucket." errorText={faultOf(entry, index, "prefix")}>
              <Input value={entry.prefix ?? ""} spellcheck={false} onChange={({ detail }) => change(index, { prefix: detail.value })} />
            </FormField>
            <div className="permission-boxes">
              {rules.accesses.map((access) => (
                <Checkbox
                  key={access}
                  checked={entry.access.includes(access)}
                  onChange={({ detail }) => change(index, { access: rules.accesses.filter((each) => (each === access ? detail.checked : entry.access.includes(each))) })}
                >
                  {plain(access)}
                </Checkbox>
              ))}
            </div>
          </SpaceBetween>
        </fieldset>
      ))}
      {bucket !== "" && (
        <SpaceBetween direction="horizontal" size="xs">
          <Button formAction="none" onClick={() => setOwn([...own, newEntry(bucket, rules.hasPath)])}>Another folder</Button>
          {wanted.length > 0 && <Button formAction="none" onClick={() => setOwn(own.map((each) => ({ ...each, access: [] })))}>Take everything away</Button>}
        </SpaceBetween>
      )}
    </Dialog>
  );
}

function newEntry(bucket: string, hasPath: boolean): Entry {
  return { ...(hasPath ? { path: `/${bucket}` } : {}), bucket, prefix: "", access: [] };
}
