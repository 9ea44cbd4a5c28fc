"""The fixed set of checks that a sound product passes, and every mutant must fail: cheapest first."""

from collections.abc import Iterator
from dataclasses import replace

from stowage.catalog.registry import kind_by_name
from stowage.domain.kinds import deadline_seconds
from tests.simulation.asl_machine import Machine
from tests.simulation.aws_faults import Fault
from tests.simulation.event_orders import play_orders
from tests.simulation.lock_interleavings import explore
from tests.simulation.lock_writes import Writes
from tests.simulation.names import expected, fault_names, interrupt_names, play_of, status_names
from tests.simulation.plays import Played
from tests.simulation.scenarios import AGAIN, SCENARIOS
from tests.simulation.world import BUCKET
from tests.unit.fakes.clock import START

SEEDS = 60
INTERLEAVINGS, ORDERS = "interleavings", "event orders"
DEADLINE_SECONDS = deadline_seconds(kind_by_name(BUCKET).usual_seconds)  # type: ignore[union-attr]
SPARE_SECONDS = 120
HEARD_SECONDS = 8
"""From the stack's end: 0.2 s until its event comes, then three states; a poll takes 11."""


def first_breach(machine: Machine | None = None, by: str = "", *, only: bool = False) -> str | None:
    """Give the first thing that is not as it must be, with what plays it again; None for a sound product.

    Args:
        machine: the machine to run, the rendered one if it is not given.
        by: what is to be tried before all else: the name of a play, "interleavings" or "event orders".
        only: try nothing else.
    """
    return next(_of(by, machine) if only else breaches(machine, by), None)


def breaches(machine: Machine | None = None, by: str = "") -> Iterator[str]:
    """Give what is not as it must be, one sentence each."""
    yield from _of(by, machine)
    for name in SCENARIOS:
        yield from of_name(f"PLAY='{name}'", machine)
        yield from of_name(f"PLAY='{name}' UNHEARD", machine)
    yield from _interleavings(machine)
    yield from _of(ORDERS, machine)
    for name in (*POINTED, *status_names(), *fault_names(everywhere=False), *interrupt_names(everywhere=False)):
        yield from of_name(name, machine)
    for seed in range(SEEDS):
        yield from of_name(f"SEED={seed}", machine)


def _of(by: str, machine: Machine | None) -> Iterator[str]:
    if by == INTERLEAVINGS:
        yield from _interleavings(machine)
    elif by == ORDERS:
        yield from (f"event orders: {sentence}" for held in (False, True) for sentence in play_orders(held=held).broken)
    elif by:
        yield from of_name(by, machine)


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
    yield from (f"{name}: {sentence}" for sentence in _late(played))
    own_end = "UNHEARD" in name and not played.play.interrupts
    if own_end and played.unswept and ("FAILED", "STILL_RUNNING") not in played.outcomes():
        yield f"{name}: {', '.join(played.unswept)} holds the lock after its end"


def _late(played: Played) -> Iterator[str]:
    """Tell which change took too long, nothing going wrong: beyond its deadline, or long after it heard of its end."""
    play = played.play
    if play.plan.hits or play.interrupts:
        return
    ends = {each.stack_id: at for stack_id, past in played.world.stacks.past.items() for at, each in past}
    for name, execution in played.executions.by_name.items():
        took = ((execution.stopped or played.world.now()) - execution.started).total_seconds()
        # Another operation, also a leftover's deletion, is waited for as well, for half an hour.
        waited = execution.run.events.count(("TaskStarted", "SubmitStackOperation")) > 1
        if took > DEADLINE_SECONDS + SPARE_SECONDS and not waited:
            yield f"{name} ended after {took:.0f} s, beyond its deadline"
        stack_id = next((made.stack_id for made in played.invariants.begun.get(name, [])), None)
        if "told by events" in play.name and stack_id is not None and execution.run is played.last:
            late = (execution.stopped or played.world.now()).timestamp() - START.timestamp() - ends[stack_id]
            if late > HEARD_SECONDS:
                yield f"{name} ended {late:.1f} s after its stack, of which it had heard"


def _interleavings(machine: Machine | None) -> Iterator[str]:
    explored = explore(Writes(machine), 2)
    yield from (f"interleaving: {breach} after {', '.join(way[:-1])}" for breach, way in explored.breaches)


LOST_ANSWER = Fault.TIMEOUT_AFTER.value
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
    # The answer to the submission was lost, and somebody wants a stop meanwhile: the operation runs, and is stopped.
    f"PLAY='stopped update' AT='SubmitStackOperation/cloudformation:update_stack/{LOST_ANSWER}/0/1/exists'",
    # A description from before the recovery, in the very status that this could end in.
    *(
        f"PLAY='continued' AT='AwaitStack/cloudformation:describe_stacks/{Fault.STALE.value}/{skip}/1/idempotent'"
        for skip in range(1, 6)
    ),
    *(
        f"PLAY='continued' AT='SubmitStackOperation/cloudformation:continue_update_rollback/{fault.value}/0/1/exists'"
        for fault in (Fault.TIMEOUT_AFTER, Fault.TWICE)
    ),
    # A redriven execution goes on emptying after its lock was freed.
    "PLAY='emptied in vain' INTERRUPT='EmptyContents/ABORTED/0.03/30/soon'",
    # Among fifty at once there are some that look at the change before it begins, and at the row after.
    *(f"PLAY='asked for by fifty with one key' SEED={seed}" for seed in range(1, 4)),
    # What a state is denied, its change ends with; and frees its lock, though no listener hears of it.
    *(
        f"PLAY='create' AT='{state}/{Fault.DENIED.value}/0/1/idempotent' UNHEARD"
        for state in ("SubmitStackOperation/cloudformation:create_stack", "UpdateMirror/dynamodb:update_item")
    ),
)
"""Faults that matter in one scenario above all; all others are tried in the first scenario that makes the call."""
