import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { Change } from "../api/client";
import { changeWords, statusWords } from "./words";

/** A resource's status, in words and with an icon: never by colour alone. */
export function Status({ status }: { status: string }) {
  const [words, tone] = statusWords(status);
  return <StatusIndicator type={tone}>{words}</StatusIndicator>;
}

/** How a change stands or ended. */
export function ChangeStatus({ change }: { change: Pick<Change, "status" | "outcome"> }) {
  const [words, tone] = changeWords(change);
  return <StatusIndicator type={tone}>{words}</StatusIndicator>;
}
