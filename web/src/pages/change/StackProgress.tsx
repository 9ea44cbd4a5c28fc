import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import { keys } from "../../api/keys";
import { useTold } from "../../api/queries";
import type { Progress } from "../../live/messages";
import { Empty } from "../../parts/Blocks";
import { Listing } from "../../parts/Listing";
import { plain } from "../../parts/words";
import type { DetailedChange } from "./told";

/** What CloudFormation does inside the stack, as it is told; nothing while nothing is. */
export function StackProgress({ change }: { change: DetailedChange }) {
  const progress = useTold<Progress>(keys.progress(change.project, change.kind, change.name));
  if (progress === undefined || progress.change !== change.id) return null;
  const isEmptying = progress.removed !== undefined;
  return (
    <Container header={<Header variant="h2" description={isEmptying ? "Before CloudFormation deletes it." : "Each part of the stack, as its events tell."}>{isEmptying ? "Emptying" : "What CloudFormation does"}</Header>}>
      {isEmptying ? (
        <Box variant="p">
          <StatusIndicator type={change.status === "RUNNING" ? "in-progress" : "success"}>{progress.removed?.toLocaleString()} removed so far</StatusIndicator>
        </Box>
      ) : (
        <Listing
          label="The parts of the stack"
          variant="embedded"
          items={progress.resources}
          idOf={(part) => part.logicalId}
          columns={[
            { id: "part", header: "Part", isRowHeader: true, cell: (part) => part.logicalId },
            { id: "type", header: "Type", cardWidth: 50, cell: (part) => part.type },
            { id: "status", header: "Status", cardWidth: 50, cell: (part) => <StatusIndicator type={toneOf(part.status)}>{plain(part.status)}</StatusIndicator> },
            { id: "reason", header: "Reason", cell: (part) => <span className="wrap-anywhere">{part.reason ?? "–"}</span> },
          ]}
          empty={<Empty title="Nothing yet" />}
        />
      )}
    </Container>
  );
}

function toneOf(status: string): StatusIndicatorProps.Type {
  if (status.endsWith("_IN_PROGRESS")) return "in-progress";
  if (status.endsWith("_FAILED")) return "error";
  return status.includes("ROLLBACK") ? "warning" : "success";
}
