import Alert from "@cloudscape-design/components/alert";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Kind, Resource } from "../../api/client";
import { keys } from "../../api/keys";
import { useKinds, useTold } from "../../api/queries";
import type { Progress } from "../../live/messages";
import { LockNote } from "../../parts/LockNote";
import { Ago } from "../../parts/Moment";
import { PageLink } from "../../parts/PageLink";
import { Status } from "../../parts/Status";
import { plain } from "../../parts/words";
import { changePath, resourcePath } from "../../paths";
import { verdictOf } from "../change/verdict";

interface Props {
  readonly project: string;
  readonly kind: Kind;
  readonly resource: Resource;
}

/** Why the last change did not come to what was asked for, where it did not. */
export function LastCause({ project, resource }: Props) {
  const { outcome, cause, change, lock } = resource;
  if (lock !== null || outcome === null) return null;
  const verdict = verdictOf({ status: outcome === "SUCCEEDED" || outcome === "NO_CHANGE" ? "SUCCEEDED" : "FAILED", outcome, cause });
  if (verdict === null) return null;
  return (
    <Alert type={verdict.type} header={`The last change: ${verdict.header}`}>
      <SpaceBetween size="xs">
        {verdict.meaning !== "" && <span>{verdict.meaning}</span>}
        {cause !== null && (
          <span className="wrap-anywhere">
            <b>Why:</b> {cause}
          </span>
        )}
        {change !== null && <PageLink to={changePath(project, change)}>See the change</PageLink>}
      </SpaceBetween>
    </Alert>
  );
}

/** How far an emptying has come, while one goes on. */
export function Emptying({ project, resource }: Props) {
  const progress = useTold<Progress>(keys.progress(project, resource.kind, resource.name));
  if (resource.lock === null || progress?.removed === undefined || progress.change !== resource.lock.change) return null;
  return (
    <Alert type="info" header="It is being emptied" data-testid="emptying">
      <StatusIndicator type="in-progress">{progress.removed.toLocaleString()} removed so far</StatusIndicator>
    </Alert>
  );
}

/** How it stands, and who is at work on it. */
export function Standing({ project, resource }: Props) {
  const { lock } = resource;
  return (
    <Container header={<Header variant="h2">How it stands</Header>}>
      <KeyValuePairs
        columns={3}
        items={[
          { label: "Status", value: <span data-status={resource.status}><Status status={resource.status} /></span> },
          {
            label: "At work",
            value: lock === null ? "Nobody" : <span className="wrap-anywhere"><LockNote lock={lock} /> · <PageLink to={changePath(project, lock.change)}>Follow it</PageLink></span>,
          },
          { label: "Version", value: String(resource.version) },
          { label: "Stack", value: resource.stackStatus === null ? "–" : plain(resource.stackStatus) },
          { label: "Checked", value: resource.verifiedAt === null ? "–" : <Ago at={resource.verifiedAt} /> },
          { label: "Last change", value: resource.change === null ? "–" : <PageLink to={changePath(project, resource.change)}>See the change</PageLink> },
        ]}
      />
    </Container>
  );
}

/** What was changed outside Stowage, as the last detection found. */
export function DriftNote({ resource }: Props) {
  const { drift } = resource;
  if (drift === null || drift === undefined) return null;
  if (drift.status !== "DRIFTED") {
    const isFine = drift.status === "IN_SYNC";
    return (
      <StatusIndicator type={isFine ? "success" : "info"}>
        {isFine ? "Nothing was changed outside Stowage" : "It is not known whether it was changed outside Stowage"}, checked <Ago at={drift.checkedAt} />
      </StatusIndicator>
    );
  }
  return (
    <Alert type="warning" header="It was changed outside Stowage">
      Found <Ago at={drift.checkedAt} />. Saving the same spec again does not put it right: what does, an operator finds among the operations.
      <ul>
        {(drift.resources ?? []).map((each) => (
          <li key={each.id} className="wrap-anywhere">
            {each.type} {each.id}: {plain(each.status).toLowerCase()}
            {(each.properties ?? []).length > 0 && ` (${(each.properties ?? []).join(", ")})`}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

/** Who names it: it cannot be deleted while somebody does. */
export function ReferencedBy({ project, resource }: Props) {
  const kinds = useKinds().data;
  const users = resource.referencedBy ?? [];
  if (users.length === 0) return null;
  return (
    <Container header={<Header variant="h2" counter={`(${users.length})`} description="It cannot be deleted while they name it.">Used by</Header>}>
      <ul>
        {users.map((user) => {
          const path = kinds?.find((each) => each.kind === user.kind)?.path;
          return <li key={`${user.kind}/${user.name}`}>{path === undefined ? user.name : <PageLink to={resourcePath(project, path, user.name)}>{user.name}</PageLink>}</li>;
        })}
      </ul>
    </Container>
  );
}
