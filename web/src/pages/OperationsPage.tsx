import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useParams } from "react-router";
import { useFeed } from "../api/queries";
import { Empty, Reading } from "../parts/Blocks";

/** Locks that are held, stacks that drifted, and what reconcile found. */
export default function OperationsPage() {
  const { project = "" } = useParams();
  return (
    <ContentLayout header={<Header variant="h1" description="Locks that are held, stacks that drifted, and what reconcile found.">Operations</Header>}>
      <Reading query={useFeed(project)}>{() => <Empty title="Nothing to show yet" />}</Reading>
    </ContentLayout>
  );
}
