import { resourcePath } from "../../paths";
import { PageLink } from "../../parts/PageLink";
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

/** Users down, buckets across; each cell is a button for who may change it, and text for who may not. */
export function Grid({ project, subjects, buckets, editing, now }: Props) {
  return (
    <div className="permission-grid" role="region" aria-label="Permissions, users by buckets" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">User</th>
            {buckets.map((bucket) => (
              <th key={bucket} scope="col" className="wrap-anywhere">
                <PageLink to={resourcePath(project, "buckets", bucket)}>{bucket}</PageLink>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {subjects.map((subject) => (
            <Row key={subject.id} project={project} subject={subject} buckets={buckets} editing={editing} now={now} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Row({ project, subject, buckets, editing, now }: Omit<Props, "subjects"> & { subject: Subject }) {
  const { resource, kind, rules, id } = subject;
  const reason = editing.reasonAgainst(subject);
  const saved = entriesOf(resource.spec, rules);
  const entries = editing.drafts[id]?.entries ?? saved;
  return (
    <tr>
      <th scope="row" className="wrap-anywhere">
        <PageLink to={resourcePath(project, kind.path, resource.name)}>{resource.name}</PageLink>
        <AccessOfUser subject={subject} now={now} reason={editing.mayWrite ? reason : null} />
      </th>
      {buckets.map((bucket) => {
        const own = inBucket(entries, bucket);
        const words = <CellWords entries={own} saved={inBucket(saved, bucket)} />;
        return (
          <td key={bucket}>
            {reason === null ? (
              <button type="button" className="permission-cell" onClick={() => editing.edit(subject, bucket)}>
                {words}
                <CellPurpose user={resource.name} bucket={bucket} />
              </button>
            ) : (
              <div className="permission-cell">{words}</div>
            )}
          </td>
        );
      })}
    </tr>
  );
}
