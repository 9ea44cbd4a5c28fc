import Button from "@cloudscape-design/components/button";
import Header from "@cloudscape-design/components/header";
import { useState } from "react";
import { useKinds, useRole } from "../../api/queries";
import { rowId } from "../../live/feed";
import { Empty } from "../../parts/Blocks";
import type { Column } from "../../parts/Listing";
import { Ago } from "../../parts/Moment";
import { PageLink } from "../../parts/PageLink";
import { doing } from "../../parts/words";
import { changePath } from "../../paths";
import { BreakDialog } from "./BreakDialog";
import { LongListing } from "./LongListing";
import { ResourceLink } from "./ResourceLink";
import { type Locked, reasonAgainstOperating } from "./attention";

/** What is locked now, by whom, and the way to free what a dead change has left. */
export function Locks({ project, locked }: { project: string; locked: readonly Locked[] }) {
  const role = useRole(project);
  const kinds = useKinds().data;
  const [opened, setOpened] = useState<Locked | null>(null);
  const reason = reasonAgainstOperating(role, "breaks a lock") ?? (kinds === undefined ? "The kinds are not known yet." : null);
  const columns: Column<Locked>[] = [
    { id: "resource", header: "Resource", isRowHeader: true, minWidth: 170, cell: (each) => <ResourceLink project={project} resource={each} /> },
    { id: "doing", header: "At work", width: 120, cardWidth: 50, cell: ({ lock }) => doing(lock.action) },
    { id: "holder", header: "By", minWidth: 200, cardWidth: 50, cell: ({ lock }) => <span className="wrap-anywhere">{lock.actor}</span> },
    { id: "since", header: "Since", width: 130, cardWidth: 50, cell: ({ lock }) => <Ago at={lock.since} /> },
    {
      id: "change", header: "Change", width: 130, cardWidth: 50,
      cell: ({ name, lock }) => <PageLink to={changePath(project, lock.change)} ariaLabel={`Follow it: the change of ${name}`}>Follow it</PageLink>,
    },
  ];
  // Who may only look finds nothing to press.
  if (role !== undefined && role !== "auditor") {
    columns.push({
      id: "break", header: "Actions", width: 190,
      cell: (each) => (
        <Button
          wrapText={false}
          ariaLabel={`Break the lock of ${each.name}`}
          disabled={reason !== null}
          disabledReason={reason ?? ""}
          onClick={() => setOpened(each)}
        >
          Break the lock
        </Button>
      ),
    });
  }
  const path = kinds?.find((each) => each.kind === opened?.kind)?.path;
  const now = opened === null ? undefined : locked.find((each) => rowId(each.kind, each.name) === rowId(opened.kind, opened.name));
  return (
    <>
      <LongListing
        label="Locked resources"
        header={<Header variant="h2" counter={`(${locked.length})`}>Locked now</Header>}
        items={locked}
        columns={columns}
        empty={<Empty title="Nothing is locked">While a change runs, its resource is locked, and is told here with who changes it. It is freed as the change ends.</Empty>}
      />
      {opened !== null && path !== undefined && (
        <BreakDialog key={opened.lock.change} project={project} path={path} resource={opened} isHeld={now?.lock.change === opened.lock.change} onClose={() => setOpened(null)} />
      )}
    </>
  );
}
