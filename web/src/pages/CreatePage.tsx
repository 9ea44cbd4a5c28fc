import { useState } from "react";
import { useParams, useSearchParams } from "react-router";
import { useKinds, useResource } from "../api/queries";
import { Failed, Reading } from "../parts/Blocks";
import { NotFound } from "../shell/NotFound";
import type { Kind, Spec } from "../api/client";
import { type Schema, startOf } from "../forms/schema";
import { LIKE } from "../paths";
import { SpecPage } from "./spec/SpecPage";

/** Create a resource of the kind that the address names, with the spec of another of them where it names one. */
export default function CreatePage() {
  const { project = "", path = "" } = useParams();
  const [search] = useSearchParams();
  const like = search.get(LIKE);
  return (
    <Reading query={useKinds()} title="Create" what="Reading the kinds">
      {(kinds) => {
        const kind = kinds.find((each) => each.path === path);
        if (kind === undefined) return <NotFound />;
        return like === null ? <Create key={path} project={project} kind={kind} /> : <CreateLike key={`${path}/${like}`} project={project} kind={kind} like={like} />;
      }}
    </Reading>
  );
}

function CreateLike({ project, kind, like }: { project: string; kind: Kind; like: string }) {
  const query = useResource(project, kind.kind, like);
  return (
    <Reading query={{ ...query, data: query.resource === undefined ? undefined : { resource: query.resource } }} title="Create" what={`Reading ${like}`}>
      {({ resource }) => <Create project={project} kind={kind} {...(resource !== null && { spec: resource.spec })} />}
    </Reading>
  );
}

function Create({ project, kind, spec }: { project: string; kind: Kind; spec?: Spec }) {
  const schema = kind.schema as Schema;
  // What is there first stays: what becomes of the other must not change it under one's hands.
  const [start] = useState<unknown>(() => spec ?? startOf({ ...schema, default: undefined } as Schema, schema));
  if (typeof start !== "object" || start === null) return <Failed error={new Error("this kind has no fields")} />;
  return <SpecPage project={project} kind={kind} start={start as Record<string, unknown>} seen={null} />;
}
