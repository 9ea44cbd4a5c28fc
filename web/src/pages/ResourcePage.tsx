import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate, useParams } from "react-router";
import type { Kind, Resource } from "../api/client";
import { useKindOfPath, useKinds, useResource, useRole } from "../api/queries";
import { type Schema, labelOf } from "../forms/schema";
import { Empty, Reading } from "../parts/Blocks";
import { LockNote } from "../parts/LockNote";
import { Ago } from "../parts/Moment";
import { Page } from "../parts/Page";
import { PageLink } from "../parts/PageLink";
import { Status } from "../parts/Status";
import { reasonAgainst } from "../parts/roles";
import { useNow } from "../parts/useNow";
import { changePath, editPath } from "../paths";
import { NotFound } from "../shell/NotFound";

/** One resource: how it stands, who is at work on it, what was asked for. */
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
          <Empty title={`There is no ${known.kind.title} ${name}`}>It may have been deleted. Its changes are still among the project's changes.</Empty>
        ) : (
          <Shown project={project} kind={known.kind} resource={known.resource} />
        )
      }
    </Reading>
  );
}

function Shown({ project, kind, resource }: { project: string; kind: Kind; resource: Resource }) {
  const navigate = useNavigate();
  const role = useRole(project);
  const now = useNow();
  const reason = reasonAgainst("update", resource, role, now);
  const schema = kind.schema as Schema;
  const edit = (
    <Button disabled={reason !== null} disabledReason={reason ?? ""} onClick={() => void navigate(editPath(project, kind.path, resource.name))}>
      Edit
    </Button>
  );
  return (
    <Page title={resource.name} description={kind.title} actions={edit}>
      <SpaceBetween size="l">
        <Container header={<Header variant="h2">How it stands</Header>}>
          <KeyValuePairs
            columns={3}
            items={[
              { label: "Status", value: <Status status={resource.status} /> },
              { label: "At work", value: resource.lock === null ? "Nobody" : <LockNote lock={resource.lock} /> },
              { label: "Version", value: String(resource.version) },
              { label: "Checked", value: resource.verifiedAt === null ? "–" : <Ago at={resource.verifiedAt} /> },
              { label: "Last change", value: resource.change === null ? "–" : <PageLink to={changePath(project, resource.change)}>See the change</PageLink> },
              ...(resource.cause === null ? [] : [{ label: "Cause", value: resource.cause }]),
            ]}
          />
        </Container>
        <Container header={<Header variant="h2">What was asked for</Header>}>
          <KeyValuePairs
            columns={3}
            items={Object.entries(resource.spec).map(([property, value]) => ({
              label: labelOf(schema.properties?.[property] ?? {}, property),
              value: <span className="wrap-anywhere">{shown(value)}</span>,
            }))}
          />
        </Container>
      </SpaceBetween>
    </Page>
  );
}

function shown(value: unknown): string {
  if (value === null || value === "") return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
