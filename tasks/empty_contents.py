"""State EmptyContents of machine change_resource: removes what the resource holds, a stretch at a time.

Reads the resource's row and the project; removes objects' versions, delete markers and unfinished uploads from its
store for some seconds, and tells open pages how many are gone. The machine comes back as long as there are more.
Idempotent: what is gone is gone; a repeat goes on with the rest.
"""

from datetime import datetime, timedelta

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_announcement
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.errors import (
    BucketNotEmptyError,
    KindMissingError,
    LockLostError,
    ProjectMissingError,
    StoppedError,
    StowageError,
)
from stowage.domain.notifications import Notifier
from stowage.domain.ports import Clock, Contents, Projects, Resources
from stowage.domain.references import FindKind
from stowage.domain.task_requests import LockedTaskRequest
from stowage.domain.wire import WireModel

STRETCH = timedelta(seconds=12)
"""Below the function's timeout by more than the slowest page takes."""
LONGEST = timedelta(hours=3)
"""Below the machine's own limit; what remains then is for a further change, which goes on where this one ended."""


class EmptyContentsRequest(LockedTaskRequest):
    """A change, and how many of its resource's contents it has removed so far."""

    removed: int


class Emptied(WireModel):
    """How many are removed all in all, and whether any remain."""

    removed: int
    more: bool


def empty_contents(
    request: EmptyContentsRequest,
    *,
    projects: Projects,
    resources: Resources,
    contents: Contents,
    notifier: Notifier,
    clock: Clock,
    find_kind: FindKind = kind_by_name,
) -> Emptied:
    """Remove for a stretch of time, if lock and fence are still ours and nobody wants the change stopped.

    Raises LockLostError, StoppedError, BucketNotEmptyError (Object Lock keeps something, or time is over),
    ProjectMissingError, KindMissingError, AccessDeniedError.
    """
    change = request.change
    row = resources.get(change.project, change.kind, change.name)
    if row is None or not row.holds(change.change, request.fence):
        raise LockLostError(f"The change {change.change} does not hold {change.name} any more.")
    wish = row.stop_of(change.change)
    if wish is not None:
        raise StoppedError(
            f"Stopped by {wish.actor}: {request.removed:,} objects or versions are gone, {change.name} stands."
        )
    if clock.now() - datetime.fromisoformat(request.started_at) > LONGEST:
        raise BucketNotEmptyError(
            f"{request.removed:,} objects or versions are gone, and there are more than time was for: ask again."
        )
    project, kind = projects.get_project(change.project), find_kind(change.kind)
    if project is None:
        raise ProjectMissingError(f"The project {change.project} is not onboarded.")
    if kind is None or kind.contents is None:
        raise KindMissingError(f"There is no kind {change.kind} that holds anything.")
    until = clock.now() + STRETCH
    found = contents.remove(project, kind.contents.store_of(change.name), person=change.actor_id, until=until)
    removed = request.removed + found.removed
    try:
        told = notifier.announce_emptying(row, removed)
    except StowageError as error:
        logger().warning("Progress was not told", error=type(error).__name__, sentence=str(error))
    else:
        if told is not None:
            count_announcement(told)
    return Emptied(removed=removed, more=found.more)


@task(EmptyContentsRequest)
def handler(request: EmptyContentsRequest) -> Emptied:
    """Run the state."""
    return empty_contents(
        request,
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        contents=bootstrap.contents(),
        notifier=bootstrap.notifier(),
        clock=bootstrap.clock(),
    )
