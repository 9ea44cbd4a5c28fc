import Box from "@cloudscape-design/components/box";
import StatusIndicator, { type StatusIndicatorProps } from "@cloudscape-design/components/status-indicator";
import type { ReactNode } from "react";
import { type Column, Listing } from "./Listing";
import type { Difference, Turn } from "./specs";

const TURNS: Record<Turn, readonly [words: string, tone: StatusIndicatorProps.Type]> = {
  added: ["Added", "success"],
  removed: ["Removed", "stopped"],
  changed: ["Changed", "info"],
  same: ["As before", "pending"],
};

interface Props {
  readonly label: string;
  readonly differences: readonly Difference[];
  readonly empty: ReactNode;
  /** What the two sides are called. */
  readonly sides?: readonly [before: string, after: string];
}

/** What differs between two specs; words and icons say how, not colours alone. */
export function Differences({ label, differences, empty, sides = ["Before", "After"] }: Props) {
  const turn: Column<Difference> = {
    id: "turn", header: "How", cardWidth: 100,
    cell: (each) => <StatusIndicator type={TURNS[each.turn][1]}>{TURNS[each.turn][0]}</StatusIndicator>,
  };
  const columns: Column<Difference>[] = [
    { id: "label", header: "What", isRowHeader: true, cell: (each) => each.label },
    turn,
    { id: "before", header: sides[0], cardWidth: 50, cell: (each) => <Value of={each.before} /> },
    { id: "after", header: sides[1], cardWidth: 50, cell: (each) => <Value of={each.after} /> },
  ];
  return <Listing label={label} items={differences} idOf={(each) => each.id} columns={columns} empty={empty} variant="embedded" />;
}

function Value({ of }: { of: string | null }) {
  return of === null ? <Box color="text-status-inactive">–</Box> : <span className="wrap-anywhere">{of}</span>;
}
