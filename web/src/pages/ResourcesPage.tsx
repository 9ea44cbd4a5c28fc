import { Suspense, lazy } from "react";
import { useParams } from "react-router";
import { useFeed, useKinds, useRole } from "../api/queries";
import { shownRows } from "../changes/requested";
import { useRequested } from "../changes/useRequest";
import { Reading } from "../parts/Blocks";
import { ResourceTable } from "./resources/ResourceTable";

const NoticeBanner = lazy(() => import("./resources/NoticeBanner"));

/** Every resource of a project, of every kind, in one table. */
export default function ResourcesPage() {
  const { project = "" } = useParams();
  const feed = useFeed(project);
  const kinds = useKinds();
  const requested = useRequested(project);
  const role = useRole(project);
  return (
    <Reading query={feed} title="Resources" what="Reading the resources">
      {(known) => (
        <Reading query={kinds} title="Resources" what="Reading the kinds">
          {(all) => (
            <>
              <Suspense>
                <NoticeBanner project={project} kinds={all} />
              </Suspense>
              <ResourceTable project={project} rows={shownRows(known, requested)} kinds={all} role={role} />
            </>
          )}
        </Reading>
      )}
    </Reading>
  );
}
