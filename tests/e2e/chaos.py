"""A storm over a local Stowage: executions stopped and functions killed at random during many changes, and its toll.

    make chaos SEEDS="1 2" CHANGES=50

brings up a local cloud of its own, lets as many changes begin at once as are asked for, in both projects, and meanwhile
stops executions by Step Functions' own API and kills (SIGKILL) processes in which functions run. From half of that on
the listener of ended executions hears nothing, so that what is left is reconcile's alone. Once nothing runs any more it
counts, starts reconcile once, and counts again; then the listener hears what it has missed, for the ends of changes
that were stopped before they had a lock; then it deletes every resource's row and starts reconcile once more. Each seed
is a storm of its own on the same cloud. The seed chooses what is asked for and what is hit; at what state it is hit,
the machine's own time decides, so that a seed does not play the same storm twice.

It prints a table, what is wrong after it, and exits with 1 if anything is.
"""

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from local.aws import client
from local.client import Session
from local.cloud_process import CloudProcess, free_port
from local.endpoints import Endpoints
from local.stage import Stage
from tests.e2e.chaos_blows import Blows
from tests.e2e.chaos_requests import Wish, befores, draw, lasts
from tests.e2e.chaos_truth import Truth, differing, duplicates, lies, locked, not_rebuilt, outlived, unended

POLL_SECONDS = 2
STEP_SECONDS = 1.0
"""What each resource of a stack takes: long enough for a storm to hit operations halfway."""
QUIET_SECONDS = 900.0
END_SECONDS = 300.0
"""No promises: how long a busy machine may take before something is taken to hang."""


@dataclass
class Toll:
    """What a storm did, and what it left; the sentences of `wrong` must be none."""

    seed: int
    seconds: float = 0.0
    figures: dict[str, int] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def count(self, what: str, sentences: list[str]) -> None:
        """Count what must be none."""
        self.figures[what] = len(sentences)
        self.wrong += sentences

    def __str__(self) -> str:
        """Give it in a line."""
        figures = ", ".join(f"{what} {count}" for what, count in self.figures.items())
        outcomes = ", ".join(f"{outcome} {count}" for outcome, count in sorted(self.outcomes.items()))
        return f"chaos (seed {self.seed}, {self.seconds:.0f} s): {figures}; outcomes: {outcomes}"


@dataclass
class Storm:
    """So many changes at once, and what befalls them."""

    endpoints: Endpoints
    session: Session
    seed: int
    changes: int

    def __post_init__(self) -> None:
        """Begin the seed's choices."""
        self.random = random.Random(self.seed)  # noqa: S311 -- nothing is secret
        self.states = client("stepfunctions", self.endpoints.aws)
        self.truth = Truth(self.endpoints)
        self.blows = Blows(self.endpoints, self.random)
        self.projects = [project.id for project in self.endpoints.projects]

    def rage(self) -> Toll:
        """Let the storm rage, reconcile once, lose the mirror, reconcile once more; tell the toll."""
        toll, began = Toll(self.seed), time.monotonic()
        wishes = draw(self.random, self.changes, self.projects)
        past, begun_before = self.blows.all().keys(), len(self.truth.operations())
        prepared = self._prepare(wishes)
        asked = self._ask_and_disturb(wishes)
        last = [self._stop_halfway(wish) for wish in lasts(self.random, self.projects)]
        self._until(self._nothing_runs, "something still runs")
        self._tell_what_happened(toll, asked, begun_before)
        toll.wrong += self.reconcile()
        toll.count("locks after", locked(self.truth.rows()))
        differences = differing(self.truth.rows(), self.truth.stacks())
        toll.count("rows differing after", [f"{key}: {it}" for key, it in differences.items()])
        self._judge_changes(toll, wishes, asked)
        unheard = self.blows.all().keys() - past - {*prepared, *asked, *last}
        toll.count("accepted, never answered", [f"nobody was told that {change} began" for change in sorted(unheard)])
        self._lose_the_mirror(toll)
        toll.seconds = time.monotonic() - began
        return toll

    def _tell_what_happened(self, toll: Toll, asked: list[str | None], begun_before: int) -> None:
        rows, stacks = self.truth.rows(), self.truth.stacks()
        toll.figures = {
            "changes": sum(1 for change in asked if change),
            "rivals refused": asked.count(None),
            "executions stopped": len(self.blows.stopped),
            "processes killed": self.blows.killed.total(),
            "operations begun": len(self.truth.operations()) - begun_before,
            "locks before reconcile": len(locked(rows)),
            "rows differing before": len(differing(rows, stacks)),
        }

    def _judge_changes(self, toll: Toll, wishes: list[Wish], asked: list[str | None]) -> None:
        """Judge what changes did and say; what was stopped before its lock, only the listener can end."""
        self.blows.hear(ends=True)
        deadline = time.monotonic() + END_SECONDS
        while unended(self.truth.changes()) and time.monotonic() < deadline:
            time.sleep(0.5)
        changes, stacks, operations = self.truth.changes(), self.truth.stacks(), self.truth.operations()
        of = {change: wish for wish, change in zip(wishes, asked, strict=True) if change}
        known = {row["change"] for row in changes.values()}
        heard = {wish.name for wish in of.values()}
        toll.figures["operations that outlived"] = outlived(operations, changes, self.blows.deaths(of))
        toll.count("operations begun twice", duplicates(operations, changes))
        toll.count("changes without an end", unended(changes))
        toll.count("changes that lie", lies(of, changes, stacks, operations))
        toll.count("changes lost", [f"{change} was accepted and is unknown" for change in of.keys() - known])
        toll.count("requests lost", [f"all of {it.name} was refused" for it in wishes if it.name not in heard])
        toll.outcomes.update(row.get("outcome") or row["status"] for row in changes.values() if row["change"] in of)

    def _lose_the_mirror(self, toll: Toll) -> None:
        before = self.truth.rows()
        self.truth.delete(before)
        toll.wrong += [f"{key} was not deleted" for key in self.truth.rows()]
        toll.wrong += self.reconcile()
        after, stacks = self.truth.rows(), self.truth.stacks()
        toll.figures |= {"rows deleted": len(before), "with a stack": len(stacks), "rows back": len(after)}
        toll.count("rows back otherwise", not_rebuilt(before, after, stacks))

    # ------------------------------------------------------------------ what is asked for, and what befalls it

    def _prepare(self, wishes: list[Wish]) -> list[str]:
        """Create what is to be changed or deleted."""
        with ThreadPoolExecutor(8) as pool:
            prepared = [str(it) for it in pool.map(lambda wish: wish.ask(self.session), befores(wishes))]
        self._until(self._nothing_runs, "what is to be changed is still being created")
        ends = {row["change"]: row.get("outcome") for row in self.truth.changes().values()}
        assert {ends.get(change) for change in prepared} <= {"SUCCEEDED"}, ends
        return prepared

    def _ask_and_disturb(self, wishes: list[Wish]) -> list[str | None]:
        with ThreadPoolExecutor(len(wishes)) as pool:
            answers = [pool.submit(wish.ask, self.session) for wish in wishes]
            self.blows.fall(self.changes, lambda: not all(answer.done() for answer in answers))
            wait(answers)
        return [answer.result() for answer in answers]

    def _stop_halfway(self, wish: Wish) -> str:
        """Stop a change while its stack is at work and nobody hears of it: its lock at least is reconcile's to free."""
        change = str(wish.ask(self.session))
        key = (wish.project, f"RESOURCE#bucket#{wish.name}")
        self._until(lambda: key in self.truth.at_work(), f"{change} has no stack at work")
        self.blows.stop(self.blows.all()[change])
        return change

    # ------------------------------------------------------------------ its end

    def _nothing_runs(self) -> bool:
        """Tell whether no execution, no stack, no function is at work: a function outlives a stopped execution."""
        busy = any(worker["busy"] for worker in self.blows.workers())
        return not (self.blows.running() or self.truth.at_work() or busy)

    def _until(self, it_is: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + QUIET_SECONDS
        while not it_is():
            assert time.monotonic() < deadline, f"{what} after {QUIET_SECONDS:.0f} s"
            time.sleep(0.2)

    def reconcile(self) -> list[str]:
        """Start reconcile once, for all projects, and wait for its end; tell what is wrong with it."""
        machine = self.endpoints.state_machines["reconcile"]
        arn = self.states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
        self._until(lambda: self._told(arn)["status"] != "RUNNING", "reconcile still runs")
        told = self._told(arn)
        fine = told["status"] == "SUCCEEDED"
        return [] if fine else [f"reconcile {told['status']}: {told.get('error')} {told.get('cause')}"]

    def _told(self, arn: str) -> dict[str, str]:
        told: dict[str, str] = self.states.describe_execution(executionArn=arn)
        return told


def bring_up(cloud: CloudProcess) -> Endpoints:
    """Bring up a Stowage whose reconcile nobody starts but the storm: one run means one run."""
    endpoints = Stage(cloud, f"http://127.0.0.1:{free_port()}", POLL_SECONDS).bring_up()
    events = client("events", endpoints.aws)
    rules = [rule["Name"] for rule in events.list_rules()["Rules"] if "ReconcileRule" in rule["Name"]]
    assert rules, "there is no schedule of reconcile"
    for rule in rules:
        events.disable_rule(Name=rule)
    return endpoints


def main() -> int:
    """Do what the arguments say; 1 if anything is wrong."""
    say = partial(print, flush=True)
    parser = argparse.ArgumentParser(
        prog="make chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--changes", type=int, default=50, help="how many at once (50)")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1], help="a storm's choices; several, several storms (1)"
    )
    options = parser.parse_args()
    tolls = []
    with tempfile.TemporaryDirectory(prefix="stowage-chaos-") as folder:
        cloud = CloudProcess(Path(folder), step_seconds=STEP_SECONDS)
        try:
            endpoints = bring_up(cloud)
            for seed in options.seeds:
                with Session(endpoints, "anna@example.com") as anna:
                    storm = Storm(endpoints, anna, seed, options.changes)
                    tolls.append(storm.rage())
                say(f"{tolls[-1]}\n  killed: {dict(storm.blows.killed.most_common())}")
        finally:
            cloud.stop()
    say(f"{'seed':<30}" + "".join(f"{toll.seed:>8}" for toll in tolls))
    for what in tolls[0].figures:
        say(f"{what:<30}" + "".join(f"{toll.figures[what]:>8}" for toll in tolls))
    wrong = [sentence for toll in tolls for sentence in toll.wrong]
    say("\n".join(wrong) or "nothing is wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
