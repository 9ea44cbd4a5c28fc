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

/** What a cell says to who cannot see where it stands. */
export function cellLabel(user: string, bucket: string, entries: readonly Entry[]): string {
  const words = entries.map((each) => `${folderOf(each) === "" ? "" : `${folderOf(each)}: `}${each.access.join(", ")}`).join("; ");
  return `${words === "" ? "–" : words}. Change what ${user} may do in ${bucket}`;
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
