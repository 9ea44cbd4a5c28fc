"""What may be done with a resource as it stands, for whoever may write: the console offers this, the API takes it.

Decided by status, the last change's outcome, the stack's status and the lock alone, so that a list can tell it of each
row. The words of the statuses are those of `stowage.domain.resources` and of CloudFormation.
"""

from enum import StrEnum
from functools import lru_cache

from stowage.domain.outcomes import Outcome


class NextAction(StrEnum):
    """Something to do with a resource. All but update and delete are asked for by …/actions/{action}, or stop."""

    UPDATE = "update"
    DELETE = "delete"
    RETRY = "retry"
    REPAIR = "repair"
    RECREATE = "recreate"
    FORGET = "forget"
    EMPTY_AND_DELETE = "emptyAndDelete"
    RETAIN = "retain"
    CONTINUE_ROLLBACK = "continueRollback"
    STOP = "stop"


STANDS = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
RESTORED = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
CLEARED_BY_A_CREATION = frozenset({"ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"})
"""What never stood, and goes by itself when it is created anew."""
LEFTOVERS = frozenset({"CREATE_FAILED", "ROLLBACK_FAILED"})
"""What never stood, and of which something may refuse to go."""
RECOVERING = frozenset(
    {"UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"}
)
"""In which a change only brings back what stood before: there is nothing to stop."""
BEING_DELETED = "DELETE_IN_PROGRESS"
GONE = "DELETE_COMPLETE"

_TRIED_IN_VAIN = frozenset({Outcome.ROLLED_BACK, Outcome.STOPPED, Outcome.ACCESS_DENIED})
_EDIT = (NextAction.UPDATE, NextAction.DELETE)


@lru_cache(maxsize=4096)
def next_actions(
    status: str, outcome: str | None, stack_status: str | None, lock_action: str | None
) -> tuple[NextAction, ...]:
    """Give what is legal now, the likeliest first.

    Args:
        status: the resource's status.
        outcome: how its last change ended; None while one runs.
        stack_status: one of CloudFormation's 23 stack statuses, or None when no stack is known.
        lock_action: what the change that holds the resource does to it; None when it is free.
    """
    if lock_action is not None:
        return (NextAction.STOP,) if _is_stoppable(lock_action, stack_status) else ()
    if stack_status is not None and stack_status.endswith("_IN_PROGRESS") and stack_status not in CLEARED_BY_A_CREATION:
        # Somebody is at work on the stack outside Stowage, or was when it was last heard of: a change waits for that.
        return _EDIT
    if status == "MISSING":
        return NextAction.RECREATE, NextAction.FORGET
    if status == "CREATE_FAILED" and stack_status in {None, GONE}:
        return NextAction.RETRY, NextAction.UPDATE, NextAction.FORGET
    if stack_status == GONE:
        return NextAction.RECREATE, NextAction.FORGET
    return _of_a_stack_at_rest(status, outcome, stack_status)


def _is_stoppable(lock_action: str, stack_status: str | None) -> bool:
    """Tell whether a running change can be stopped: a deletion only before CloudFormation deletes, while it empties."""
    if lock_action == "delete":
        return stack_status not in {None, GONE, BEING_DELETED}
    return stack_status not in RECOVERING


def _of_a_stack_at_rest(status: str, outcome: str | None, stack_status: str | None) -> tuple[NextAction, ...]:
    holds_contents = outcome == Outcome.BUCKET_NOT_EMPTY
    emptying = (NextAction.EMPTY_AND_DELETE, NextAction.RETAIN) if holds_contents else ()
    if stack_status in STANDS:
        return *_EDIT, *emptying
    if stack_status in RESTORED:
        return *((NextAction.RETRY,) if outcome in _TRIED_IN_VAIN else ()), *_EDIT, *emptying
    if stack_status in CLEARED_BY_A_CREATION:
        return NextAction.RETRY, *_EDIT
    if stack_status in LEFTOVERS:
        return NextAction.REPAIR, NextAction.RETRY, *_EDIT
    if stack_status == "DELETE_FAILED":
        return *emptying, NextAction.DELETE
    if stack_status == "UPDATE_FAILED":
        return (NextAction.REPAIR,)
    if stack_status == "UPDATE_ROLLBACK_FAILED" and outcome != Outcome.NEEDS_OPERATOR:
        return (NextAction.CONTINUE_ROLLBACK,)
    if stack_status is not None or status == "NEEDS_OPERATOR":
        return ()  # an operator's, in the project's account
    return _EDIT
