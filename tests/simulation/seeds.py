"""A world from a number: which changes, on what, how each operation ends, what goes wrong, who is interrupted."""

from random import Random

from tests.simulation.asking import ACTIONS, Ask
from tests.simulation.aws_faults import AwsCall, Fault, Plan
from tests.simulation.plays import NAME, Given, Interrupt, Play, Wish
from tests.simulation.recovery import LOST
from tests.simulation.stack_events import unheard
from tests.simulation.stack_statuses import ENDS

STATES = (
    "AcquireLock",
    "NotifyStarted",
    "SubmitStackOperation",
    "AwaitStack",
    "UpdateMirror",
    "ReleaseLock",
    "NotifySucceeded",
    "RecordFailure",
    "ReleaseLockAfterFailure",
    "NotifyFailed",
    "DescribeLock",
    "NotifyRefused",
    "EmptyContents",
)
GIVENS = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
OTHER_GIVENS = ("UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "DELETE_FAILED", "ROLLBACK_FAILED", "DELETE_COMPLETE")
"""Which only an action of the API leads out of."""
VERBS = ("put", "put", "delete", "stop", "stop", *ACTIONS)
DENIAL_SHARE = 0.03
"""Few faults are denials: they end a change, and what comes after is what the others are to meet."""


def seeded(seed: int) -> Play:
    """Give the play of a seed."""
    chance = Random(seed)  # noqa: S311 -- chance that can be had again
    names = [NAME] if chance.random() < 0.7 else [NAME, "pears"]
    wishes = tuple(
        Wish(
            chance.choice([0.0, chance.uniform(0, 1), chance.uniform(0, 120)]),
            chance.choice(["put", "put", "delete"]),
            chance.choice(names),
            chance.random() < 0.05,
        )
        for _ in range(chance.randint(1, 4))
    )
    asks = _asks(chance, names) if chance.random() < 0.5 else ()
    if asks and chance.random() < 0.5:
        wishes = ()
    givens = tuple(
        Given(chance.choice(OTHER_GIVENS if asks and chance.random() < 0.3 else GIVENS), name)
        for name in names
        if chance.random() < 0.6
    )
    ends = {verb: "done" if chance.random() < 0.7 else chance.choice(sorted(of)) for verb, of in ENDS.items()}
    return Play(
        f"SEED={seed}",
        seed,
        wishes,
        givens,
        asks=asks,
        contents=chance.choice([(0, 0), (0, 0), (1_200, 0), (30, 1)]),
        plan=_plan(chance),
        ends=ends,
        seconds=chance.choice([0.5, 8.0, 20.0, 20.0, 90.0, 90.0, 5000.0]),
        interrupts=tuple(_interrupt(chance) for _ in range(chance.choice([0, 0, 1, 1, 2]))),
        events=chance.choice([unheard, _prompt, _wild]),
        listener=chance.choice([_soon, _soon, _late, _lost]),
        reconciles=tuple(chance.uniform(0, 300) for _ in range(chance.choice([0, 0, 0, 1, 2]))),
        loses_mirror=chance.random() < 0.2,
    )


def _asks(chance: Random, names: list[str]) -> tuple[Ask, ...]:
    """Draw what people ask for, one thing after the other, some of it at once and some of it by several."""
    moment, asks = 0.0, list[Ask]()
    for _ in range(chance.randint(1, 5)):
        moment += chance.choice([0.0, chance.uniform(0, 3), chance.uniform(0, 60), chance.uniform(0, 200)])
        clients = chance.choice([1, 1, 1, 3])
        asks.append(Ask(moment, chance.choice(VERBS), chance.choice(names), clients, chance.random() < 0.7))
    return tuple(asks)


def _plan(chance: Random) -> Plan:
    rate = chance.choice([0.0, 0.02, 0.1, 0.25])
    faults = sorted(set(Fault) - {Fault.DENIED})

    def choose(_call: AwsCall) -> Fault | None:
        if chance.random() >= rate:
            return None
        return Fault.DENIED if chance.random() < DENIAL_SHARE else chance.choice(faults)

    return Plan(choose)


def _interrupt(chance: Random) -> Interrupt:
    return Interrupt(
        chance.choice(STATES),
        chance.choice(["ABORTED", "TIMED_OUT"]),
        chance.choice([0.0, chance.uniform(0, 0.5), chance.uniform(0, 30)]),
        None if chance.random() < 0.5 else chance.choice([0.1, chance.uniform(0, 5), chance.uniform(0, 500)]),
    )


def _prompt(chance: Random) -> list[float]:
    return [chance.uniform(0, 0.5)]


def _wild(chance: Random) -> list[float]:
    """Lose some, reorder most, repeat some."""
    return [chance.uniform(0, 40) for _ in range(chance.choice([0, 1, 1, 1, 2]))]


def _soon(chance: Random) -> float:
    return chance.uniform(0, 2)


def _late(chance: Random) -> float:
    return chance.uniform(0, 7200)


def _lost(chance: Random) -> float:
    return LOST if chance.random() < 0.5 else chance.uniform(0, 2)
