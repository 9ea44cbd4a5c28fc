import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import type { Resource } from "../../api/client";
import { Empty } from "../../parts/Blocks";
import type { Column } from "../../parts/Listing";
import { PageLink } from "../../parts/PageLink";
import { Status } from "../../parts/Status";
import { changePath } from "../../paths";
import { LongListing } from "./LongListing";
import { ResourceLink } from "./ResourceLink";
import { helpOf } from "./attention";

/** What neither time nor reconcile puts right: each with its cause and what helps. */
export function Waiting({ project, waiting }: { project: string; waiting: readonly Resource[] }) {
  const columns: Column<Resource>[] = [
    { id: "resource", header: "Resource", isRowHeader: true, minWidth: 170, cell: (each) => <ResourceLink project={project} resource={each} /> },
    { id: "status", header: "Status", width: 180, cell: (each) => <Status status={each.status} /> },
    {
      id: "why", header: "Why, and what helps", minWidth: 260,
      cell: (each) => (
        <span className="wrap-anywhere">
          {each.cause !== null && <Box variant="p">{each.cause}</Box>}
          {helpOf(each)}
        </span>
      ),
    },
    {
      id: "change", header: "Last change", width: 150,
      cell: (each) => (each.change === null ? "–" : <PageLink to={changePath(project, each.change)} ariaLabel={`See the change of ${each.name}`}>See the change</PageLink>),
    },
  ];
  return (
    <LongListing
      label="What needs somebody"
      header={<Header variant="h2" counter={`(${waiting.length})`} description={waiting.length > 0 && "It stays so until somebody acts. The resource's page has what can be done."}>Needs somebody</Header>}
      items={waiting}
      columns={columns}
      empty={<Empty title="Nothing waits for anybody">What fails and stays half done, or is missing in AWS, is told here with its cause and what helps.</Empty>}
    />
  );
}
