import { useState } from "react";
import { useParams } from "react-router";
import type { Kind, Resource } from "../api/client";
import { useKindOfPath, useKinds, useResource } from "../api/queries";
import { Empty, Reading } from "../parts/Blocks";
import { NotFound } from "../shell/NotFound";
import { SpecPage } from "./spec/SpecPage";

/** Edit a resource's spec. */
export default function EditPage() {
  const { project = "", path = "", name = "" } = useParams();
  const kinds = useKinds();
  const kind = useKindOfPath(path);
  const query = useResource(project, kind?.kind, name);
  if (kinds.data !== undefined && kind === undefined) return <NotFound />;
  return (
    <Reading title={name} query={{ ...query, data: query.resource === undefined || kind === undefined ? undefined : { kind, resource: query.resource } }}>
      {(known) =>
        known.resource === null ? (
          <Empty title={`There is no ${known.kind.title} ${name}`}>It may have been deleted meanwhile.</Empty>
        ) : (
          <Edit key={`${path}/${name}`} project={project} kind={known.kind} resource={known.resource} />
        )
      }
    </Reading>
  );
}

/** What is edited is what stood when the page was opened: what others do meanwhile must not change it under one's hands. */
function Edit({ project, kind, resource }: { project: string; kind: Kind; resource: Resource }) {
  const [opened] = useState(resource);
  return <SpecPage project={project} kind={kind} start={opened.spec} seen={opened} now={resource} />;
}
