"""The whole simulation, part by part, with progress and a table at its end; it stops at the first violation."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.simulation.aws_faults import Fault
from tests.simulation.event_orders import play_orders
from tests.simulation.found_by import FOUND_BY
from tests.simulation.judging import POINTED, first_breach, of_played
from tests.simulation.lock_interleavings import explore
from tests.simulation.lock_writes import Writes
from tests.simulation.mutants import MUTANTS
from tests.simulation.names import fault_names, interrupt_names, play_of, status_names
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.stack_statuses import STATUSES

EXTRA = {Fault.LATE, Fault.TWICE}
"""Beyond the eight kinds that were asked for."""
PROGRESS_SECONDS = 10
CLIENTS = 50


class ViolationError(Exception):
    """Something is not as it must be."""

    def __init__(self, sentence: str, command: str) -> None:
        """Keep what it is, and what plays it again."""
        super().__init__(sentence)
        self.sentence, self.command = sentence, command


@dataclass
class Campaign:
    """Everything that is played, and the lines of the table."""

    tell: Callable[[str], None]
    lines: list[tuple[str, str, float]] = field(default_factory=list)
    gaps: Counter[str] = field(default_factory=Counter)
    hits: Counter[tuple[str, str, Fault]] = field(default_factory=Counter)
    killed: list[tuple[str, str]] = field(default_factory=list)
    plays: int = 0
    steps: int = 0
    _told: float = field(default_factory=time.monotonic)

    def run(self, seeds: range, *, everywhere: bool = False) -> None:
        """Do all of it. Raises ViolationError at the first violation."""
        for part in (self._scenarios, self._clients, self._statuses, self._orders, self._interleavings):
            part()
        self._faults(everywhere=everywhere)
        self._ends(everywhere=everywhere)
        self.run_mutants()
        self.run_seeds(seeds)

    def print_table(self, seconds: float) -> None:
        """Print the figures, the excused, and the mutants by name."""
        self.tell("")
        for what, told, took in self.lines:
            self.tell(f"{what:<24} {told:<112} {took:7.1f} s")
        total = f"{self.plays:,} plays, {self.steps:,} calls and steps traced"
        self.tell(f"{'all':<24} {total:<112} {seconds:7.1f} s")
        for gap, plays in self.gaps.most_common():
            self.tell(f"excused: in {plays:,} plays {gap}")
        if self.killed:
            self.tell(f"mutants killed, {len(self.killed)}:")
        for name, by in self.killed:
            self.tell(f"  {name:<56} by {by}")

    def add(self, what: str, told: str, since: float) -> None:
        """Add a line to the table."""
        self.lines.append((what, told, time.monotonic() - since))
        self.say(f"{what}: {told}")

    def say(self, line: str) -> None:
        """Print how far it has come."""
        self._told = time.monotonic()
        self.tell(f"… {line}")

    def play(self, what: str, names: Iterable[str]) -> int:
        """Play each and give how many. Raises ViolationError at the first that is broken."""
        played = 0
        for name in names:
            try:
                over = play_of(name).run()
                broken = next(of_played(name, over), None)
            except AssertionError as error:
                raise ViolationError(f"{name}: {error}", command_of(name)) from error
            if broken is not None:
                raise ViolationError(broken, command_of(name))
            self.gaps.update({gap for gap, _ in over.invariants.excused})
            self.hits.update(over.play.plan.hits)
            self.steps += len(over.world.trace)
            self.plays, played = self.plays + 1, played + 1
            if time.monotonic() - self._told > PROGRESS_SECONDS:
                self.say(f"{what}: {played:,} played")
        return played

    # ------------------------------------------------------------------ parts

    def _scenarios(self) -> None:
        begun = time.monotonic()
        names = [f"PLAY='{name}'{how}" for name in SCENARIOS for how in ("", " UNHEARD", " LOST")]
        played = self.play("scenarios", [*names, *POINTED])
        self.add(
            "scenarios",
            f"{len(SCENARIOS)}, each also with no end of an execution heard, with every row lost: {played} plays",
            begun,
        )

    def _clients(self) -> None:
        """Count what fifty clients begin."""
        begun, told = time.monotonic(), []
        for how, name in (("one key", "asked for by fifty with one key"), ("fifty keys", "asked for by fifty")):
            self.play("identical requests", [f"PLAY='{name}'"])
            over = play_of(f"PLAY='{name}'").run()
            operations, begun_changes = len(over.world.stacks.operations), len(over.executions.by_name)
            if operations != 1:
                raise ViolationError(f"{CLIENTS} clients began {operations} operations", command_of(f"PLAY='{name}'"))
            told.append(f"with {how}: {begun_changes} executions, {operations} operation")
        self.add("identical requests", f"{CLIENTS} at once, {'; '.join(told)}", begun)

    def _statuses(self) -> None:
        begun = time.monotonic()
        played = self.play("stack statuses", status_names())
        told = f"{len(STATUSES)} x create, update, delete, and each action of the API, and stop: {played} plays"
        self.add("stack statuses", told, begun)

    def _orders(self) -> None:
        for held in (False, True):
            begun = time.monotonic()
            orders = play_orders(held=held)
            if orders.broken:
                raise ViolationError(orders.broken[0], 'make simulate NAME="event orders"')
            self.add("event orders", f"{'a change looks' if held else 'reconcile looks'}: {orders.told()}", begun)

    def _interleavings(self) -> None:
        begun = time.monotonic()
        explored = explore(Writes())
        if explored.breaches:
            breach, way = explored.breaches[0]
            raise ViolationError(f"interleaving: {breach}: {', '.join(way)}", 'make simulate NAME="interleavings"')
        told = (
            f"3 executions, crash, redrive, sweep, late write: {explored.moments:,} moments, {explored.steps:,} steps"
        )
        self.add("interleavings of locks", told, begun)

    def _faults(self, *, everywhere: bool) -> None:
        begun = time.monotonic()
        self.hits.clear()
        played = self.play("faults", fault_names(everywhere=everywhere))
        calls = {call for _, call, _ in self.hits}
        states = {state for state, _, _ in self.hits}
        places = {hit[:2] for hit in self.hits}
        told = f"{len(set(Fault) - EXTRA)} kinds (and {len(EXTRA)} more) x {len(calls)} calls x {len(states)} states, "
        told += f"listeners and API: {len(places)} places, {len(self.hits):,} faults met, {played:,} plays"
        self.add("faults x calls x states", told, begun)

    def _ends(self, *, everywhere: bool) -> None:
        begun = time.monotonic()
        names = list(interrupt_names(everywhere=everywhere))
        states = {name.split("INTERRUPT='")[1].split("/")[0] for name in names}
        played = self.play("abort, timeout, redrive", names)
        self.add("abort, timeout, redrive", f"at each of {len(states)} states: {played:,} plays", begun)

    def run_mutants(self) -> None:
        """Kill every mutant. Raises ViolationError for one that survives."""
        begun = time.monotonic()
        self.killed += self._killed()
        self.add("mutants", f"{len(self.killed)} of {len(MUTANTS)} killed", begun)

    def _killed(self) -> Iterator[tuple[str, str]]:
        """Give each mutant with what killed it. Raises ViolationError for one that survives."""
        for mutant in MUTANTS:
            with mutant.applied() as machine:
                found = first_breach(machine, FOUND_BY.get(mutant.name, ""))
            if found is None:
                raise ViolationError(f"mutant survived: {mutant.name}", f'pytest tests/simulation -k "{mutant.name}"')
            yield mutant.name, found[:140]
            if time.monotonic() - self._told > PROGRESS_SECONDS:
                self.say(f"mutants: {mutant.name} is killed by {found[:80]}")

    def run_seeds(self, seeds: range) -> None:
        """Play the worlds of these seeds. Raises ViolationError at the first violation."""
        begun = time.monotonic()
        self.hits.clear()
        played = self.play("seeds", (f"SEED={seed}" for seed in seeds))
        places = len({hit[:2] for hit in self.hits})
        told = f"{played:,} worlds ({seeds.start:,} to {seeds.stop - 1:,}), "
        told += f"{self.hits.total():,} faults at {places} places"
        self.add("seeds", told, begun)


def command_of(name: str) -> str:
    """Give the command that plays it again."""
    return f'make simulate NAME="{name}"'
