"""POST …/changes/{change}/stop: a person wants a running change stopped; what becomes of it, the stack tells.

The wish stands on the resource's row, where the change's own states read it: SubmitStackOperation before it asks
CloudFormation for anything, AwaitStack while it waits. No execution is aborted: the truth of the stack is the outcome.
"""

from api.access import require_writer
from api.call import Call
from api.changes import CHANGE_ID, find_change
from api.http import Answer, answer
from api.resource_writes import ChangeAccepted
from stowage.domain.changes import RECOVERIES, Action, Change, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.errors import ConcurrentUpdateError, LockLostError, NotFoundError, NotStoppableError
from stowage.domain.next_actions import BEING_DELETED, RECOVERING
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Clock, ResourceKey, Resources
from stowage.domain.projects import Person
from stowage.domain.resources import ResourceRow, StopWish


def stop_change(change: Change, person: Person, *, resources: Resources, clock: Clock) -> Change:
    """Wish that the change be stopped, and give it; a repeated wish is the first one's.

    Raises NotStoppableError for a change that has ended, or has come too far, and ConcurrentUpdateError in the moment
    before it takes its lock, or after it has freed it.
    """
    if change.status is not ChangeStatus.RUNNING:
        if change.outcome is Outcome.STOPPED:
            return change
        raise NotStoppableError(f"The change has ended already: {change.outcome}.")
    if change.mode in RECOVERIES:
        raise NotStoppableError("This change brings back what stood before: that cannot be stopped.")
    row = resources.get(change.project, change.kind, change.name)
    if row is None or row.resource.lock is None or row.resource.lock.change != change.id:
        raise ConcurrentUpdateError("The change is just beginning, or ending: repeat the request.")
    if row.stop_of(change.id) is None:
        _check_stoppable(row, change)
        wish = StopWish(change=change.id, actor=person.email, actor_id=person.id, at=to_iso(clock.now()))
        try:
            resources.wish_stop(ResourceKey(change.project, change.kind, change.name), wish)
        except LockLostError as gone:
            raise ConcurrentUpdateError("The change has just moved on: repeat the request.") from gone
    return change


def _check_stoppable(row: ResourceRow, change: Change) -> None:
    """Refuse what the resource does not offer either. Raises NotStoppableError."""
    if change.action is Action.DELETE and (row.wake_token is not None or row.resource.stack_status == BEING_DELETED):
        raise NotStoppableError("CloudFormation is deleting it: a deletion cannot be stopped once it has begun.")
    if row.resource.stack_status in RECOVERING:
        raise NotStoppableError("CloudFormation is bringing back what stood before: that cannot be stopped.")


def post_stop(call: Call) -> Answer:
    """Answer POST …/changes/{change}/stop."""
    project, change = call.request.parameters["project"], call.request.parameters["change"]
    writer = require_writer(project, call.person, projects=call.ports.projects())
    if not CHANGE_ID.fullmatch(change):
        raise NotFoundError(f"There is no change {change!r} in {project!r}.")
    row = call.ports.changes().get(project, change)
    found = find_change(project, change, row, executions=call.ports.executions())
    stopped = stop_change(found, writer.person, resources=call.ports.resources(), clock=call.ports.clock())
    location = f"/v1/projects/{project}/changes/{stopped.id}"
    return answer(202, ChangeAccepted(change=stopped).to_wire(), {"location": location})
