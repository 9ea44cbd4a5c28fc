import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useQueryClient } from "@tanstack/react-query";
import { keys } from "../../api/keys";
import { asProblem } from "../../api/problem";
import { useChange, useRole } from "../../api/queries";
import { useRequest } from "../../changes/useRequest";
import { check } from "../../forms/check";
import type { Schema } from "../../forms/schema";
import { Dialog } from "../../parts/Dialog";
import { Moment } from "../../parts/Moment";
import { reasonAgainst } from "../../parts/roles";
import { useDeed } from "../../parts/useDeed";
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
  const { isActing, problem, run } = useDeed();
  const isStale = resource.version !== draft.version;
  const spec = { ...resource.spec, [rules.property]: draft.entries };
  const faults = check(spec, kind.schema as Schema).filter(({ pointer }) => pointer.startsWith(`/${rules.property}`));
  const reason = reasonAgainst("update", resource, role, now) ?? (faults.length > 0 ? "It is not right yet: see below." : null);

  const save = () =>
    run(async () => {
      try {
        await put({ kind, name: resource.name, spec, version: draft.version });
      } catch (error) {
        // What they saved may not have been told yet; with it, this window shows both.
        if (asProblem(error).code === "stale-version") await cache.invalidateQueries({ queryKey: keys.feed(project) });
        throw error;
      }
      setDraft(undefined);
      close();
    });
  return (
    <Dialog
      isLarge
      title={`What changes for ${resource.name}`}
      {...(isStale ? {} : { deed: "Save", act: save, problem })}
      isActing={isActing}
      actingText="Saving"
      reason={reason}
      wayBack="Back"
      close={close}
    >
      {isStale ? <Conflict project={project} subject={subject} draft={draft} setDraft={setDraft} close={close} /> : <DifferenceList items={differences(draft.base, draft.entries)} />}
      {faults.length > 0 && (
        <Alert type="error" header="It is not right yet">
          {faults.map(({ detail }) => detail).join(" ")}
        </Alert>
      )}
    </Dialog>
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
