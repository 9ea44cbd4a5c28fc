import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Steps from "@cloudscape-design/components/steps";
import { useParams } from "react-router";
import type { Change, ChangeState } from "../api/client";
import { useChange } from "../api/queries";
import { Reading } from "../parts/Blocks";
import { Moment } from "../parts/Moment";
import { Page } from "../parts/Page";
import { ChangeStatus } from "../parts/Status";
import { duration } from "../parts/time";
import { useNow } from "../parts/useNow";
import { plain } from "../parts/words";

/** One change: its cause first, then every state it went through. */
export default function ChangePage() {
  const { project = "", change = "" } = useParams();
  return (
    <Reading query={useChange(project, change)} title="Change" what="Reading the change">
      {(known) => <Shown change={known} />}
    </Reading>
  );
}

const TONES = { RUNNING: "loading", RETRYING: "loading", SUCCEEDED: "success", FAILED: "error" } as const;

function Shown({ change }: { change: Change }) {
  const now = useNow();
  const time = (state: ChangeState) => duration((state.exitedAt ? Date.parse(state.exitedAt) : now) - Date.parse(state.enteredAt));
  return (
    <Page title={`${plain(change.action)} ${change.name}`}>
      <SpaceBetween size="l">
        {change.cause !== null && <Alert type={change.outcome === "ROLLED_BACK" ? "warning" : "error"} header="Why">{change.cause}</Alert>}
        <Container>
          <KeyValuePairs
            columns={4}
            items={[
              { label: "Outcome", value: <ChangeStatus change={change} /> },
              { label: "By", value: change.actor },
              { label: "Started", value: <Moment at={change.startedAt} /> },
              { label: "Ended", value: change.endedAt === null ? "–" : <Moment at={change.endedAt} /> },
            ]}
          />
        </Container>
        <Container header={<Header variant="h2">Timeline</Header>}>
          <Steps
            steps={change.states.map((state) => ({
              header: state.name,
              status: TONES[state.status],
              statusIconAriaLabel: plain(state.status),
              details: `${time(state)}${state.attempts > 1 ? `, ${state.attempts} attempts` : ""}`,
            }))}
          />
        </Container>
      </SpaceBetween>
    </Page>
  );
}
