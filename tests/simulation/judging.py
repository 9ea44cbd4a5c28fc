"""The fixed set of checks that a sound product passes, and every mutant must fail: cheapest first."""

from collections.abc import Iterator
from dataclasses import replace

from tests.simulation.asl import Machine
from tests.simulation.aws_faults import Fault
from tests.simulation.lock_interleavings import explore
from tests.simulation.lock_writes import Writes
from tests.simulation.names import expected, fault_names, interrupt_names, play_of, status_names
from tests.simulation.plays import Played
from tests.simulation.scenarios import AGAIN, SCENARIOS

SEEDS = 60
INTERLEAVINGS = "interleavings"


def first_breach(machine: Machine | None = None, by: str = "", *, only: bool = False) -> str | None:
    """Give the first thing that is not as it must be, with what plays it again; None for a sound product.

    Args:
        machine: the machine to run, the rendered one if it is not given.
        by: what is to be tried before all else: the name of a play, or "interleavings".
        only: try nothing else.
    """
    return next(of_name(by, machine) if only else breaches(machine, by), None)


def breaches(machine: Machine | None = None, by: str = "") -> Iterator[str]:
    """Give what is not as it must be, one sentence each."""
    if by and by != INTERLEAVINGS:
        yield from of_name(by, machine)
    elif by:
        yield from _interleavings(machine)
    for name in SCENARIOS:
        yield from of_name(f"PLAY='{name}'", machine)
        yield from of_name(f"PLAY='{name}' UNHEARD", machine)
    yield from _interleavings(machine)
    for name in (*POINTED, *status_names(), *fault_names(everywhere=False), *interrupt_names(everywhere=False)):
        yield from of_name(name, machine)
    for seed in range(SEEDS):
        yield from of_name(f"SEED={seed}", machine)


def of_name(name: str, machine: Machine | None = None) -> Iterator[str]:
    """Judge a play by its name: by what was broken, and by what its scenario must come to."""
    try:
        played = replace(play_of(name), machine=machine).run()
    except AssertionError as error:
        yield f"{name}: {error}"
        return
    yield from of_played(name, played)


def of_played(name: str, played: Played) -> Iterator[str]:
    """Judge a play that is over."""
    yield from (f"{name}: {sentence}" for sentence in dict.fromkeys(played.broken))
    wanted = expected(name)
    if wanted is not None and played.outcomes() != wanted:
        yield f"{name}: came to {played.outcomes()} and not to {wanted}"
    for change, (status, _) in zip(played.changes(), wanted or [], strict=False):
        run = played.executions.by_name[change].run
        if status == "SUCCEEDED" != run.status:
            yield f"{name}: the execution {change} is {run.status}: {run.error}"
    own_end = "UNHEARD" in name and not played.play.interrupts
    if own_end and played.unswept and ("FAILED", "STILL_RUNNING") not in played.outcomes():
        yield f"{name}: {', '.join(played.unswept)} holds the lock after its end"


def _interleavings(machine: Machine | None) -> Iterator[str]:
    explored = explore(Writes(machine), 2)
    yield from (f"interleaving: {breach} after {', '.join(way[:-1])}" for breach, way in explored.breaches)


POINTED = (
    # A straggling AcquireLock of its own takes a new fence while the change waits for a busy stack.
    *(
        f"PLAY='update of a busy stack' "
        f"AT='AcquireLock/dynamodb:update_item/{Fault.LATE.value}/0/1/{again}' SEED={seed}"
        for again in AGAIN
        for seed in (4, 8, 9)
    ),
    # A description from before the update, in the very status that the update is to end in.
    *(
        f"PLAY='second update' AT='AwaitStack/cloudformation:describe_stacks/{Fault.STALE.value}/{skip}/1/idempotent'"
        for skip in range(3, 6)
    ),
    # Who reads the row as it was, before the version that refused it, takes the refusal for a lock just let go.
    *(
        f"PLAY='stale' AT='DescribeLock/dynamodb:get_item/{Fault.STALE.value}/0/1/idempotent' SEED={n}"
        for n in range(4)
    ),
    # A redriven execution runs again by the time that the event of its first end comes.
    *(
        f"PLAY='update' INTERRUPT='{state}/ABORTED/0.0/0.2/soon'"
        for state in ("NotifyStarted", "SubmitStackOperation", "UpdateMirror")
    ),
    # What a state is denied, its change ends with; and frees its lock, though no listener hears of it.
    *(
        f"PLAY='create' AT='{state}/{Fault.DENIED.value}/0/1/idempotent' UNHEARD"
        for state in ("SubmitStackOperation/cloudformation:create_stack", "UpdateMirror/dynamodb:update_item")
    ),
)
"""Faults that matter in one scenario above all; all others are tried in the first scenario that makes the call."""
