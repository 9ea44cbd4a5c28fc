import { useCollection } from "@cloudscape-design/collection-hooks";
import Header from "@cloudscape-design/components/header";
import Pagination from "@cloudscape-design/components/pagination";
import { Suspense, lazy, useEffect, useMemo, useState } from "react";
import { NavigationType, useLocation, useNavigationType, useSearchParams } from "react-router";
import type { Kind, Role } from "../../api/client";
import type { ShownResource } from "../../changes/requested";
import { rowId } from "../../live/feed";
import { Empty } from "../../parts/Blocks";
import { Listing } from "../../parts/Listing";
import { CreateButton } from "./CreateButton";
import { columnsOf } from "./columns";
import { type Choice, Filters, matches } from "./Filters";

const Verified = lazy(() => import("./Verified"));

const PER_PAGE = 50;
const idOf = (row: ShownResource) => rowId(row.kind, row.name);

interface Props {
  readonly project: string;
  readonly rows: readonly ShownResource[];
  readonly kinds: readonly Kind[];
  readonly role: Role | undefined;
}

const choiceOf = (search: URLSearchParams): Choice => ({ text: search.get("q") ?? "", kind: search.get("kind") ?? "", status: search.get("status") ?? "" });

/**
 * What is looked for. It stands in the address, to be sent and reloaded, and is kept here all the same: the address
 * follows a moment later, and a field that waited for it would lose letters that are typed meanwhile.
 */
function useChoice(): readonly [Choice, (next: Choice) => void] {
  const [search, setSearch] = useSearchParams();
  const [choice, setChoice] = useState(() => choiceOf(search));
  const navigation = useNavigationType();
  const { key } = useLocation();
  useEffect(() => {
    if (navigation !== NavigationType.Replace) setChoice(choiceOf(search)); // gone to by a link, or back and forth
  }, [key]);
  const choose = (next: Choice) => {
    setChoice(next);
    const told = Object.entries({ q: next.text, kind: next.kind, status: next.status }).filter(([, value]) => value !== "");
    setSearch(new URLSearchParams(told), { replace: true });
  };
  return [choice, choose];
}

/** The table; cards where there is no room for one. */
export function ResourceTable({ project, rows, kinds, role }: Props) {
  const [choice, choose] = useChoice();
  const found = useMemo(() => rows.filter((row) => matches(row, choice)), [rows, choice.text, choice.kind, choice.status]);
  const columns = useMemo(() => columnsOf(project, kinds), [project, kinds]);
  const { items, collectionProps, paginationProps } = useCollection(found, {
    sorting: { defaultState: { sortingColumn: columns[0] ?? {} } },
    pagination: { pageSize: PER_PAGE },
  });
  const create = <CreateButton project={project} kinds={kinds} role={role} />;
  const header = (
    <Header
      variant="h1"
      counter={found.length === rows.length ? `(${rows.length})` : `(${found.length} of ${rows.length})`}
      actions={create}
      description={
        <Suspense fallback={"\u00a0" /* its line, so that the table stays where it is */}>
          <Verified project={project} />
        </Suspense>
      }
    >
      Resources
    </Header>
  );
  const filter = <Filters choice={choice} onChange={choose} kinds={kinds} count={found.length} />;
  const pages = found.length > PER_PAGE ? <Pagination {...paginationProps} /> : undefined;
  const empty =
    rows.length === 0 ? (
      <Empty title="Nothing is here yet" action={create}>
        Create a bucket to keep data in; then a user for a program, or an SFTP user for a partner, who may reach it. Whatever
        you or others create is in this table at once.
      </Empty>
    ) : (
      <Empty title="Nothing matches">Search for something else, or choose another kind or status.</Empty>
    );
  return (
    <Listing
      label="Resources"
      items={items}
      idOf={idOf}
      columns={columns}
      header={header}
      filter={filter}
      pagination={pages}
      empty={empty}
      sorting={collectionProps}
    />
  );
}
