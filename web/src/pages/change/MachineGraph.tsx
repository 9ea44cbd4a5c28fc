import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { type KeyboardEvent, useMemo } from "react";
import { duration } from "../../parts/time";
import { useNow } from "../../parts/useNow";
import { MACHINE, NODE, type Visit, drawingOf, pathOf, shownStates, standingOf, timeIn, visitsOf } from "./machine";
import { stateWords } from "./stateWords";
import type { DetailedChange } from "./told";

interface Props {
  readonly change: DetailedChange;
  readonly scope: "taken" | "usual" | "all";
  readonly chosen: string | null;
  readonly onChoose: (state: string) => void;
}

/** The machine, lit up where the change was and is. Each state is a button; the lines between them are for eyes alone. */
export function MachineGraph({ change, scope, chosen, onChoose }: Props) {
  const { states } = change;
  const hasEnded = change.status !== "RUNNING";
  // A layout is costly, and depends on what was entered alone, not on how it stands.
  const entered = states.map((each) => each.name).join(" ");
  const drawing = useMemo(() => drawingOf(shownStates(states, hasEnded, scope), states, scope === "all"), [entered, hasEnded, scope]);
  const visits = visitsOf(states);
  return (
    <div className="machine-scroll">
      <div className="machine" role="group" aria-label="The states of the change" style={{ width: drawing.width, height: drawing.height }} onKeyDown={walk}>
        <svg width={drawing.width} height={drawing.height} aria-hidden="true" focusable="false">
          <defs>
            <Arrow id="machine-arrow" />
            <Arrow id="machine-arrow-taken" className="taken" />
          </defs>
          {drawing.edges.map(({ from, to, points, isTaken, isFailure }) => (
            <path
              key={`${from} ${to}`}
              className={`${isTaken ? "taken" : ""} ${isFailure ? "failure" : ""}`}
              d={pathOf(points)}
              markerEnd={`url(#machine-arrow${isTaken ? "-taken" : ""})`}
            />
          ))}
        </svg>
        {drawing.nodes.map(({ name, x, y }) => {
          const visit = visits.get(name);
          const standing = standingOf(visit, hasEnded);
          const state = MACHINE.states.find((each) => each.name === name);
          const [words, tone] = stateWords(standing, visit, state, change);
          const isEnd = state?.type === "Fail" || state?.type === "Succeed"; // it takes no time
          return (
            <button
              key={name}
              type="button"
              className="machine-state"
              data-state={name}
              data-standing={standing}
              data-tone={tone}
              aria-pressed={name === chosen}
              style={{ left: x, top: y, width: NODE.width, height: NODE.height }}
              onClick={() => onChoose(name)}
            >
              <span className="machine-name">{name}</span>
              <span className="machine-how">
                <StatusIndicator type={tone}>{words}</StatusIndicator>
                {visit && !isEnd && <Spent visit={visit} />}
              </span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

function Arrow({ id, className = "" }: { id: string; className?: string }) {
  return (
    <marker id={id} className={className} viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto">
      <path d="M0 0 8 4 0 8z" />
    </marker>
  );
}

/** How long a change was in a state; it goes on while it is in it. */
export function Spent({ visit }: { visit: Visit }) {
  return visit.last.exitedAt == null ? <Ticking visit={visit} /> : <span>{duration(timeIn(visit, 0))}</span>;
}

function Ticking({ visit }: { visit: Visit }) {
  const now = useNow();
  const seconds = Math.floor(timeIn(visit, now) / 1000);
  return <span>{seconds === 0 ? "0 s" : duration(seconds * 1000)}</span>;
}

/** From state to state by the arrows, besides the tabulator. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === "ArrowDown" || event.key === "ArrowRight" ? 1 : event.key === "ArrowUp" || event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step];
  if (next === undefined) return;
  event.preventDefault();
  next.focus();
}
