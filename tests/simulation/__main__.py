"""`make simulate`: everything at large, with the figures as a table; or one play again, with its trace.

make simulate                   the whole: scenarios, faults, ends from outside, interleavings, mutants, 10,000 seeds
make simulate SEEDS=500         with so many seeds
make simulate SEED=17           the world of a seed again, with its trace
make simulate EVERYWHERE=1      with each fault and each end from outside in every scenario that meets it: an hour
make simulate NAME="…"          any play by its name, as a failing run prints it (tests/simulation/names.py)
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.simulation.found_by import FOUND_BY
from tests.simulation.judging import breaches, first_breach, of_name, of_played
from tests.simulation.lock_interleavings import explore
from tests.simulation.lock_writes import Writes
from tests.simulation.mutants import MUTANTS
from tests.simulation.names import KNOWN, fault_names, interrupt_names, play_of, status_names
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.stack_statuses import STATUSES

SEEDS = 10_000
NOT_SHOWN = (
    "all orders of all events, and all subsets dropped: none; here they come in the orders that seeds give",
    "reconcile: none; `recover` sweeps held locks alone, so that rows that are excused stay as they are",
)


@dataclass
class Figures:
    """The lines of the table, and what was not as it must be."""

    lines: list[tuple[str, str, float]] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    gaps: Counter[str] = field(default_factory=Counter)

    def add(self, what: str, told: str, since: float) -> None:
        """Add a line and print it."""
        self.lines.append((what, told, time.monotonic() - since))
        print(f"{what:<26} {told:<94} {self.lines[-1][2]:7.1f} s", flush=True)

    def play(self, names: Iterable[str]) -> Iterator[str]:
        """Play each and give its name; keep what was broken and what was left to reconcile."""
        for name in names:
            played = play_of(name).run()
            self.broken += of_played(name, played)
            self.gaps.update({gap for gap, _ in played.invariants.excused})
            self.hits.update(played.play.plan.hits)
            yield name

    hits: Counter[tuple[str, str, str]] = field(default_factory=Counter)


def simulate(seeds: int, *, everywhere: bool) -> Figures:
    """Do all of it."""
    figures = Figures()
    begun = time.monotonic()
    played = list(figures.play([f"PLAY='{name}'" for name in SCENARIOS] + [f"PLAY='{n}' UNHEARD" for n in SCENARIOS]))
    figures.add("scenarios", f"{len(played)} plays", begun)

    begun = time.monotonic()
    played = list(figures.play(status_names()))
    figures.add("stack statuses", f"{len(STATUSES)} x create, update, delete: {len(played)} plays", begun)

    begun = time.monotonic()
    played = list(figures.play(fault_names(everywhere=everywhere)))
    states, calls, kinds = ({hit[part] for hit in figures.hits} for part in range(3))
    pairs = {hit[:2] for hit in figures.hits}
    told = f"{len(kinds)} faults x {len(calls)} calls x {len(states)} states: {len(figures.hits)} of each, "
    figures.add("faults", f"{told}{len(pairs)} calls of states, {len(played)} plays", begun)

    begun = time.monotonic()
    played = list(figures.play(interrupt_names(everywhere=everywhere)))
    ended = {name.split("INTERRUPT='")[1].split("/")[0] for name in played}
    figures.add("abort, timeout, redrive", f"at each of {len(ended)} states: {len(played)} plays", begun)

    begun = time.monotonic()
    explored = explore(Writes())
    figures.broken += [f"interleaving: {breach}: {', '.join(way)}" for breach, way in explored.breaches]
    figures.add(
        "interleavings of the lock", f"3 executions: {explored.moments:,} moments, {explored.steps:,} steps", begun
    )

    begun = time.monotonic()
    killed = list(_mutants(figures))
    figures.add("mutants", f"{len(killed)} of {len(MUTANTS)} killed", begun)

    begun = time.monotonic()
    played = list(figures.play(f"SEED={seed}" for seed in range(seeds)))
    figures.add("seeds", f"{len(played):,} worlds", begun)
    return figures


def _mutants(figures: Figures) -> Iterator[str]:
    """Give the killed ones, and print each with what killed it."""
    sound = next(breaches(), None)
    if sound is not None:
        figures.broken.append(f"the product is not sound, so that no mutant says anything: {sound}")
        return
    for mutant in MUTANTS:
        with mutant.applied() as machine:
            found = first_breach(machine, FOUND_BY.get(mutant.name, ""))
        if found is None:
            figures.broken.append(f"mutant survived: {mutant.name}")
            print(f"  SURVIVED {mutant.name}", flush=True)
        else:
            print(f"  killed   {mutant.name:<55} by {found[:120]}", flush=True)
            yield mutant.name


def replay(name: str) -> int:
    """Play one again, print its trace; 1 if something was broken."""
    played = play_of(name).run()
    print("\n".join(played.world.trace))
    print("outcomes:", played.outcomes())
    for gap, sentence in dict.fromkeys(played.invariants.excused):
        print(f"excused ({gap}): {sentence}")
    broken = list(of_name(name))
    print("\n".join(broken) or "nothing is broken")
    return 1 if broken else 0


def main() -> int:
    """Do what the arguments say; 1 if anything is broken."""
    parser = argparse.ArgumentParser(prog="make simulate", description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many seeds (10,000)")
    parser.add_argument("--play", help="the name of one play")
    parser.add_argument("--everywhere", action="store_true", help="each fault and end in every scenario: an hour")
    options = parser.parse_args()
    if options.play:
        return replay(options.play)
    begun = time.monotonic()
    figures = simulate(options.seeds, everywhere=options.everywhere)
    figures.add("all", f"{len(figures.broken)} breaches", begun)
    for gap, plays in figures.gaps.most_common():
        print(f"excused: {plays} plays in which {gap}")
    for fault, name in KNOWN.items():
        print(f"known, not mended yet: {fault}: {name}")
    for line in NOT_SHOWN:
        print(f"not shown: {line}")
    for sentence in dict.fromkeys(figures.broken):
        print(f"BROKEN {sentence}", file=sys.stderr)
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main())
