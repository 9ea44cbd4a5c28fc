import Link from "@cloudscape-design/components/link";
import Table, { type TableProps } from "@cloudscape-design/components/table";
import type { FocusEvent } from "react";
import { PageLink } from "../../parts/PageLink";
import { resourcePath } from "../../paths";
import { AccessOfUser, CellPurpose, CellWords } from "./CellWords";
import type { Editing } from "./Matrix";
import { entriesOf, inBucket } from "./grants";
import type { Subject } from "./subjects";

interface Props {
  readonly project: string;
  readonly subjects: readonly Subject[];
  readonly buckets: readonly string[];
  readonly editing: Editing;
  readonly now: number;
}

/**
 * Users down, buckets across; each cell is a button for who may change it, and text for who may not. With a keyboard it
 * is one stop, and the arrows lead from cell to cell: https://www.w3.org/WAI/ARIA/apg/patterns/grid/
 */
export function Grid({ project, subjects, buckets, editing, now }: Props) {
  const columns: TableProps.ColumnDefinition<Subject>[] = [
    { id: "user", header: "User", isRowHeader: true, minWidth: 180, cell: (subject) => <User project={project} subject={subject} editing={editing} now={now} /> },
    ...buckets.map((bucket) => ({
      id: `bucket ${bucket}`,
      header: (
        <span className="wrap-anywhere">
          <PageLink to={resourcePath(project, "buckets", bucket)}>{bucket}</PageLink>
        </span>
      ),
      minWidth: 120,
      cell: (subject: Subject) => <Cell subject={subject} bucket={bucket} editing={editing} />,
    })),
  ];
  return (
    <div onFocus={reveal}>
      <Table
        items={subjects}
        trackBy="id"
        columnDefinitions={columns}
        stickyColumns={{ first: 1 }}
        cellVerticalAlign="top"
        wrapLines
        enableKeyboardNavigation
        ariaLabels={{ tableLabel: "Permissions, users by buckets" }}
      />
    </div>
  );
}

/** What lies under the column that stays counts as seen to a browser, which then does not scroll by itself. */
function reveal({ target }: FocusEvent<HTMLElement>): void {
  target.closest("td, th")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function User({ project, subject, editing, now }: { subject: Subject } & Pick<Props, "project" | "editing" | "now">) {
  const { resource, kind } = subject;
  return (
    <div className="wrap-anywhere">
      <PageLink to={resourcePath(project, kind.path, resource.name)}>{resource.name}</PageLink>
      <AccessOfUser subject={subject} now={now} reason={editing.mayWrite ? editing.reasonAgainst(subject) : null} />
    </div>
  );
}

function Cell({ subject, bucket, editing }: { subject: Subject; bucket: string; editing: Editing }) {
  const { resource, rules, id } = subject;
  const saved = entriesOf(resource.spec, rules);
  const words = <CellWords entries={inBucket(editing.drafts[id]?.entries ?? saved, bucket)} saved={inBucket(saved, bucket)} />;
  if (editing.reasonAgainst(subject) !== null) return <div className="permission-words">{words}</div>;
  return (
    <div className="permission-open">
      <Link onFollow={() => editing.edit(subject, bucket)}>
        {words}
        <CellPurpose user={resource.name} bucket={bucket} />
      </Link>
    </div>
  );
}
