"""What a resource is after a change that did not go its way, told by its stack: the only truth about it."""

from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.resources import IN_PROGRESS, Resource, ResourceStatus
from stowage.domain.stacks import Stack, operation_error, resource_status

GONE = "DELETE_COMPLETE"
_WITHOUT_STACK = {
    Action.CREATE: ResourceStatus.CREATE_FAILED,
    Action.UPDATE: ResourceStatus.MISSING,
    Action.DELETE: ResourceStatus.DELETED,
}


def settled(
    resource: Resource, request: ChangeRequest, stack: Stack | None, *, submitted: bool, verified_at: str
) -> Resource:
    """Give the resource as its stack shows it; outcome and cause are left to the caller.

    The old spec stays, since a failed update leaves the old stack standing. Only when the operation is known to have
    been submitted, and CloudFormation finished it after all, does the new spec describe what stands.

    Args:
        resource: the mirror's row.
        request: the change that ended.
        stack: its stack now, None when there is none (or only one of somebody else's by that name).
        submitted: whether the change's operation is known to have reached CloudFormation.
        verified_at: when the stack was asked, ISO 8601.
    """
    action = request.action
    if stack is None or stack.status == GONE:
        status = _WITHOUT_STACK[action]
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
    finished = submitted and action is not Action.DELETE and operation_error(action, stack, None) is None
    spec = request.spec if finished else resource.spec
    return resource.model_copy(update={**seen, "outputs": stack.outputs, "spec": spec})


def unseen(resource: Resource, request: ChangeRequest) -> Resource:
    """Give the resource after a change whose stack cannot be read: what was last known of it, never a guess."""
    if request.action is Action.CREATE:
        return resource.model_copy(update={"status": ResourceStatus.CREATE_FAILED})
    known = resource_status(resource.stack_status, ResourceStatus.NEEDS_OPERATOR)
    return resource.model_copy(update={"status": known})
