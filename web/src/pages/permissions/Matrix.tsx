import "./permissions.css";
import Pagination from "@cloudscape-design/components/pagination";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TextFilter from "@cloudscape-design/components/text-filter";
import { useMemo, useState } from "react";
import type { Kind, Resource } from "../../api/client";
import { useRole } from "../../api/queries";
import { Empty } from "../../parts/Blocks";
import { reasonAgainst, reasonAgainstWriting } from "../../parts/roles";
import { useIsPhone } from "../../parts/useIsPhone";
import { useNow } from "../../parts/useNow";
import { CellEditor } from "./CellEditor";
import { Drafts } from "./Drafts";
import { Grid } from "./Grid";
import { UserCards } from "./UserCards";
import { type Draft, type Entry, edited } from "./grants";
import { type Subject, axes, named, pageOf } from "./subjects";

const ROWS = 20;
const COLUMNS = 6;

interface Cell {
  readonly subject: Subject;
  /** null: to be chosen, on a phone. */
  readonly bucket: string | null;
}

/** What the grid and the cards need to show and to change cells. */
export interface Editing {
  readonly drafts: Readonly<Record<string, Draft>>;
  /** Whether anything can be changed at all: not by auditors. */
  readonly mayWrite: boolean;
  /** Why this user cannot be changed now; null when they can. */
  readonly reasonAgainst: (subject: Subject) => string | null;
  readonly edit: (subject: Subject, bucket: string | null) => void;
}

/** Users and buckets, filtered and paged, so that 200 × 200 are as quick as 2 × 2; and what was changed and not saved. */
export function Matrix({ project, rows, kinds }: { project: string; rows: readonly Resource[]; kinds: readonly Kind[] }) {
  const { subjects, buckets } = useMemo(() => axes(rows, kinds), [rows, kinds]);
  const [user, setUser] = useState({ words: "", page: 1 });
  const [column, setColumn] = useState({ words: "", page: 1 });
  const [drafts, setDrafts] = useState<Readonly<Record<string, Draft>>>({});
  const [cell, setCell] = useState<Cell | null>(null);
  const role = useRole(project);
  const now = useNow();
  const isPhone = useIsPhone();
  const minute = Math.floor(now / 60_000) * 60_000; // a matrix that is drawn anew each second would be for nothing
  const found = named(subjects, ({ resource }) => resource.name, user.words);
  const columns = named(buckets, (bucket) => bucket, column.words);
  const shownUsers = pageOf(found, user.page, ROWS);
  const shownBuckets = pageOf(columns, column.page, COLUMNS);

  const setDraft = (id: string, draft: Draft | undefined) =>
    setDrafts(({ [id]: _old, ...others }) => (draft === undefined ? others : { ...others, [id]: draft }));
  const apply = ({ subject }: Cell, bucket: string, own: readonly Entry[]) => {
    setDraft(subject.id, edited(drafts[subject.id], subject.resource, subject.rules, bucket, own));
    setCell(null);
  };
  const editing: Editing = {
    drafts,
    mayWrite: reasonAgainstWriting(role) === null,
    reasonAgainst: ({ resource }) => reasonAgainst("update", resource, role, minute),
    edit: (subject, bucket) => setCell({ subject, bucket }),
  };

  if (subjects.length === 0) {
    return (
      <Empty title="Nobody has any permission yet">
        Create a user for a program, or an SFTP user for a partner: what each may do in which bucket is shown here, and changed.
      </Empty>
    );
  }
  return (
    <SpaceBetween size="m">
      <div className="permission-filters">
        <Filter what="users" words={user.words} count={found.length} onChange={(words) => setUser({ words, page: 1 })} />
        <Filter what="buckets" words={column.words} count={columns.length} onChange={(words) => setColumn({ words, page: 1 })} />
      </div>
      <Drafts project={project} subjects={subjects} drafts={drafts} setDraft={setDraft} now={minute} />
      <div className="permission-pages">
        <Pages what="users" page={shownUsers} onChange={(page) => setUser({ ...user, page })} count={found.length} size={ROWS} />
        {!isPhone && <Pages what="buckets" page={shownBuckets} onChange={(page) => setColumn({ ...column, page })} count={columns.length} size={COLUMNS} />}
      </div>
      {found.length === 0 ? (
        <Empty title="No user matches">Search for something else.</Empty>
      ) : isPhone ? (
        <UserCards project={project} subjects={shownUsers.shown} buckets={columns} editing={editing} now={minute} />
      ) : (
        <Grid project={project} subjects={shownUsers.shown} buckets={shownBuckets.shown} editing={editing} now={minute} />
      )}
      {cell !== null && (
        <CellEditor
          subject={cell.subject}
          bucket={cell.bucket}
          buckets={buckets}
          draft={drafts[cell.subject.id]}
          apply={(bucket, own) => apply(cell, bucket, own)}
          close={() => setCell(null)}
        />
      )}
    </SpaceBetween>
  );
}

function Filter({ what, words, count, onChange }: { what: string; words: string; count: number; onChange: (words: string) => void }) {
  return (
    <TextFilter
      filteringText={words}
      filteringPlaceholder={`Find ${what}`}
      filteringAriaLabel={`Find ${what}`}
      filteringClearAriaLabel={`Show all ${what}`}
      countText={words === "" ? "" : `${count} ${count === 1 ? "match" : "matches"}`}
      onChange={({ detail }) => onChange(detail.filteringText)}
    />
  );
}

interface PagesProps {
  readonly what: string;
  readonly page: { readonly page: number; readonly pages: number };
  readonly count: number;
  readonly size: number;
  readonly onChange: (page: number) => void;
}

function Pages({ what, page: { page, pages }, count, size, onChange }: PagesProps) {
  if (pages === 1) return null;
  const first = (page - 1) * size + 1;
  return (
    <div className="permission-page">
      <span>
        {what.charAt(0).toUpperCase() + what.slice(1)} {first}–{Math.min(count, first + size - 1)} of {count}
      </span>
      <Pagination
        currentPageIndex={page}
        pagesCount={pages}
        ariaLabels={{ paginationLabel: `Pages of ${what}`, nextPageLabel: `Next ${what}`, previousPageLabel: `Previous ${what}`, pageLabel: (each) => `Page ${each} of ${what}` }}
        onChange={({ detail }) => onChange(detail.currentPageIndex)}
      />
    </div>
  );
}
