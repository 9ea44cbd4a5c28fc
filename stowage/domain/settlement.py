"""What a resource is after a change that did not go its way, told by its stack: the only truth about it."""

from stowage.domain.changes import Action, ChangeRequest, Spec
from stowage.domain.errors import PermanentError
from stowage.domain.ports import Stacks
from stowage.domain.projects import Project
from stowage.domain.resources import IN_PROGRESS, Resource, ResourceStatus
from stowage.domain.stacks import NEVER_STOOD, Stack, resource_status

GONE = "DELETE_COMPLETE"
_WITHOUT_STACK = {
    Action.CREATE: ResourceStatus.CREATE_FAILED,
    Action.UPDATE: ResourceStatus.MISSING,
    Action.DELETE: ResourceStatus.DELETED,
}


def standing_spec(project: Project, stack: Stack | None, *, person: str, stacks: Stacks) -> Spec | None:
    """Read the spec that stands in the template of a stack at rest (invariant M3), or give None when none is told.

    Only the stack itself knows: whether a failed change's update was submitted, carried out or rolled back can be
    unknown to everybody else. That it may not be read changes nothing else. Raises the retryable errors of the read.
    """
    if stack is None or stack.running or stack.status == GONE or stack.status in NEVER_STOOD:
        return None
    try:
        return stacks.spec_of(project, stack.stack_id, person=person)
    except PermanentError:
        return None


def settled(
    resource: Resource, request: ChangeRequest, stack: Stack | None, *, spec: Spec | None, verified_at: str
) -> Resource:
    """Give the resource as its stack shows it; outcome and cause are left to the caller.

    Args:
        resource: the mirror's row.
        request: the change that ended.
        stack: its stack now, None when there is none (or only one of somebody else's by that name).
        spec: what the stack's own template says was asked for (`standing_spec`); None leaves the mirror's.
        verified_at: when the stack was asked, ISO 8601.
    """
    action = request.action
    if stack is None or stack.status == GONE:
        status = _WITHOUT_STACK[action]
        if status is ResourceStatus.DELETED and resource.referenced_by:
            # A deletion has begun only after nobody named the resource any more: this one's stack was gone before.
            status = ResourceStatus.MISSING
        return resource.model_copy(
            update={"status": status, "stack_status": stack and stack.status, "outputs": {}, "verified_at": verified_at}
        )
    seen = {
        "status": resource_status(stack.status, IN_PROGRESS[action]),
        "stack_status": stack.status,
        "verified_at": verified_at,
    }
    if stack.running:
        return resource.model_copy(update=seen)
    shown = resource.spec if spec is None else spec
    return resource.model_copy(update={**seen, "outputs": stack.outputs, "spec": shown})


def is_told_whole(stack: Stack, spec: Spec | None) -> bool:
    """Tell whether all that the mirror shows of a stack at rest was read; else reconcile is to look at it again."""
    return spec is not None or stack.status == GONE or stack.status in NEVER_STOOD


def unseen(resource: Resource, request: ChangeRequest) -> Resource:
    """Give the resource after a change whose stack cannot be read: what was last known of it, never a guess."""
    if request.action is Action.CREATE:
        return resource.model_copy(update={"status": ResourceStatus.CREATE_FAILED})
    known = resource_status(resource.stack_status, ResourceStatus.NEEDS_OPERATOR)
    return resource.model_copy(update={"status": known})
