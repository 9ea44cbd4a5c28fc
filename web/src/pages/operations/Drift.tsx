import Header from "@cloudscape-design/components/header";
import { Empty } from "../../parts/Blocks";
import type { Column } from "../../parts/Listing";
import { Ago } from "../../parts/Moment";
import { plain } from "../../parts/words";
import { LongListing } from "./LongListing";
import { ResourceLink } from "./ResourceLink";
import { type Drifted, remedyOf } from "./attention";

/** What was changed past Stowage: which part, found when, and what puts it right. */
export function Drift({ project, drifted }: { project: string; drifted: readonly Drifted[] }) {
  const columns: Column<Drifted>[] = [
    { id: "resource", header: "Resource", isRowHeader: true, minWidth: 170, cell: (each) => <ResourceLink project={project} resource={each} /> },
    {
      id: "parts", header: "What differs, and what puts it right", minWidth: 300,
      cell: ({ drift }) => (
        <ul className="cell-list wrap-anywhere">
          {(drift.resources ?? []).map((part) => (
            <li key={`${part.type} ${part.id}`}>
              <b>{part.type}</b> {part.id}: {plain(part.status).toLowerCase()}
              {(part.properties ?? []).length > 0 && ` (${(part.properties ?? []).join(", ")})`}. {remedyOf(part)}
            </li>
          ))}
        </ul>
      ),
    },
    { id: "found", header: "Found", width: 130, cell: ({ drift }) => <Ago at={drift.checkedAt} /> },
  ];
  return (
    <LongListing
      label="What has drifted"
      header={
        <Header
          variant="h2"
          counter={`(${drifted.length})`}
          description={
            drifted.length > 0 &&
            "Saving the same spec again does not put it right. First find out by CloudTrail in the project's account who it was, and why; the commands stand in the operations manual, “Put right what has drifted”."
          }
        >
          Drifted
        </Header>
      }
      items={drifted}
      columns={columns}
      empty={<Empty title="Nothing has drifted">What is changed in AWS past Stowage is found once a day and after every change, and told here with what puts it right.</Empty>}
    />
  );
}
