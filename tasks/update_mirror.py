"""State UpdateMirror of machine change_resource: writes what CloudFormation says.

Reads the resource's row; adds stack, outputs, spec and outcome to it, or leaves a tombstone, and takes its mark from
the rows of what it names no more: on condition of lock and fence. The change runs on: its end is NotifySucceeded's to
write, when the lock is free. Idempotent: a repeat writes the same.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.changes import RECOVERIES, Action, Spec
from stowage.domain.clock import to_iso
from stowage.domain.errors import LockLostError
from stowage.domain.outcomes import Outcome, sentence_of_success
from stowage.domain.ports import Clock, Resources
from stowage.domain.references import FindKind, marks_at_the_end
from stowage.domain.resources import ResourceStatus
from stowage.domain.settlement import GONE
from stowage.domain.stacks import resource_status
from stowage.domain.task_requests import LockedTaskRequest, Nothing
from stowage.domain.wire import WireModel


class AwaitedStack(WireModel):
    """AwaitStack's result: the stack as it stands after the operation."""

    stack_id: str | None
    stack_status: str | None
    stack_updated_at: str | None = None
    outputs: dict[str, str]
    outcome: Outcome
    spec: Spec | None = None


class UpdateMirrorRequest(LockedTaskRequest):
    """A change and the stack that it led to."""

    result: AwaitedStack


def update_mirror(
    request: UpdateMirrorRequest, *, resources: Resources, clock: Clock, find_kind: FindKind = kind_by_name
) -> Nothing:
    """Write the resource as it stands now, if lock and fence are still ours. Raises LockLostError."""
    change, result = request.change, request.result
    row = resources.get(change.project, change.kind, change.name)
    if row is None or not row.holds(change.change, request.fence):
        raise LockLostError(f"The change {change.change} does not hold {change.name} any more.")
    deleted = change.action is Action.DELETE
    status, spec, updated_at = ResourceStatus.ACTIVE, change.spec, result.stack_updated_at
    if change.mode in RECOVERIES:
        # Nothing new was asked for: what stands now is what the stack says, or nothing where a leftover was removed.
        gone = result.stack_status in {None, GONE}
        status = ResourceStatus.CREATE_FAILED if gone else resource_status(result.stack_status, status)
        spec = row.resource.spec if result.spec is None else result.spec
        # Without it reconcile takes the row for older than its stack, and reads what could not be read.
        updated_at = None if result.spec is None and not gone else updated_at
    resource = row.resource.model_copy(
        update={
            "status": ResourceStatus.DELETED if deleted else status,
            "spec": {} if deleted else spec,
            "outputs": result.outputs,
            "stack_status": result.stack_status,
            "verified_at": to_iso(clock.now()),
            "outcome": result.outcome,
            "cause": sentence_of_success(result.outcome, change.kind, change.name),
            "change": change.change,
        }
    )
    resources.finish(
        request.row_of,
        change=change.change,
        fence=request.fence,
        resource=resource,
        stack_id=result.stack_id or row.stack_id,
        stack_updated_at=updated_at,
        deleted=deleted,
        references=marks_at_the_end(change, row, resource, resources=resources, find_kind=find_kind),
    )
    return Nothing()


@task(UpdateMirrorRequest)
def handler(request: UpdateMirrorRequest) -> Nothing:
    """Run the state."""
    return update_mirror(request, resources=bootstrap.resources(), clock=bootstrap.clock())
