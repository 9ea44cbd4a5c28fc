import Alert, { type AlertProps } from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useCallback, useEffect, useRef, useState } from "react";
import { useNavigate } from "react-router";
import type { Kind, Resource } from "../../api/client";
import { keys } from "../../api/keys";
import { type FieldFault, type ProblemError, asProblem } from "../../api/problem";
import { useFeed, useRole } from "../../api/queries";
import { useRequest } from "../../changes/useRequest";
import { SchemaForm, faultsWithoutField } from "../../forms/SchemaForm";
import { check } from "../../forms/check";
import { focusFirstFault } from "../../forms/focus";
import { type Schema, inSentence, resolve } from "../../forms/schema";
import { tidied } from "../../forms/tidy";
import { Page } from "../../parts/Page";
import { reasonAgainst, reasonAgainstWriting } from "../../parts/roles";
import { isSame } from "../../parts/specs";
import { useNow } from "../../parts/useNow";
import { projectPath, resourcePath } from "../../paths";
import { ConflictDialog } from "./ConflictDialog";
import { LeaveGuard } from "./LeaveGuard";
import { NAME_FIELD, Refusal, nameFaultOf } from "./Refusal";

interface Props {
  readonly project: string;
  readonly kind: Kind;
  readonly start: Readonly<Record<string, unknown>>;
  /** The resource as it was when the page was opened; null: it is to be created. */
  readonly seen: Resource | null;
  /** The resource as it is now. */
  readonly now?: Resource;
}

/** The form of a spec, for creating and editing alike. */
export function SpecPage({ project, kind, start, seen, now }: Props) {
  const schema = kind.schema as Schema;
  const navigate = useNavigate();
  const { put } = useRequest(project);
  const role = useRole(project);
  const clock = useNow();
  const [name, setName] = useState(seen?.name ?? "");
  const [spec, setSpec] = useState<Record<string, unknown>>({ ...start });
  const [isTried, setTried] = useState(false);
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const suggest = useSuggestions(project);
  const cache = useQueryClient();
  // What one's own edit is made upon: what was seen first, or what one has settled with since.
  const [base, setBase] = useState(seen);
  const [isComparing, setComparing] = useState(false);
  // Both edits are in the form: what the person must know who has asked to save them, should that not come to pass.
  const [isMerged, setMerged] = useState(false);
  const isSaved = useRef(false);
  const isDirty = (seen === null && name !== "") || !isSame(spec, base?.spec ?? start);
  const isOutdated = base !== null && now !== undefined && now.version !== base.version;

  const nameSchema = resolve({ $ref: "#/$defs/name" }, schema);
  const [tidyName, tidySpec] = [tidied(name, nameSchema, schema), tidied(spec, schema)];
  const nameFaults = seen === null ? check(tidyName, nameSchema, schema) : [];
  const own = check(tidySpec, schema);
  const faults: readonly FieldFault[] = problem !== null && problem.faults.length > 0 ? problem.faults : isTried ? own : [];
  const back = seen === null ? projectPath(project) : resourcePath(project, kind.path, seen.name);
  const reason = now === undefined ? reasonAgainstWriting(role) : reasonAgainst("update", now, role, clock);
  const what = seen === null ? `Create ${inSentence(kind.title)}` : `Edit ${seen.name}`;

  const nameFault = isTried && nameFaults.length > 0 ? nameFaults.map((fault) => fault.detail).join(" ") : seen === null && nameFaultOf(problem, project, kind, name);
  const areFieldsWrong = Boolean(nameFault) || (isTried && own.length > 0) || (problem !== null && problem.faults.length > faultsWithoutField(problem.faults, schema).length);

  // What is wrong may be far from the button, on a phone most of all: whoever pressed it is taken there.
  const form = useRef<HTMLFormElement>(null);
  const alert = useRef<AlertProps.Ref>(null);
  const [refusals, setRefusals] = useState(0);
  useEffect(() => {
    if (refusals === 0) return;
    const wrong = nameFault ? [{ pointer: NAME_FIELD, detail: "" }, ...faults] : faults;
    if (!focusFirstFault(form.current, wrong)) alert.current?.focus();
  }, [refusals]);

  const change = (next: Record<string, unknown>) => {
    setSpec(next);
    setProblem(null);
  };
  const rename = (next: string) => {
    setName(next);
    setProblem(null);
  };
  const send = async (wanted: Record<string, unknown>, upon: Resource | null) => {
    setTried(true);
    setProblem(null);
    setName(tidyName);
    setSpec(wanted);
    if (nameFaults.length + check(wanted, schema).length > 0) {
      setRefusals((before) => before + 1);
      return;
    }
    setSending(true);
    try {
      await put({ kind, name: tidyName, spec: wanted, version: upon?.version ?? null });
      isSaved.current = true;
      await navigate(seen === null ? projectPath(project) : back);
    } catch (error) {
      const refusal = asProblem(error);
      if (refusal.code === "stale-version" && upon !== null) {
        setComparing(true);
        void cache.invalidateQueries({ queryKey: keys.feed(project) }); // what was saved may not have been told yet
      } else {
        setProblem(refusal);
        setRefusals((before) => before + 1);
      }
    } finally {
      setSending(false);
    }
  };

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send(tidySpec, base);
  };
  const settle = (settled: Record<string, unknown>) => {
    setSpec(settled);
    setBase(now ?? null);
    setProblem(null);
    setComparing(false);
  };

  return (
    <Page title={what} description={schema.description}>
      <LeaveGuard isDirty={isDirty} isSaved={isSaved} />
      <form ref={form} onSubmit={submit} noValidate>
        <Form
          errorText={areFieldsWrong ? "Some fields are not right yet: each says what is wrong." : undefined}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => void navigate(back)}>
                Cancel
              </Button>
              <Button variant="primary" loading={isSending} loadingText="Asking" disabled={reason !== null} disabledReason={reason ?? ""}>
                {seen === null ? "Create" : "Save"}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {isOutdated && (
              <Alert type="warning" header="Somebody else changed it meanwhile" action={<Button formAction="none" onClick={() => setComparing(true)}>Compare</Button>}>
                What you see here is what stood before. Look at both before you save.
              </Alert>
            )}
            <Container>
              <SpaceBetween size="l">
                {seen === null && (
                  <FormField
                    label={nameSchema.title ?? "Name"}
                    description={nameSchema.description}
                    errorText={nameFault && <span className="wrap-anywhere">{nameFault}</span>}
                  >
                    <span data-field={NAME_FIELD}>
                      <Input value={name} spellcheck={false} autoFocus onChange={({ detail }) => rename(detail.value)} />
                    </span>
                  </FormField>
                )}
                <SchemaForm schema={schema} value={spec} onChange={change} faults={faults} suggest={suggest} />
              </SpaceBetween>
            </Container>
            {isMerged && isDirty && !isSending && <Alert type="warning">Not saved yet: look it over and press Save.</Alert>}
            {problem !== null && <Refusal project={project} problem={problem} schema={schema} isNameTold={Boolean(nameFault)} alert={alert} />}
          </SpaceBetween>
        </Form>
      </form>
      {isComparing && base !== null && now !== undefined && (
        <ConflictDialog
          project={project}
          kind={kind}
          seen={base}
          now={now}
          own={spec}
          onClose={() => setComparing(false)}
          onTake={settle}
          onSave={(merged) => {
            settle(merged);
            setMerged(true);
            void send(tidied(merged, schema), now);
          }}
        />
      )}
    </Page>
  );
}

/** Where a property is called like a kind, the project's resources of that kind are proposed: grants name buckets. */
function useSuggestions(project: string): (property: string) => readonly string[] {
  const rows = useFeed(project).data?.rows;
  return useCallback(
    (property: string) => Object.values(rows ?? {}).filter((row) => row.kind === property).map((row) => row.name).sort(),
    [rows],
  );
}
