"""State NotifyStarted of machine change_resource: the project's open pages learn that the change has begun.

Reads the resource's row and the members; adds the change's row, should the API not have come to it, and two to the
sequence number. Idempotent: the row is written once, and a page that is told twice draws the same thing twice.
"""

from stowage.adapters import bootstrap
from stowage.adapters.announcing import announce
from stowage.adapters.task_handler import task
from stowage.domain.changes import Change
from stowage.domain.notifications import Notifier
from stowage.domain.ports import Changes
from stowage.domain.task_requests import LockedTaskRequest, Nothing

STATE = "NotifyStarted"


def notify_started(request: LockedTaskRequest, *, changes: Changes, notifier: Notifier) -> Nothing:
    """Tell every open page of the project's members that the change runs and who holds the resource."""
    change = Change.started(request.change, request.started_at)
    changes.put_started(change)
    announce(notifier, change, STATE)
    return Nothing()


@task(LockedTaskRequest)
def handler(request: LockedTaskRequest) -> Nothing:
    """Run the state."""
    return notify_started(request, changes=bootstrap.changes(), notifier=bootstrap.notifier())
