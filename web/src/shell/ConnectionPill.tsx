import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useLiveness } from "../live/LiveProvider";
import { ago } from "../parts/time";
import { useNow } from "../parts/useNow";

/** Whether what is shown is live, and how old it is where it is not. */
export function ConnectionPill() {
  const { pill, heardAt } = useLiveness();
  const now = useNow();
  const age = heardAt === null ? "" : ` · updated ${ago(heardAt, now)}`;
  const shown = {
    live: { type: "success", words: "Live" },
    connecting: { type: "loading", words: "Connecting" },
    reconnecting: { type: "loading", words: `Reconnecting${age}` },
  } as const;
  const title = heardAt === null ? "" : `Last heard from Stowage ${ago(heardAt, now)}`;
  return (
    <span className="pill" data-testid="connection" title={title}>
      <StatusIndicator type={shown[pill].type}>{shown[pill].words}</StatusIndicator>
    </span>
  );
}
