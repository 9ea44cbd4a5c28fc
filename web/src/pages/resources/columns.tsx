import type { Kind } from "../../api/client";
import type { ShownResource } from "../../changes/requested";
import type { Column } from "../../parts/Listing";
import { LockNote } from "../../parts/LockNote";
import { Mail } from "../../parts/Mail";
import { Ago } from "../../parts/Moment";
import { PageLink } from "../../parts/PageLink";
import { Status } from "../../parts/Status";
import { statusWords } from "../../parts/words";
import { resourcePath } from "../../paths";

/** The table's columns; the cards show the same. */
export function columnsOf(project: string, kinds: readonly Kind[]): Column<ShownResource>[] {
  const titles = new Map(kinds.map((kind) => [kind.kind, kind.title]));
  const paths = new Map(kinds.map((kind) => [kind.kind, kind.path]));
  const title = (row: ShownResource) => titles.get(row.kind) ?? row.kind;
  return [
    {
      id: "name", header: "Name", sortingField: "name", isRowHeader: true, minWidth: 180,
      cell: (row) => <PageLink to={resourcePath(project, paths.get(row.kind) ?? row.kind, row.name)}>{row.name}</PageLink>,
    },
    {
      id: "kind", cardWidth: 50, header: "Kind", width: 115,
      cell: title, sortingComparator: (a, b) => title(a).localeCompare(title(b)),
    },
    {
      id: "status", cardWidth: 50, header: "Status", width: 160,
      cell: (row) => <span data-status={row.status}><Status status={row.status} /></span>,
      sortingComparator: (a, b) => statusWords(a.status)[0].localeCompare(statusWords(b.status)[0]),
    },
    {
      id: "lock", header: "At work", minWidth: 160,
      cell: (row) => (row.lock === null ? "Nobody" : <LockNote lock={row.lock} />),
      sortingComparator: (a, b) => (a.lock?.actor ?? "~").localeCompare(b.lock?.actor ?? "~"),
    },
    {
      id: "owner", cardWidth: 50, header: "Owner", minWidth: 195,
      cell: (row) => <Mail address={ownerOf(row)} />, sortingComparator: (a, b) => ownerOf(a).localeCompare(ownerOf(b)),
    },
    {
      id: "verified", cardWidth: 50, header: "Checked", width: 120,
      cell: (row) => (row.verifiedAt === null ? "–" : <Ago at={row.verifiedAt} />),
      sortingComparator: (a, b) => (a.verifiedAt ?? "").localeCompare(b.verifiedAt ?? ""),
    },
  ];
}

/** Whoever answers for it; every kind of today has an owner, one of tomorrow may not. */
export function ownerOf(row: ShownResource): string {
  const { owner } = row.spec;
  return typeof owner === "string" ? owner : "–";
}
