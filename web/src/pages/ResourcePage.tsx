import SpaceBetween from "@cloudscape-design/components/space-between";
import { Suspense, lazy } from "react";
import { useParams } from "react-router";
import type { Kind, Resource } from "../api/client";
import { useKindOfPath, useKinds, useResource } from "../api/queries";
import { ActionButtons } from "../changes/ActionButtons";
import { inSentence } from "../forms/schema";
import { Empty, Loading, Reading } from "../parts/Blocks";
import { Page } from "../parts/Page";
import { PageLink } from "../parts/PageLink";
import { changesPath } from "../paths";
import { NotFound } from "../shell/NotFound";
import { DriftNote, Emptying, LastCause, ReferencedBy, Standing } from "./resource/Standing";
import { Outputs, RecentChanges, SpecLines } from "./resource/Told";

const CredentialsSection = lazy(() => import("./resource/CredentialsSection"));
const SftpSection = lazy(() => import("./resource/SftpSection"));

/** One resource: how it stands, who is at work on it, what was asked for, what may be done. */
export default function ResourcePage() {
  const { project = "", path = "", name = "" } = useParams();
  const kinds = useKinds();
  const kind = useKindOfPath(path);
  const query = useResource(project, kind?.kind, name);
  if (kinds.data !== undefined && kind === undefined) return <NotFound />;
  return (
    <Reading title={name} query={{ ...query, data: query.resource === undefined || kind === undefined ? undefined : { kind, resource: query.resource } }}>
      {(known) =>
        known.resource === null ? (
          <Gone project={project} kind={known.kind} name={name} />
        ) : (
          <Shown project={project} kind={known.kind} resource={known.resource} />
        )
      }
    </Reading>
  );
}

function Shown(props: { project: string; kind: Kind; resource: Resource }) {
  const { project, kind, resource } = props;
  return (
    <Page title={<span className="wrap-anywhere">{resource.name}</span>} description={kind.title} actions={<ActionButtons {...props} />}>
      <SpaceBetween size="l">
        <Emptying {...props} />
        <LastCause {...props} />
        <Standing {...props} />
        <DriftNote {...props} />
        {kind.credentials && (
          <Suspense fallback={<Loading what="Reading its credentials" />}>
            <CredentialsSection {...props} />
          </Suspense>
        )}
        <Suspense>
          <SftpSection {...props} />
        </Suspense>
        <SpecLines kind={kind} resource={resource} />
        <Outputs resource={resource} />
        <ReferencedBy {...props} />
        <RecentChanges project={project} resource={resource} />
      </SpaceBetween>
    </Page>
  );
}

function Gone({ project, kind, name }: { project: string; kind: Kind; name: string }) {
  const all = `${changesPath(project)}?${new URLSearchParams({ resource: `${kind.kind}/${name}` }).toString()}`;
  return (
    <Page title={<span className="wrap-anywhere">{name}</span>} description={kind.title}>
      <Empty title={`There is no ${inSentence(kind.title)} ${name}`} action={<PageLink to={all}>Its changes</PageLink>}>
        It was deleted, or never created. What was done with it, its changes tell.
      </Empty>
    </Page>
  );
}
