import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Findings } from "../../api/client";
import { useRole } from "../../api/queries";
import { Empty, Failed, Reading } from "../../parts/Blocks";
import { type Column, Listing } from "../../parts/Listing";
import { Ago, Moment } from "../../parts/Moment";
import { foundWords } from "../../parts/findings";
import { duration } from "../../parts/time";
import { useNow } from "../../parts/useNow";
import { type Run, isUnderWay, reasonAgainstOperating } from "./attention";
import { useReconcile, useReconcileNow, useRuns } from "./queries";

/** When everything was last compared with AWS, what that found, and the way to have it done now. */
export function Reconcile({ project }: { project: string }) {
  const { query, run } = useReconcile(project);
  const asking = useReconcileNow(project);
  const role = useRole(project);
  const now = useNow();
  const isRunning = isUnderWay(run, query.data?.reconcile, now);
  const reason = reasonAgainstOperating(role, "has the project compared now") ?? (isRunning ? "It is being compared." : null);
  const button = (
    <Button loading={asking.isPending} loadingText="Asking" disabled={reason !== null} disabledReason={reason ?? ""} onClick={asking.ask}>
      Reconcile now
    </Button>
  );
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="Every stack is compared with what Stowage shows, by a schedule, and what differs is put right."
          actions={role === "auditor" || role === undefined ? undefined : button}
        >
          Reconcile
        </Header>
      }
    >
      <SpaceBetween size="l">
        {asking.error !== null && <Failed error={asking.error} />}
        <div role="status" data-testid="reconcile-run">
          {run !== undefined && <RunNote run={run} isRunning={isRunning} found={query.data?.reconcile ?? null} now={now} />}
        </div>
        <Reading query={query} what="Reading what was found">
          {({ reconcile }) =>
            reconcile === null ? (
              <Empty title="It was not compared yet">The schedule does so by itself. An operator can have it done now.</Empty>
            ) : (
              <SpaceBetween size="l">
                <Found found={reconcile} />
                <ExpandableSection headerText="The last runs">
                  <Runs project={project} told={reconcile.triedAt} />
                </ExpandableSection>
              </SpaceBetween>
            )
          }
        </Reading>
      </SpaceBetween>
    </Container>
  );
}

function RunNote({ run, isRunning, found, now }: { run: Run; isRunning: boolean; found: Findings | null; now: number }) {
  const begun = Date.parse(run.startedAt);
  // Not by the second: who hears the page would hear each.
  if (isRunning) return <><StatusIndicator type="in-progress">Comparing every stack</StatusIndicator> <span aria-hidden="true">{duration(Math.max(0, now - begun))} so far</span></>;
  if (found === null || Date.parse(found.triedAt) < begun) return <StatusIndicator type="warning">The run has told nothing. Ask for another one.</StatusIndicator>;
  return <StatusIndicator type={found.cause === null ? "success" : "error"}>{found.cause === null ? `Compared: ${foundWords(found).toLowerCase()}` : "Not everything could be compared"}</StatusIndicator>;
}

function Found({ found }: { found: Findings }) {
  return (
    <SpaceBetween size="l">
      {found.cause !== null && (
        <Alert type="error" header="The last run could not compare everything">
          <span className="wrap-anywhere">{found.cause}</span>
        </Alert>
      )}
      <KeyValuePairs
        columns={4}
        items={[
          { label: "Last verified", value: found.verifiedAt === null ? "Never" : <><Moment at={found.verifiedAt} /><Box color="text-body-secondary"><Ago at={found.verifiedAt} /></Box></> },
          { label: "Last tried", value: <Ago at={found.triedAt} /> },
          { label: "Stacks", value: String(found.stacks) },
          { label: "Mismatches", value: found.mismatches === 0 ? "None" : `${found.mismatches}, ${found.repaired} repaired` },
        ]}
      />
    </SpaceBetween>
  );
}

function Runs({ project, told }: { project: string; told: string }) {
  const runs = useRuns(project, told);
  const columns: Column<Findings>[] = [
    { id: "ended", header: "Ended", isRowHeader: true, width: 200, cell: (each) => <Moment at={each.triedAt} /> },
    {
      id: "found", header: "Found", minWidth: 220,
      cell: (each) => (
        <span className="wrap-anywhere">
          <StatusIndicator type={each.cause !== null || each.failed > 0 ? "error" : each.mismatches + each.drifted > 0 ? "warning" : "success"}>{foundWords(each)}</StatusIndicator>
        </span>
      ),
    },
    { id: "stacks", header: "Stacks", width: 100, cardWidth: 50, cell: (each) => each.stacks },
    { id: "calls", header: "Calls", width: 100, cardWidth: 50, cell: (each) => each.callsMade },
  ];
  return (
    <Reading query={runs} what="Reading the last runs">
      {(items) => (
        <Listing
          label="The last runs of reconcile"
          variant="embedded"
          items={items}
          idOf={(each) => each.triedAt}
          columns={columns}
          empty={<Empty title="No run in the last 7 days">Older ones are not kept.</Empty>}
        />
      )}
    </Reading>
  );
}
