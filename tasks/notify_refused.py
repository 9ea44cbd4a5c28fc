"""State NotifyRefused of machine change_resource: says why the lock was refused, to the person and the open pages.

Reads the row that DescribeLock read, the members; adds the change's end and two to the sequence number. Idempotent: it
decides by its input alone, and an end that is written twice is the same.
"""

from typing import Any

from stowage.adapters import bootstrap
from stowage.adapters.announcing import announce
from stowage.adapters.dynamodb.resources import state_from_item
from stowage.adapters.metrics import count_ended, note_lock_age
from stowage.adapters.task_handler import task
from stowage.domain.changes import Action, Change, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.notifications import Notifier
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Changes, Clock
from stowage.domain.resources import RowState
from stowage.domain.task_requests import TaskRequest
from stowage.domain.wire import WireModel

STATE = "NotifyRefused"
DOING = {Action.CREATE: "creating", Action.UPDATE: "changing", Action.DELETE: "deleting"}


class NotifyRefusedRequest(TaskRequest):
    """A change that did not get the lock, and what DescribeLock read of the row, in DynamoDB's own JSON, or null."""

    row: dict[str, dict[str, Any]] | None


class Refusal(WireModel):
    """Why the change was refused: LOCKED or STALE_VERSION, and a sentence."""

    outcome: Outcome
    cause: str


def notify_refused(
    request: TaskRequest, row: RowState | None, *, changes: Changes, notifier: Notifier, clock: Clock
) -> Refusal:
    """Decide whether the resource was held or had moved on, write the change's end, and tell the open pages."""
    refusal = judge_refusal(request, row)
    change = Change.started(request.change, request.started_at).ended(
        ChangeStatus.FAILED, refusal.outcome, refusal.cause, to_iso(clock.now())
    )
    changes.put_ended(change)
    count_ended(change)
    if row is not None and row.lock is not None and refusal.outcome is Outcome.LOCKED:
        note_lock_age(row.lock.since, clock.now())
    announce(notifier, change, STATE)
    return refusal


def judge_refusal(request: TaskRequest, row: RowState | None) -> Refusal:
    """Tell why AcquireLock's condition failed, from the row as it was a moment later."""
    change = request.change
    lock = row.lock if row else None
    if lock is not None and lock.change != change.change:
        sentence = (
            f"{lock.actor} has been {DOING[lock.action]} {change.name} since {lock.since} (change {lock.change}). "
            "Try again when that is done."
        )
        return Refusal(outcome=Outcome.LOCKED, cause=sentence)
    if row is not None and row.deleted and change.action is not Action.CREATE:
        sentence = f"{change.name} was deleted meanwhile. To have it again, create it."
        return Refusal(outcome=Outcome.STALE_VERSION, cause=sentence)
    version = row.version if row else 0
    if version != change.expected_version:
        sentence = (
            f"{change.name} is at version {version} now; this change was made for version {change.expected_version}. "
            "Look at the new version and try again."
        )
        return Refusal(outcome=Outcome.STALE_VERSION, cause=sentence)
    return Refusal(
        outcome=Outcome.LOCKED, cause=f"Another change held {change.name} and has just let it go. Try again."
    )


@task(NotifyRefusedRequest)
def handler(request: NotifyRefusedRequest) -> Refusal:
    """Run the state."""
    row = None if request.row is None else state_from_item(request.row)
    return notify_refused(
        request, row, changes=bootstrap.changes(), notifier=bootstrap.notifier(), clock=bootstrap.clock()
    )
