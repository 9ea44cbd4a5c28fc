import { useParams } from "react-router";
import { useFeed, useKinds } from "../api/queries";
import { Reading } from "../parts/Blocks";
import { Page } from "../parts/Page";
import { Matrix } from "./permissions/Matrix";

/** Which user may do what in which bucket; what is changed here is reviewed before it is saved. */
export default function PermissionsPage() {
  const { project = "" } = useParams();
  const feed = useFeed(project);
  const kinds = useKinds();
  const data = feed.data === undefined || kinds.data === undefined ? undefined : { rows: feed.data.rows, kinds: kinds.data };
  const query = { data, error: feed.error ?? kinds.error, refetch: () => (feed.refetch(), kinds.refetch()) };
  return (
    <Page title="Permissions" description="Which user may do what in which bucket. What you change here is shown to you before it is saved.">
      <Reading query={query} what="Reading the permissions">
        {({ rows, kinds: known }) => <Matrix project={project} rows={Object.values(rows)} kinds={known} />}
      </Reading>
    </Page>
  );
}
