import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { useParams } from "react-router";
import { useFeed } from "../api/queries";
import { Empty, Reading } from "../parts/Blocks";

/** Which user may do what in which bucket. */
export default function PermissionsPage() {
  const { project = "" } = useParams();
  return (
    <ContentLayout header={<Header variant="h1" description="Which user may do what in which bucket.">Permissions</Header>}>
      <Reading query={useFeed(project)}>{() => <Empty title="Nothing to show yet" />}</Reading>
    </ContentLayout>
  );
}
