"""What is known to go otherwise than it should for a while, and why: excused by name, counted, never passed over."""

from collections.abc import Sequence

from tests.simulation.aws_faults import Fault
from tests.simulation.recovery import LISTENER
from tests.simulation.stack_events import LISTENER as STACK_EVENT

DENIED_LOOK = "whoever records the end was denied the look at the stack"
STALE_LOOK = "whoever tells or records the end saw the stack as it had been"
RELEASED = "a ReleaseLock whose answer was lost found the next change's lock, and called a success LOCK_LOST"
REDRIVEN = "recovery freed the lock of an execution that was being redriven"
FOREIGN = "an operation from outside ended, and no change has come since"
ORPHAN = "a function outlived its execution's lock and began an operation"

Hits = Sequence[tuple[str, str, Fault]]
"""What went wrong: of which state, at which call, how."""


def ended_by_a_stale_look(hits: Hits) -> bool:
    """Tell whether whoever ends a change saw its stack as it had been."""
    return any(
        state in {LISTENER, "RecordFailure"} and fault is Fault.STALE and call.startswith("cloudformation:")
        for state, call, fault in hits
    )


def of_a_spoilt_look(hits: Hits) -> str | None:
    """Give what makes a row stale until reconcile looks at its stack again, or None."""
    for state, call, fault in hits:
        if state not in {"AwaitStack", "RecordFailure", LISTENER, STACK_EVENT}:
            continue
        if fault is Fault.DENIED:
            return DENIED_LOOK
        if fault is Fault.STALE and call.startswith("cloudformation:"):
            return STALE_LOOK
    return None
