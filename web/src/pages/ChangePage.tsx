import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Toggle from "@cloudscape-design/components/toggle";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { useChange, useKinds, useResource } from "../api/queries";
import { ActionButtons } from "../changes/ActionButtons";
import { useKindTitle } from "../changes/FlashProvider";
import type { Schema } from "../forms/schema";
import { Reading } from "../parts/Blocks";
import { Differences } from "../parts/Differences";
import { Mail } from "../parts/Mail";
import { Moment } from "../parts/Moment";
import { Page } from "../parts/Page";
import { PageLink } from "../parts/PageLink";
import { SpecPairs } from "../parts/SpecPairs";
import { ChangeStatus } from "../parts/Status";
import { differencesOf } from "../parts/specs";
import { duration } from "../parts/time";
import { useIsPhone } from "../parts/useIsPhone";
import { useNow } from "../parts/useNow";
import { doing } from "../parts/words";
import { changePath, resourcePath } from "../paths";
import "./change/change.css";
import { MachineGraph } from "./change/MachineGraph";
import { MACHINE, visitsOf } from "./change/machine";
import { RawHistory } from "./change/RawHistory";
import { StackProgress } from "./change/StackProgress";
import { StatePanel } from "./change/StatePanel";
import { StatesTable } from "./change/StatesTable";
import { isLate, isWrong, usualWords } from "./change/stateWords";
import type { DetailedChange } from "./change/told";
import { useLiveStates } from "./change/useLiveStates";
import { verdictOf } from "./change/verdict";

/** One change: how it ended and why, what it asked for, and every state it went through, live. */
export default function ChangePage() {
  const { project = "", change = "" } = useParams();
  const query = useChange(project, change);
  return (
    <Reading query={query} title="Change" what="Reading the change">
      {(known) => <Shown key={known.id} change={known} />}
    </Reading>
  );
}

function Shown({ change }: { change: DetailedChange }) {
  useLiveStates(change);
  const navigate = useNavigate();
  const title = useKindTitle();
  const { project } = change;
  const kind = useKinds().data?.find((each) => each.kind === change.kind);
  const { resource } = useResource(project, change.kind, change.name);
  // What is next is the resource's to say, as long as nothing has happened to it since.
  const isNewest = resource != null && (resource.lock === null ? resource.change === change.id : resource.lock.change === change.id);
  const actions = kind && isNewest && (
    <ActionButtons project={project} kind={kind} resource={resource} without={["update", "delete"]} isStopping={change.stop != null} onBegun={(begun) => void navigate(changePath(project, begun.id))} />
  );
  const name = kind === undefined ? change.name : <PageLink to={resourcePath(project, kind.path, change.name)}>{change.name}</PageLink>;
  return (
    <Page title={<span className="wrap-anywhere">{`${doing(change.action)} ${title(change.kind)} ${change.name}`}</span>} actions={actions}>
      <SpaceBetween size="l">
        <Stopping change={change} />
        <Cause change={change} />
        <Container>
          <KeyValuePairs
            columns={4}
            items={[
              { label: "Outcome", value: <ChangeStatus change={change} /> },
              { label: "By", value: <Mail address={change.actor} /> },
              { label: "Started", value: <Moment at={change.startedAt} /> },
              { label: "Took", value: <Took change={change} usualSeconds={kind?.usualSeconds} /> },
              { label: "Resource", value: <span className="wrap-anywhere">{name}</span> },
              ...(change.mode == null ? [] : [{ label: "How", value: MODES[change.mode] }]),
              { label: "Change", value: <ChangeId id={change.id} /> },
            ]}
          />
        </Container>
        <States change={change} />
        <StackProgress change={change} />
        <Asked change={change} schema={(kind?.schema ?? {}) as Schema} />
        <ExpandableSection variant="container" headerText="The states as a table" headerDescription="The same as the graph above, in rows.">
          <StatesTable change={change} />
        </ExpandableSection>
        <RawHistory change={change} />
      </SpaceBetween>
    </Page>
  );
}

const MODES: Record<string, string> = {
  forget: "Forgotten: it had no stack any more",
  emptyAndDelete: "Emptied first",
  retain: "Let go of, and kept in AWS",
  continueRollback: "The rollback was continued",
  repair: "A repair",
};

/** Who wants it stopped, while it runs still. */
function Stopping({ change: { stop, status } }: { change: DetailedChange }) {
  if (stop == null || status !== "RUNNING") return null;
  return (
    <Alert type="info" header="It is being stopped">
      <Mail address={stop.actor} /> asked for that, <Moment at={stop.at} />. It ends as soon as CloudFormation has brought back what stood before.
    </Alert>
  );
}

/** Why it came to this, before anything else. */
function Cause({ change }: { change: DetailedChange }) {
  const verdict = verdictOf(change);
  if (verdict === null) return null;
  return (
    <Alert type={verdict.type} header={verdict.header} data-testid="cause">
      <SpaceBetween size="xs">
        {verdict.meaning !== "" && <span>{verdict.meaning}</span>}
        {change.cause != null && (
          <span className="wrap-anywhere">
            <b>Why:</b> {change.cause}
          </span>
        )}
      </SpaceBetween>
    </Alert>
  );
}

/** Too long to be read, and wanted whole by whoever reports it. */
function ChangeId({ id }: { id: string }) {
  const short = `${id.slice(0, 8)}…`;
  return <CopyToClipboard variant="inline" textToCopy={id} textToDisplay={short} copyButtonAriaLabel="Copy the change's id" copySuccessText="Copied" copyErrorText="Could not be copied" />;
}

/** How long it took, or has taken; what is usual is what was measured, else what the kind says. */
function Took({ change, usualSeconds }: { change: DetailedChange; usualSeconds: number | undefined }) {
  const now = useNow();
  const hasEnded = change.endedAt != null;
  const took = Math.max(0, (change.endedAt == null ? now : Date.parse(change.endedAt)) - Date.parse(change.startedAt));
  const words = change.usual ? usualWords(change.usual) : usualSeconds === undefined ? null : `usually some ${duration(usualSeconds * 1000)}`;
  return (
    <>
      {duration(hasEnded ? took : Math.floor(took / 1000) * 1000)}
      {hasEnded ? "" : " so far"}
      {words !== null && (
        <Box variant="small" display="block">
          {words}
        </Box>
      )}
      {isLate(change.usual, took) && (
        <Box variant="small" display="block" color="text-status-warning">
          {hasEnded ? "longer than nearly all before" : "longer than nearly all before; it goes on"}
        </Box>
      )}
    </>
  );
}

/** The graph, and beside it the state that is looked at: the one where the change is, until another is chosen. */
function States({ change }: { change: DetailedChange }) {
  const isPhone = useIsPhone();
  const [chosen, setChosen] = useState<string | null>(null);
  const [isWhole, setWhole] = useState(false);
  const here = change.states.at(-1)?.name ?? null;
  // Where it went wrong tells more than the state in which it ended.
  const failed = [...visitsOf(change.states).values()].find((visit) => isWrong(visit, MACHINE.states.find((each) => each.name === visit.name)));
  const wrong = change.status === "RUNNING" ? undefined : failed;
  const shown = chosen ?? wrong?.name ?? here;
  const toggle = (
    <Toggle checked={isWhole} onChange={({ detail }) => setWhole(detail.checked)}>
      Every state
    </Toggle>
  );
  return (
    <Container header={<Header variant="h2" description="Choose a state for what it got, gave, and how long it took." actions={toggle}>States</Header>}>
      {change.states.length === 0 && change.status !== "RUNNING" ? (
        <Box>Step Functions has forgotten the states: it keeps them for 90 days.</Box>
      ) : (
        <div className={isWhole ? "machine-sides machine-sides-whole" : "machine-sides"}>
          <MachineGraph change={change} scope={isWhole ? "all" : isPhone ? "taken" : "usual"} chosen={shown} onChoose={setChosen} />
          <div className="machine-side">{shown !== null && <StatePanel change={change} name={shown} />}</div>
        </div>
      )}
      <div className="only-heard" role="status">
        {change.status === "RUNNING" && here !== null ? `The change is in the state ${here}.` : ""}
      </div>
    </Container>
  );
}

/** What it asked for, against what stood before. */
function Asked({ change, schema }: { change: DetailedChange; schema: Schema }) {
  const { before = null, spec = null, action } = change;
  if (before === null && spec === null) return null;
  const header = action === "delete" ? "What was to be deleted" : before === null ? "What was asked for" : "What was to change";
  return (
    <Container header={<Header variant="h2">{header}</Header>}>
      {before !== null && spec !== null ? (
        <Differences
          label={header}
          differences={differencesOf(before, spec, schema)}
          empty={<Box textAlign="center">Nothing differs from what stood before.</Box>}
        />
      ) : (
        <SpecPairs spec={spec ?? before ?? {}} schema={schema} />
      )}
    </Container>
  );
}
