"""Plays: what is started when, on which givens, what goes wrong, what came of it; each has a name that replays it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from stowage.adapters.dynamodb.items import from_item, to_item
from stowage.catalog.registry import kind_by_name
from stowage.domain.resources import ResourceStatus
from stowage.domain.stacks import resource_status
from tests.simulation import wiring
from tests.simulation.asking import Answered, Ask, People, judge_answers
from tests.simulation.asl import Call, Run
from tests.simulation.asl_machine import Machine
from tests.simulation.at_rest import AtRest
from tests.simulation.aws_faults import Plan
from tests.simulation.buckets import KEPT
from tests.simulation.cloudformation import Script
from tests.simulation.executions import Execution, Executions
from tests.simulation.invariants import Invariants
from tests.simulation.recovery import LOST, recover
from tests.simulation.removals import Removals
from tests.simulation.sim_stack import SimStack
from tests.simulation.stack_events import Deliveries, StackEventQueue, unheard
from tests.simulation.world import BUCKET, World
from tests.unit.fakes.people import MANAGER

NAME = "apples"
FIRST_ASK = 101
"""Asks are numbered apart from wishes, so that their specs differ."""
OWNER = {"owner": MANAGER.email, "costCentre": "CC-4711"}


@dataclass(frozen=True, slots=True)
class Wish:
    """A change that somebody asks for: a PUT ("put") or a DELETE, at a time, on a resource."""

    seconds: float
    verb: str
    name: str = NAME
    stale: bool = False
    """Made for an older version than there is."""
    waits: float = 0.0
    """How long after it was made the execution starts."""
    number: int | None = None
    """Whose change id it has: another's, which has ended long ago."""


@dataclass(frozen=True, slots=True)
class Given:
    """A stack, and the mirror's row of it, that stand before the play begins; `row` False: the stack alone."""

    status: str
    name: str = NAME
    row: bool = True
    ours: bool = True
    outcome: str | None = None
    """How the last change of it ended."""
    foreign_end: tuple[str, ...] = ()
    """Statuses that a running foreign operation goes through, over 40 s."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """An execution is ended from outside while a state runs, and perhaps redriven."""

    state: str
    status: str
    after_seconds: float
    redrive_after: float | None = None


@dataclass
class Play:
    """One run of a world; `listener` gives the delay of an end event."""

    name: str
    seed: int
    wishes: tuple[Wish, ...]
    givens: tuple[Given, ...] = ()
    plan: Plan = field(default_factory=Plan)
    ends: Mapping[str, str] = field(default_factory=dict)
    """What an operation comes to, by its verb; "done" when it is not told; "stuck, done" for one and the next."""
    seconds: float = 15.0
    interrupts: tuple[Interrupt, ...] = ()
    listener: Callable[[Random], float] = lambda _random: 0.5
    events: Deliveries = unheard
    """The delays of a stack event's deliveries: none when it is lost, two when it comes twice."""
    asks: tuple[Ask, ...] = ()
    """What people ask for at the API."""
    loses_mirror: bool = False
    """Whether every row is lost at its end, and reconcile has to bring them back from the stacks alone (M3)."""
    reconciles: tuple[float, ...] = ()
    """When reconcile runs, before the last run after all is at rest."""
    contents: tuple[int, int] = (0, 0)
    """How many objects the buckets hold, and how many of them are kept by Object Lock."""
    again: str = ""
    machine: Machine | None = None

    def run(self) -> "Played":
        """Play to the end, reconcile once, and judge."""
        world = World(self.seed, self.plan, self._script(), self.again)
        executions = Executions(world, self.machine) if self.machine else Executions(world)
        invariants = Invariants(world, executions)
        Removals(world, executions, invariants)
        people = People(executions, spec)
        lost: set[str] = set()

        def delay(name: str) -> float:
            seconds = self.listener(world.random)
            if seconds == LOST:
                lost.add(name)
            return seconds

        executions.ended.delay = delay
        StackEventQueue(world, self.events)
        pending = list(self.interrupts)

        def entered(execution: Execution, call: Call) -> None:
            for interrupt in [each for each in pending if each.state == call.state]:
                pending.remove(interrupt)
                world.timeline.after(interrupt.after_seconds, partial(_interrupt, executions, execution, interrupt))

        executions.enters.append(entered)
        with wiring.wired(world):
            self._begin(executions, people)
            world.timeline.run()
            unswept = invariants.held()
            AtRest(invariants, frozenset()).judge_without_reconcile()
            recover(executions)
            self._judge(invariants, frozenset(lost))
        invariants.broken += judge_answers(people.answers, executions)
        return Played(self, world, executions, invariants, invariants.broken, unswept, people.answers)

    def _begin(self, executions: Executions, people: People) -> None:
        """Lay what is given, and let happen what is asked for."""
        world = executions.world
        for given in self.givens:
            lay(world, given)
        for name in {given.name for given in self.givens}:
            world.buckets.keys[name] = keys_of(*self.contents)
        for number, ask in enumerate(self.asks, FIRST_ASK):
            world.timeline.after(ask.seconds, partial(people.ask, number, ask))
        for seconds in self.reconciles:
            world.timeline.after(seconds, executions.reconcile)
        for number, wish in enumerate(self.wishes, 1):
            world.timeline.after(wish.seconds, partial(_start, executions, number, wish))

    def _judge(self, invariants: Invariants, lost: frozenset[str]) -> None:
        """Judge what stands at rest; lose the mirror, and judge what comes back of it, where the play says so."""
        spoilt = self.interrupts or any(state.startswith("Notify") for state, _, _ in self.plan.hits)
        rest = AtRest(invariants, lost if spoilt else frozenset())
        rest.judge()
        if self.loses_mirror:
            before = rest.told_by_stacks()
            rest.lose_the_mirror()
            recover(invariants.executions)
            if rest.told_by_stacks() != before:
                invariants.say(f"a lost mirror came back as {rest.told_by_stacks()}, and was {before}")

    def _script(self) -> Script:
        coming = {verb: ends.split(", ") for verb, ends in self.ends.items()}

        def end_of(verb: str, _stack: SimStack) -> tuple[str, float]:
            ends = coming.get(verb, ["done"])
            return ends.pop(0) if len(ends) > 1 else ends[0], self.seconds

        return end_of


@dataclass(frozen=True)
class Played:
    """A play that is over."""

    play: Play
    world: World
    executions: Executions
    invariants: Invariants
    broken: list[str]
    unswept: list[str]
    answers: list[Answered]

    def changes(self) -> list[str]:
        """Give the changes in the order of asking; those of the API in which they began."""
        begun = self.executions.by_name
        return list(begun) if self.play.asks else sorted(begun)

    @property
    def last(self) -> Run:
        """Give the execution that began last."""
        return list(self.executions.by_name.values())[-1].run

    def outcomes(self) -> list[tuple[str, str | None]]:
        """Give each change's status and outcome, as its row tells it, in the order of asking."""
        rows = self.world.table.rows
        told = []
        for name in self.changes():
            row = from_item(rows.get((f"CHANGES#{self.world.project.id}", f"CHANGE#{name}")) or {})
            told.append((row.get("status", "?"), row.get("outcome")))
        return told

    def report(self) -> str:
        """Give the breaches, the command that plays it again, and the trace."""
        breaches = "\n".join(f"  - {sentence}" for sentence in dict.fromkeys(self.broken))
        return f'{breaches}\nreplay: make simulate NAME="{self.play.name}"\n' + "\n".join(self.world.trace)


def _start(executions: Executions, number: int, wish: Wish) -> None:
    made = request(executions.world, wish.number or number, wish)
    executions.world.timeline.after(wish.waits, lambda: executions.start(made))


def _interrupt(executions: Executions, execution: Execution, interrupt: Interrupt) -> None:
    name = execution.run.name
    if not executions.stop(name, interrupt.status) or interrupt.redrive_after is None:
        return
    executions.world.timeline.after(interrupt.redrive_after, lambda: executions.redrive(name))


def keys_of(objects: int, kept: int) -> list[str]:
    """Give the keys of what a bucket holds."""
    return [f"{KEPT if number < kept else 'key'}-{number}" for number in range(objects)]


def spec(number: int) -> dict[str, Any]:
    """Give a spec that differs from every other."""
    return {**OWNER, "description": f"wish {number}"}


def lay(world: World, given: Given) -> SimStack:
    """Lay a stack and its row; the row alone, of a stack that is gone, where the status is none."""
    stack = world.lay_stack(given.name, given.status, spec(0), ours=given.ours)
    if given.foreign_end:
        world.stacks.go_through(stack.stack_id, given.foreign_end, 40.0)
    if given.row:
        key = {"pk": f"RESOURCES#{world.project.id}", "sk": f"RESOURCE#{BUCKET}#{given.name}"}
        fields = {
            "project": world.project.id,
            "kind": BUCKET,
            "name": given.name,
            "version": 1,
            "fence": 1,
            "spec": canonical(spec(0)),
            "status": resource_status(given.status, ResourceStatus.UPDATING).value,
            "stackId": stack.stack_id,
            "stackStatus": given.status,
            "outputs": canonical(stack.outputs()),
            "lastChange": "chg-" + "0" * 32,
            **({} if given.outcome is None else {"outcome": given.outcome}),
        }
        world.table.rows[key["pk"], key["sk"]] = to_item({**key, **fields})
        world.table.past[key["pk"], key["sk"]] = [(-1.0, to_item({**key, **fields}))]
    return stack


def request(world: World, number: int, wish: Wish) -> dict[str, Any]:
    """Make the execution's input of a wish as the API does: by the row as it is now."""
    key = (f"RESOURCES#{world.project.id}", f"RESOURCE#{BUCKET}#{wish.name}")
    row = from_item(world.table.rows.get(key) or {})
    never_stood = not row or "deletedAt" in row or row["status"] in {"CREATE_FAILED", "MISSING"}
    action = "delete" if wish.verb == "delete" else "create" if never_stood else "update"
    expected = max(row.get("version", 0) - int(wish.stale), 0)
    return {
        "change": f"chg-{number:032d}",
        "project": world.project.id,
        "kind": BUCKET,
        "name": wish.name,
        "action": action,
        "spec": {} if action == "delete" else spec(number),
        "expectedVersion": expected,
        "version": expected if action == "delete" else expected + 1,
        "actor": MANAGER.email,
        "actorId": MANAGER.id,
        "request": "f" * 64,
    }


def canonical(value: Any) -> str:
    """Give the JSON text as the rows hold it."""
    from stowage.domain.changes import canonical_json  # noqa: PLC0415 -- one use

    return canonical_json(value)


def validate_specs() -> None:
    """Fail early if the made-up spec is none of the kind's."""
    import jsonschema  # noqa: PLC0415 -- one use

    kind = kind_by_name(BUCKET)
    assert kind is not None
    jsonschema.Draft202012Validator(kind.schema).validate(spec(1))
