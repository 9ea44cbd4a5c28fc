import { useParams } from "react-router";
import { useFeed } from "../api/queries";
import { Empty, Reading } from "../parts/Blocks";
import { Page } from "../parts/Page";

/** Locks that are held, stacks that drifted, and what reconcile found. */
export default function OperationsPage() {
  const { project = "" } = useParams();
  return (
    <Page title="Operations" description="Locks that are held, stacks that drifted, and what reconcile found.">
      <Reading query={useFeed(project)}>{() => <Empty title="Nothing to show yet" />}</Reading>
    </Page>
  );
}
