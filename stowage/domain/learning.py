"""Learning from a change that ended how long such changes take, for `stowage.domain.usual` to tell."""

from stowage.domain.changes import ChangeRequest
from stowage.domain.errors import ConcurrentUpdateError, ExecutionNotFoundError
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import ChangeDetails, Changes, Executions

TRIES = 5
"""Of a write that others of the same kind and action come before: as many end at once only rarely."""


def learn_durations(
    request: ChangeRequest, *, changes: Changes, executions: Executions, details: ChangeDetails
) -> bool:
    """Learn from a change that did what was asked, in the plain way; tell whether it was new.

    One that found nothing to do was over before CloudFormation began, and one with a mode goes other ways: neither
    tells what is usual. Idempotent: a change is learnt from once.
    Raises ConcurrentUpdateError where others always come before.
    """
    change = changes.get(request.project, request.change)
    if request.mode is not None or change is None or change.outcome is not Outcome.SUCCEEDED:
        return False
    try:
        states = executions.states(request.change)
    except ExecutionNotFoundError:
        return False
    for tries_left in reversed(range(TRIES)):
        known = details.get_durations(request.kind, request.action)
        learnt = known.learnt(request.change, states)
        if learnt is known:
            return False
        try:
            details.put_durations(learnt, seen=known.revision)
        except ConcurrentUpdateError:
            if not tries_left:
                raise
        else:
            return True
    return False
