"""State NotifySucceeded of machine change_resource: the project's open pages learn that the change is done.

Reads the change's row, the resource's row and the members; adds two to the sequence number. Idempotent: a page that is
told twice draws the same thing twice.
"""

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.domain.changes import Change
from stowage.domain.notifications import Notifier
from stowage.domain.ports import Changes
from stowage.domain.task_requests import LockedTaskRequest, Nothing

STATE = "NotifySucceeded"


def notify_succeeded(request: LockedTaskRequest, *, changes: Changes, notifier: Notifier) -> Nothing:
    """Tell every open page of the project's members what stands now, the resource being free again."""
    written = changes.get(request.change.project, request.change.change)
    change = written or Change.started(request.change, request.started_at)
    logger().info("Announced", announcement=str(notifier.announce(change, STATE)))
    return Nothing()


@task(LockedTaskRequest)
def handler(request: LockedTaskRequest) -> Nothing:
    """Run the state."""
    return notify_succeeded(request, changes=bootstrap.changes(), notifier=bootstrap.notifier())
