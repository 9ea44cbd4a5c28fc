import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { Empty } from "../../parts/Blocks";
import { Listing } from "../../parts/Listing";
import { Moment } from "../../parts/Moment";
import { MACHINE, visitsOf } from "./machine";
import { Spent } from "./MachineGraph";
import { stateWords, usualWords } from "./stateWords";
import type { DetailedChange, DetailedState } from "./told";

/** The same as the graph, in rows: every entry of a state, in order. */
export function StatesTable({ change }: { change: DetailedChange }) {
  const rows = change.states.map((state, index) => ({ state, index }));
  const wordsOf = (state: DetailedState) =>
    stateWords(state.status, visitsOf([state]).get(state.name), MACHINE.states.find((each) => each.name === state.name), change);
  return (
    <Listing
      label="The states of the change, in order"
      variant="embedded"
      items={rows}
      idOf={({ index }) => String(index)}
      columns={[
        { id: "state", header: "State", isRowHeader: true, cell: ({ state }) => state.name },
        { id: "how", header: "How it stands", cell: ({ state }) => <StatusIndicator type={wordsOf(state)[1]}>{wordsOf(state)[0]}</StatusIndicator> },
        { id: "entered", header: "Entered", cardWidth: 65, cell: ({ state }) => <Moment at={state.enteredAt} /> },
        { id: "time", header: "Time", cardWidth: 35, cell: ({ state }) => <Spent visit={{ name: state.name, last: state, entries: [state] }} /> },
        { id: "usual", header: "Usual time", cardWidth: 65, cell: ({ state }) => (state.usual ? usualWords(state.usual) : "–") },
        { id: "attempts", header: "Attempts", cardWidth: 35, cell: ({ state }) => state.attempts },
        { id: "error", header: "Error", cell: ({ state }) => <span className="wrap-anywhere">{state.error ?? "–"}</span> },
      ]}
      empty={<Empty title="No state is known">Step Functions keeps them for 90 days.</Empty>}
    />
  );
}
