import { useParams } from "react-router";
import { useFeed } from "../api/queries";
import { Empty, Reading } from "../parts/Blocks";
import { Page } from "../parts/Page";

/** Which user may do what in which bucket. */
export default function PermissionsPage() {
  const { project = "" } = useParams();
  return (
    <Page title="Permissions" description="Which user may do what in which bucket.">
      <Reading query={useFeed(project)}>{() => <Empty title="Nothing to show yet" />}</Reading>
    </Page>
  );
}
