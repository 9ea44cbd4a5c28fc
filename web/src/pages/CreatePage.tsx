import { useState } from "react";
import { useParams } from "react-router";
import { useKinds } from "../api/queries";
import { Failed, Reading } from "../parts/Blocks";
import { NotFound } from "../shell/NotFound";
import type { Kind } from "../api/client";
import { type Schema, startOf } from "../forms/schema";
import { SpecPage } from "./spec/SpecPage";

/** Create a resource of the kind that the address names. */
export default function CreatePage() {
  const { project = "", path = "" } = useParams();
  return (
    <Reading query={useKinds()} title="Create" what="Reading the kinds">
      {(kinds) => {
        const kind = kinds.find((each) => each.path === path);
        return kind === undefined ? <NotFound /> : <Create key={path} project={project} kind={kind} />;
      }}
    </Reading>
  );
}

function Create({ project, kind }: { project: string; kind: Kind }) {
  const schema = kind.schema as Schema;
  const [start] = useState(() => startOf({ ...schema, default: undefined } as Schema, schema));
  if (typeof start !== "object" || start === null) return <Failed error={new Error("this kind has no fields")} />;
  return <SpecPage project={project} kind={kind} start={start as Record<string, unknown>} seen={null} />;
}
