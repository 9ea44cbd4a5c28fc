"""State NotifyFailed of machine change_resource: the change has ended, and the project's open pages learn why.

Reads the change's row, the resource's row and the members; adds the change's end and two to the sequence number. It
comes after the lock was freed (unless that must stay, L7), so that who reads the end may try again at once.
Idempotent: an end is written once, and stays: it told what was true then.
"""

from stowage.adapters import bootstrap
from stowage.adapters.announcing import announce
from stowage.adapters.metrics import count_ended
from stowage.adapters.task_handler import task
from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.endings import unsuccessful
from stowage.domain.notifications import Notifier
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Changes, Clock
from stowage.domain.task_requests import LockedTaskRequest, Nothing
from stowage.domain.wire import WireModel

STATE = "NotifyFailed"


class Verdict(WireModel):
    """How the change ended."""

    outcome: Outcome
    cause: str


class NotifyFailedRequest(LockedTaskRequest):
    """A change and its verdict."""

    failure: Verdict


def notify_failed(request: NotifyFailedRequest, *, changes: Changes, notifier: Notifier, clock: Clock) -> Nothing:
    """Write the change's end and tell every open page of the project's members that it failed, with its cause."""
    change = changes.get(request.change.project, request.change.change)
    if change is None or change.status is ChangeStatus.RUNNING:
        begun = change or Change.started(request.change, request.started_at)
        verdict = request.failure
        change = begun.ended(unsuccessful(verdict.outcome), verdict.outcome, verdict.cause, to_iso(clock.now()))
        changes.put_ended(change)
        count_ended(change)
    announce(notifier, change, STATE)
    return Nothing()


@task(NotifyFailedRequest)
def handler(request: NotifyFailedRequest) -> Nothing:
    """Run the state."""
    return notify_failed(request, changes=bootstrap.changes(), notifier=bootstrap.notifier(), clock=bootstrap.clock())
