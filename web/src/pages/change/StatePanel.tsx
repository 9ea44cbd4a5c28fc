import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import { Failed, Loading } from "../../parts/Blocks";
import { Moment } from "../../parts/Moment";
import { MACHINE, standingOf, visitsOf } from "./machine";
import { Spent } from "./MachineGraph";
import { pretty, stateWords, trafficOf, usualWords } from "./stateWords";
import type { DetailedChange, DetailedState } from "./told";
import { useHistory } from "./useHistory";

/** One state of a change: what it does, how it went, what it got and what it gave. */
export function StatePanel({ change, name }: { change: DetailedChange; name: string }) {
  const state = MACHINE.states.find((each) => each.name === name);
  const visit = visitsOf(change.states).get(name);
  const usual = (visit?.last as DetailedState | undefined)?.usual;
  const [words, tone] = stateWords(standingOf(visit, change.status !== "RUNNING"), visit, state, change);
  return (
    <SpaceBetween size="m">
      <Box variant="h3">{name}</Box>
      {state !== undefined && <Box color="text-body-secondary">{state.does}</Box>}
      <KeyValuePairs
        columns={2}
        items={[
          { label: "How it stands", value: <StatusIndicator type={tone}>{words}</StatusIndicator> },
          ...(visit === undefined
            ? []
            : [
                { label: "Time", value: <>{<Spent visit={visit} />}{usual && <Box variant="small" display="block">{usualWords(usual)}</Box>}</> },
                { label: "Entered", value: <Moment at={visit.last.enteredAt} /> },
                { label: "Attempts", value: visit.entries.length > 1 ? `${visit.last.attempts}, entered ${visit.entries.length} times` : String(visit.last.attempts) },
              ]),
        ]}
      />
      {visit?.last.error != null && <Part title="Error">{visit.last.error}</Part>}
      {visit?.last.cause != null && <Part title="Cause">{pretty(visit.last.cause)}</Part>}
      {visit !== undefined && <Traffic change={change} name={name} />}
    </SpaceBetween>
  );
}

function Traffic({ change, name }: { change: DetailedChange; name: string }) {
  const history = useHistory(change);
  if (history.data === undefined) return history.error ? <Failed error={history.error} retry={() => void history.refetch()} /> : <Loading what="Reading what it got and gave" />;
  if (history.data.length === 0) return <Box>Step Functions has forgotten what it got and gave: it keeps that for 90 days.</Box>;
  const { input, output, isCut } = trafficOf(history.data, name);
  return (
    <SpaceBetween size="s">
      {input !== null && <Part title="Input">{pretty(input)}</Part>}
      {output !== null && <Part title="Output">{pretty(output)}</Part>}
      {isCut && <Alert type="info">Something here is longer than what is shown.</Alert>}
    </SpaceBetween>
  );
}

function Part({ title, children }: { title: string; children: string }): ReactNode {
  return (
    <div>
      <div className="raw-head">
        <Box variant="awsui-key-label">{title}</Box>
        <CopyToClipboard variant="icon" textToCopy={children} copyButtonAriaLabel={`Copy: ${title}`} copySuccessText="Copied" copyErrorText="Could not be copied" />
      </div>
      <pre className="raw" tabIndex={0} role="region" aria-label={title}>
        {children}
      </pre>
    </div>
  );
}
