import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { keys } from "../../api/keys";
import { type ProblemError, asProblem } from "../../api/problem";
import { useChange, useRole } from "../../api/queries";
import { useRequest } from "../../changes/useRequest";
import { check } from "../../forms/check";
import type { Schema } from "../../forms/schema";
import { Moment } from "../../parts/Moment";
import { reasonAgainst } from "../../parts/roles";
import { DifferenceList } from "./DifferenceList";
import { type Draft, differences, entriesOf, rebased } from "./grants";
import type { Subject } from "./subjects";

interface Props {
  readonly project: string;
  readonly subject: Subject;
  readonly draft: Draft;
  readonly now: number;
  readonly setDraft: (draft: Draft | undefined) => void;
  readonly close: () => void;
}

/** What is about to change, before it does; and where somebody saved meanwhile, theirs beside mine. */
export function Review({ project, subject, draft, now, setDraft, close }: Props) {
  const { resource, rules, kind } = subject;
  const { put } = useRequest(project);
  const role = useRole(project);
  const cache = useQueryClient();
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<ProblemError | null>(null);
  const isStale = resource.version !== draft.version;
  const spec = { ...resource.spec, [rules.property]: draft.entries };
  const faults = check(spec, kind.schema as Schema).filter(({ pointer }) => pointer.startsWith(`/${rules.property}`));
  const reason = reasonAgainst("update", resource, role, now) ?? (faults.length > 0 ? "It is not right yet: see below." : null);

  const save = async () => {
    setSaving(true);
    setProblem(null);
    try {
      await put({ kind, name: resource.name, spec, version: draft.version });
      setDraft(undefined);
      close();
    } catch (error) {
      const refused = asProblem(error);
      setProblem(refused);
      // What they saved may not have been told yet; with it, this window shows both.
      if (refused.code === "stale-version") await cache.invalidateQueries({ queryKey: keys.feed(project) });
    } finally {
      setSaving(false);
    }
  };
  return (
    <Modal
      visible
      size="large"
      header={`What changes for ${resource.name}`}
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>
              Back
            </Button>
            {!isStale && (
              <Button variant="primary" loading={isSaving} loadingText="Saving" disabled={reason !== null} disabledReason={reason ?? ""} onClick={() => void save()}>
                Save
              </Button>
            )}
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        {isStale ? <Conflict project={project} subject={subject} draft={draft} setDraft={setDraft} close={close} /> : <DifferenceList items={differences(draft.base, draft.entries)} />}
        {faults.length > 0 && (
          <Alert type="error" header="It is not right yet">
            {faults.map(({ detail }) => detail).join(" ")}
          </Alert>
        )}
        {problem !== null && !isStale && (
          <Alert type={problem.lock === null ? "error" : "warning"} header={problem.title}>
            {[problem.message, ...problem.faults.map(({ detail }) => detail)].join(" ")}
          </Alert>
        )}
      </SpaceBetween>
    </Modal>
  );
}

/** Both values and who saved: theirs to be kept, or mine put on top of it, to be reviewed again. */
function Conflict({ project, subject, draft, setDraft, close }: Omit<Props, "now">) {
  const { resource, rules } = subject;
  const theirs = entriesOf(resource.spec, rules);
  const ours = rebased(draft.base, draft.entries, theirs);
  const take = () => {
    setDraft(undefined);
    close();
  };
  const putOnTop = () => {
    const isSame = differences(theirs, ours).length === 0;
    setDraft(isSame ? undefined : { version: resource.version, base: theirs, entries: ours });
    if (isSame) close();
  };
  return (
    <SpaceBetween size="m">
      <Alert type="warning" header="It was changed meanwhile">
        {resource.change === null ? "Somebody" : <Saver project={project} change={resource.change} />} saved version {resource.version}; you began with version {draft.version}. Nothing of yours is saved yet.
      </Alert>
      <Box variant="h3">What they changed</Box>
      <DifferenceList items={differences(draft.base, theirs)} empty="No permission: something else of the user." />
      <Box variant="h3">What you changed</Box>
      <DifferenceList items={differences(draft.base, draft.entries)} />
      <SpaceBetween direction="horizontal" size="xs">
        <Button onClick={take}>Keep theirs, discard mine</Button>
        <Button variant="primary" onClick={putOnTop}>
          Put mine on top, and review
        </Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}

function Saver({ project, change }: { project: string; change: string }) {
  const { data } = useChange(project, change);
  if (data === undefined) return <>Somebody</>;
  return (
    <>
      {data.actor} (<Moment at={data.startedAt} />)
    </>
  );
}
