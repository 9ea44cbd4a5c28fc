import Badge from "@cloudscape-design/components/badge";
import Box from "@cloudscape-design/components/box";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { accessOf } from "../../parts/access";
import { type Entry, differences } from "./grants";
import type { Subject } from "./subjects";

/** What a user may do in a bucket, folder by folder; marked where it is changed and not saved. */
export function CellWords({ entries, saved }: { entries: readonly Entry[]; saved: readonly Entry[] }) {
  const isChanged = differences(saved, entries).length > 0;
  return (
    <>
      {entries.length === 0 && <span className="permission-none">–</span>}
      {entries.map((each, index) => (
        <span key={index} className="permission-entry">
          {folderOf(each) !== "" && <code>{folderOf(each)}</code>} {each.access.join(", ")}
        </span>
      ))}
      {isChanged && <Badge color="blue">Not saved</Badge>}
    </>
  );
}

/** What pressing a cell is for, to who does not see where it stands; its words are the rest of its name. */
export function CellPurpose({ user, bucket }: { user: string; bucket: string }) {
  return <span className="permission-unseen">. Change what {user} may do in {bucket}</span>;
}

function folderOf({ path, prefix }: Entry): string {
  return [path, prefix].filter((each) => each !== undefined && each !== "").join(" → ");
}

/** That a user is switched off, or their access ended, or why they cannot be changed now. */
export function AccessOfUser({ subject, now, reason }: { subject: Subject; now: number; reason: string | null }) {
  const { isEnabled, isOver } = accessOf(subject.resource.spec, now);
  return (
    <>
      <Box variant="small" display="block">
        {subject.kind.title}
      </Box>
      {!isEnabled && <StatusIndicator type="stopped">Switched off</StatusIndicator>}
      {isEnabled && isOver && <StatusIndicator type="stopped">Access ended</StatusIndicator>}
      {reason !== null && (
        <Box variant="small" display="block">
          {reason}
        </Box>
      )}
    </>
  );
}
