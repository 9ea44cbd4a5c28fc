import SpaceBetween from "@cloudscape-design/components/space-between";
import { useParams } from "react-router";
import { useFeed } from "../api/queries";
import { Reading } from "../parts/Blocks";
import { Page } from "../parts/Page";
import { Drift } from "./operations/Drift";
import { Locks } from "./operations/Locks";
import { Reconcile } from "./operations/Reconcile";
import { Waiting } from "./operations/Waiting";
import { driftedOf, lockedOf, waitingOf } from "./operations/attention";

/** What is locked, what waits for somebody, what has drifted, and what reconcile found. */
export default function OperationsPage() {
  const { project = "" } = useParams();
  return (
    <Page title="Operations" description="What is locked, what needs somebody, what was changed past Stowage, and whether all of it was compared with AWS.">
      <Reading query={useFeed(project)} what="Reading the resources">
        {(feed) => (
          <SpaceBetween size="l">
            <Locks key={`locks ${project}`} project={project} locked={lockedOf(feed)} />
            <Waiting key={`waiting ${project}`} project={project} waiting={waitingOf(feed)} />
            <Drift key={`drift ${project}`} project={project} drifted={driftedOf(feed)} />
          </SpaceBetween>
        )}
      </Reading>
      <Reconcile key={project} project={project} />
    </Page>
  );
}
