import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";
import { Review } from "./Review";
import { type Draft, differences } from "./grants";
import type { Subject } from "./subjects";

interface Props {
  readonly project: string;
  readonly subjects: readonly Subject[];
  readonly drafts: Readonly<Record<string, Draft>>;
  readonly setDraft: (id: string, draft: Draft | undefined) => void;
  readonly now: number;
}

/** What was changed and is not saved yet, user by user: to be reviewed, or let go. */
export function Drafts({ project, subjects, drafts, setDraft, now }: Props) {
  const [reviewed, setReviewed] = useState<string | null>(null);
  const ids = Object.keys(drafts);
  return (
    <div role="region" aria-label="Not saved yet" aria-live="polite">
      <SpaceBetween size="xs">
        {ids.map((id) => {
          const draft = drafts[id];
          const subject = subjects.find((each) => each.id === id);
          if (draft === undefined) return null;
          const count = differences(draft.base, draft.entries).length;
          const actions = (
            <SpaceBetween direction="horizontal" size="xs">
              <Button onClick={() => setDraft(id, undefined)}>Discard</Button>
              {subject !== undefined && (
                <Button variant="primary" onClick={() => setReviewed(id)}>
                  Review and save
                </Button>
              )}
            </SpaceBetween>
          );
          return (
            <Alert key={id} type={subject === undefined ? "warning" : "info"} action={actions}>
              {subject === undefined ? `${id} is not there any more.` : `${subject.resource.name}: ${count} ${count === 1 ? "change" : "changes"}, not saved yet.`}
            </Alert>
          );
        })}
      </SpaceBetween>
      {ids.map((id) => {
        const draft = drafts[id];
        const subject = subjects.find((each) => each.id === id);
        return (
          reviewed === id && draft !== undefined && subject !== undefined && (
            <Review
              key={id}
              project={project}
              subject={subject}
              draft={draft}
              now={now}
              setDraft={(next) => setDraft(id, next)}
              close={() => setReviewed(null)}
            />
          )
        );
      })}
    </div>
  );
}
