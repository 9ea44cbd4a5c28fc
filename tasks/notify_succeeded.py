"""State NotifySucceeded of machine change_resource: the change has ended, and the project's open pages learn it.

Reads the change's row, the resource's row and the members; adds the change's end and two to the sequence number. It
comes after the lock was freed, so that who reads the end may ask for the next change at once. Idempotent: an end is
written once, and a page that is told twice draws the same thing twice. Should it fail, listeners/execution_ended.py
writes the end.
"""

from stowage.adapters import bootstrap
from stowage.adapters.announcing import announce
from stowage.adapters.metrics import count_ended
from stowage.adapters.task_handler import task
from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.notifications import Notifier
from stowage.domain.outcomes import Outcome, sentence_of_success
from stowage.domain.ports import Changes, Clock
from stowage.domain.task_requests import LockedTaskRequest, Nothing

STATE = "NotifySucceeded"


class NotifySucceededRequest(LockedTaskRequest):
    """A change and what it came to: SUCCEEDED, NO_CHANGE or RETAINED."""

    outcome: Outcome


def notify_succeeded(request: NotifySucceededRequest, *, changes: Changes, notifier: Notifier, clock: Clock) -> Nothing:
    """Write the change's end and tell every open page of the project's members what stands now, free again."""
    change = changes.get(request.change.project, request.change.change)
    if change is None or change.status is ChangeStatus.RUNNING:
        begun = change or Change.started(request.change, request.started_at)
        told = sentence_of_success(request.outcome, begun.kind, begun.name)
        change = begun.ended(ChangeStatus.SUCCEEDED, request.outcome, told, to_iso(clock.now()))
        changes.put_ended(change)
        count_ended(change)
    announce(notifier, change, STATE)
    return Nothing()


@task(NotifySucceededRequest)
def handler(request: NotifySucceededRequest) -> Nothing:
    """Run the state."""
    return notify_succeeded(
        request, changes=bootstrap.changes(), notifier=bootstrap.notifier(), clock=bootstrap.clock()
    )
