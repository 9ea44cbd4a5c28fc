/**
 * The machine of a change as a graph: which states there are, which were entered, where they lie. Pure.
 *
 * The definition is that of statemachines/ of the same commit (`npm run generate:machine`). A state of another release
 * that the definition does not know is shown all the same, in the order of its entry.
 */
import dagre from "@dagrejs/dagre";
import type { ChangeState } from "../../api/client";
import definition from "./machine.json";

export interface MachineState {
  readonly name: string;
  readonly type: string;
  readonly does: string;
  readonly next: readonly string[];
  readonly onFailure: readonly string[];
}

export interface Machine {
  readonly start: string;
  readonly states: readonly MachineState[];
}

export const MACHINE: Machine = definition;

/** A state as the change has gone through it; a state may be entered more than once. */
export interface Visit {
  readonly name: string;
  /** Its newest entry. */
  readonly last: ChangeState;
  readonly entries: readonly ChangeState[];
}

/** Fold the entered states by name, in the order of their first entry. */
export function visitsOf(states: readonly ChangeState[]): ReadonlyMap<string, Visit> {
  const visits = new Map<string, Visit>();
  for (const each of states) {
    const before = visits.get(each.name);
    visits.set(each.name, { name: each.name, last: each, entries: [...(before?.entries ?? []), each] });
  }
  return visits;
}

/** How long a change was, or has been, in a state, all entries taken together, in milliseconds. */
export function timeIn(visit: Visit, now: number): number {
  const end = (each: ChangeState) => (each.exitedAt == null ? now : Date.parse(each.exitedAt));
  return visit.entries.reduce((sum, each) => sum + Math.max(0, end(each) - Date.parse(each.enteredAt)), 0);
}

/** How a state stands: as the history tells, or that it is still to come, or that the change has ended without it. */
export type Standing = ChangeState["status"] | "AHEAD" | "LEFT_OUT";

export function standingOf(visit: Visit | undefined, hasEnded: boolean): Standing {
  return visit?.last.status ?? (hasEnded ? "LEFT_OUT" : "AHEAD");
}

/** The states that a change goes through from here, when all is well. */
export function wayFrom(start: string, machine: Machine = MACHINE): readonly string[] {
  const way: string[] = [];
  let at = machine.states.find((each) => each.name === start);
  while (at !== undefined && !way.includes(at.name)) {
    way.push(at.name);
    const [next] = at.next;
    at = machine.states.find((each) => each.name === next);
  }
  return way;
}

/**
 * Give the states to show: what was entered, and what is ahead of a change that runs.
 *
 * @param scope "taken": nothing else; "usual": the way of a success besides; "all": the whole machine
 */
export function shownStates(states: readonly ChangeState[], hasEnded: boolean, scope: "taken" | "usual" | "all", machine: Machine = MACHINE): readonly string[] {
  const entered = [...visitsOf(states).keys()];
  const here = states.at(-1)?.name ?? machine.start;
  const ahead = hasEnded ? [] : wayFrom(here, machine);
  const others = scope === "all" ? machine.states.map((each) => each.name) : scope === "usual" ? wayFrom(machine.start, machine) : [];
  const wanted = new Set([...entered, ...ahead, ...others]);
  const known = machine.states.map((each) => each.name).filter((name) => wanted.has(name));
  return [...known, ...[...wanted].filter((name) => !known.includes(name))];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly points: readonly Point[];
  /** The change went this way. */
  readonly isTaken: boolean;
  readonly isFailure: boolean;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Where each state's upper left corner lies. */
  readonly nodes: readonly (Point & { readonly name: string })[];
  readonly edges: readonly Edge[];
}

export const NODE = { width: 248, height: 60 } as const;
const MARGIN = 6;

/** Lay the states out from top to bottom. Ways of failure, and short cuts between what was entered, are drawn where they were taken, unless all are wanted. */
export function drawingOf(shown: readonly string[], states: readonly ChangeState[], withUntaken: boolean, machine: Machine = MACHINE): Drawing {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", ranksep: 30, nodesep: 28, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of shown) graph.setNode(name, { ...NODE });
  const edges = edgesOf(shown, states, withUntaken, machine);
  for (const { from, to, isFailure } of edges) graph.setEdge(from, to, { weight: isFailure ? 1 : 8 });
  dagre.layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const corner = (name: string) => {
    const { x, y } = graph.node(name) as Point;
    return { name, x: x - NODE.width / 2, y: y - NODE.height / 2 };
  };
  const points = (from: string, to: string) => (graph.edge(from, to) as { points: Point[] }).points;
  return {
    width, height,
    nodes: shown.map(corner),
    edges: edges.map((edge) => ({ ...edge, points: points(edge.from, edge.to) })),
  };
}

function edgesOf(shown: readonly string[], states: readonly ChangeState[], withUntaken: boolean, machine: Machine): Omit<Edge, "points">[] {
  const steps = states.slice(1).map((each, index) => [states[index]?.name ?? "", each.name] as const);
  const isTaken = (from: string, to: string) => steps.some(([a, b]) => a === from && b === to);
  const visited = new Set(states.map((each) => each.name));
  const found = new Map<string, Omit<Edge, "points">>();
  const add = (from: string, to: string, isFailure: boolean) => {
    const key = `${from} ${to}`;
    if (!shown.includes(from) || !shown.includes(to) || from === to || found.has(key)) return;
    if (!withUntaken && visited.has(from) && visited.has(to) && !isTaken(from, to)) return;
    found.set(key, { from, to, isTaken: isTaken(from, to), isFailure });
  };
  for (const { name, next, onFailure } of machine.states) {
    for (const to of next) add(name, to, false);
    for (const to of onFailure) if (withUntaken || isTaken(name, to)) add(name, to, true);
  }
  for (const [from, to] of steps) add(from, to, false); // what a former release went, and this one does not know
  return [...found.values()];
}

/** The path of an edge's line, its corners rounded. */
export function pathOf(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (first === undefined) return "";
  const last = others.at(-1);
  if (last === undefined || others.length === 1) return `M${at(first)}${last === undefined ? "" : `L${at(last)}`}`;
  const middles = others.slice(0, -1).map((point, index) => {
    const after = others[index + 1] as Point;
    const end = index === others.length - 2 ? after : { x: (point.x + after.x) / 2, y: (point.y + after.y) / 2 };
    return `Q${at(point)} ${at(end)}`;
  });
  return `M${at(first)}${middles.join("")}`;
}

function at({ x, y }: Point): string {
  return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
}
