import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import { useQuery } from "@tanstack/react-query";
import { useApi } from "../../api/ApiProvider";
import { type Change, type Kind, type Resource, dataOf } from "../../api/client";
import { keys } from "../../api/keys";
import { type Schema, labelOf } from "../../forms/schema";
import { Empty, Reading } from "../../parts/Blocks";
import { Breakable } from "../../parts/Breakable";
import { Listing } from "../../parts/Listing";
import { Moment } from "../../parts/Moment";
import { PageLink } from "../../parts/PageLink";
import { SpecPairs } from "../../parts/SpecPairs";
import { ChangeStatus } from "../../parts/Status";
import { doing } from "../../parts/words";
import { changePath, changesPath } from "../../paths";

/** What CloudFormation gave it: names, addresses, ARNs, to be copied. */
export function Outputs({ resource }: { resource: Resource }) {
  const outputs = Object.entries(resource.outputs);
  if (outputs.length === 0) return null;
  return (
    <Container header={<Header variant="h2" description="What other programs need to reach it.">Outputs</Header>}>
      <KeyValuePairs
        columns={2}
        minColumnWidth={250}
        items={outputs.map(([name, value]) => ({
          label: <span className="wrap-anywhere">{outputLabel(name)}</span>,
          value: (
            <CopyToClipboard variant="inline" textToCopy={value} textToDisplay={<Breakable text={value} />} copyButtonAriaLabel={`Copy ${outputLabel(name)}`} copySuccessText="Copied" copyErrorText="Could not be copied" />
          ),
        }))}
      />
    </Container>
  );
}

function outputLabel(name: string): string {
  return labelOf({}, name).replace(/\bArn\b/, "ARN");
}

const STANDS_NOT: ReadonlySet<string> = new Set(["CREATING", "CREATE_FAILED"]);

/** The spec in words: of what stands, and before anything does, of what was asked for. */
export function SpecLines({ kind, resource }: { kind: Kind; resource: Resource }) {
  return (
    <Container header={<Header variant="h2">{STANDS_NOT.has(resource.status) ? "What was asked for" : "What stands"}</Header>}>
      <SpecPairs spec={resource.spec} schema={kind.schema as Schema} />
    </Container>
  );
}

const RECENT = 5;

/** The newest changes of it; all of them are the audit's. */
export function RecentChanges({ project, resource }: { project: string; resource: Resource }) {
  const api = useApi();
  const id = `${resource.kind}/${resource.name}`;
  const changes = useQuery({
    queryKey: [...keys.changes(project), id],
    queryFn: async ({ signal }) => {
      const params = { path: { project }, query: { resource: id, limit: RECENT } };
      return dataOf(await api.GET("/v1/projects/{project}/changes", { params, signal })).items;
    },
  });
  const all = `${changesPath(project)}?${new URLSearchParams({ resource: id }).toString()}`;
  return (
    <Container header={<Header variant="h2" actions={<PageLink to={all}>All its changes</PageLink>}>Recent changes</Header>}>
      <Reading query={changes} what="Reading its changes">
        {(items) => (
          <Listing
            label="Recent changes"
            variant="embedded"
            items={items}
            idOf={(each: Change) => each.id}
            columns={[
              { id: "what", header: "What", isRowHeader: true, cell: (each) => <PageLink to={changePath(project, each.id)}>{doing(each.action)}</PageLink> },
              { id: "who", header: "By", cell: (each) => <span className="wrap-anywhere">{each.actor}</span> },
              { id: "when", header: "Started", cell: (each) => <Moment at={each.startedAt} /> },
              { id: "how", header: "Outcome", cell: (each) => <ChangeStatus change={each} /> },
            ]}
            empty={<Empty title="None is known">It was there before Stowage wrote them down, or they are just beginning.</Empty>}
          />
        )}
      </Reading>
    </Container>
  );
}
