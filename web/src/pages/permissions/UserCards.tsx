import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
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

/** On a phone: a card per user, with the buckets that they reach, and a way to another one. */
export function UserCards({ subjects, ...others }: Props) {
  return (
    <SpaceBetween size="s">
      {subjects.map((subject) => (
        <Card key={subject.id} subject={subject} {...others} />
      ))}
    </SpaceBetween>
  );
}

function Card({ project, subject, buckets, editing, now }: Omit<Props, "subjects"> & { subject: Subject }) {
  const { resource, kind, rules, id } = subject;
  const reason = editing.reasonAgainst(subject);
  const saved = entriesOf(resource.spec, rules);
  const entries = editing.drafts[id]?.entries ?? saved;
  const reached = buckets.filter((bucket) => inBucket(entries, bucket).length + inBucket(saved, bucket).length > 0);
  const header = (
    <Header variant="h2">
      <PageLink to={resourcePath(project, kind.path, resource.name)} fontSize="heading-m">
        {resource.name}
      </PageLink>
    </Header>
  );
  return (
    <Container header={header}>
      <SpaceBetween size="xs">
        <AccessOfUser subject={subject} now={now} reason={editing.mayWrite ? reason : null} />
        {reached.length === 0 && <Box color="text-body-secondary">Reaches none of the buckets shown.</Box>}
        {reached.map((bucket) => {
          const own = inBucket(entries, bucket);
          const words = (
            <>
              <b className="wrap-anywhere">{bucket}</b>
              <CellWords entries={own} saved={inBucket(saved, bucket)} />
            </>
          );
          return reason === null ? (
            <button key={bucket} type="button" className="permission-cell" onClick={() => editing.edit(subject, bucket)}>
              {words}
              <CellPurpose user={resource.name} bucket={bucket} />
            </button>
          ) : (
            <div key={bucket} className="permission-cell">
              {words}
            </div>
          );
        })}
        {reason === null && (
          <Button iconName="add-plus" ariaLabel={`Another bucket for ${resource.name}`} onClick={() => editing.edit(subject, null)}>
            Another bucket
          </Button>
        )}
      </SpaceBetween>
    </Container>
  );
}
