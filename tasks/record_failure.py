"""State RecordFailure of machine change_resource: says why the change failed, and what stands in spite of it.

Reads the resource's row, the project and the stack; adds status, outcome and cause to the row, on condition of lock and
fence. The change runs on: its end is NotifyFailed's to write, when the lock is free. Idempotent: a repeat finds the
same stack and writes the same.
"""

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.errors import LockLostError, PermanentError, ProjectMissingError
from stowage.domain.failures import verdict_of
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Clock, Projects, Resources, Stacks
from stowage.domain.resources import ResourceStatus, stack_name
from stowage.domain.settlement import settled, unseen
from stowage.domain.stacks import Stack, is_ours, operation_error
from stowage.domain.task_requests import LockedTaskRequest
from stowage.domain.wire import WireModel


class CaughtFailure(WireModel):
    """A state's error as the machine caught it."""

    error: str
    cause: str


class RecordFailureRequest(LockedTaskRequest):
    """A change, what failed, and its stack, if it came so far."""

    failure: CaughtFailure
    stack_id: str | None


class RecordedFailure(WireModel):
    """How the change ended; `keep_lock` while an operation still runs on the stack (invariant L7)."""

    outcome: Outcome
    cause: str
    keep_lock: bool


def record_failure(
    request: RecordFailureRequest,
    *,
    projects: Projects,
    resources: Resources,
    stacks: Stacks,
    clock: Clock,
) -> RecordedFailure:
    """Write why the change failed and what its stack shows; an execution that lost its lock writes nothing.

    While an operation runs on the stack the outcome is STILL_RUNNING, whatever failed here. A failure that only the
    clock told is judged by the stack's truth. Raises the retryable errors of the reads and the write.
    """
    change = request.change
    outcome, cause = verdict_of(request.failure.error, request.failure.cause, change.change)
    row = resources.get(change.project, change.kind, change.name)
    if row is None or not row.holds(change.change, request.fence):
        return _lost_lock(request)
    now = to_iso(clock.now())
    try:
        stack = _look(request, row.stack_id, projects, stacks)
    except PermanentError as error:
        logger().warning("The stack cannot be read", error=type(error).__name__, sentence=str(error))
        resource = unseen(row.resource, change)
    else:
        submitted = request.stack_id is not None
        resource = settled(row.resource, change, stack, submitted=submitted, verified_at=now)
        if stack is not None and stack.running:
            outcome = Outcome.STILL_RUNNING
            cause = f"The stack is still in {stack.status}; the resource stays locked until it has ended."
        elif stack is not None and outcome is Outcome.TIMED_OUT and submitted:
            outcome, cause = _judge_late(request, stack, projects, stacks)
    try:
        resources.finish(
            request.row_of,
            change=change.change,
            fence=request.fence,
            resource=resource.model_copy(update={"outcome": outcome, "cause": cause, "change": change.change}),
            stack_id=request.stack_id or row.stack_id,
            deleted=resource.status is ResourceStatus.DELETED,
        )
    except LockLostError:
        return _lost_lock(request)
    return RecordedFailure(outcome=outcome, cause=cause, keep_lock=outcome is Outcome.STILL_RUNNING)


def _look(request: RecordFailureRequest, known_id: str | None, projects: Projects, stacks: Stacks) -> Stack | None:
    """Give the resource's stack, None also for one of that name that is somebody else's."""
    change = request.change
    project = projects.get_project(change.project)
    if project is None:
        raise ProjectMissingError(f"The project {change.project} is not onboarded.")
    which = request.stack_id or known_id or stack_name(change.kind, change.name)
    stack = stacks.describe(project, which, person=change.actor_id)
    return stack if stack is not None and is_ours(stack, change) else None


def _judge_late(request: RecordFailureRequest, stack: Stack, projects: Projects, stacks: Stacks) -> tuple[Outcome, str]:
    """Say what came of an operation whose end was not seen in time."""
    change = request.change
    cause = None
    project = projects.get_project(change.project)
    if project is not None and operation_error(change.action, stack, None) is not None:
        cause = stacks.first_failure(project, stack.stack_id, token=None, person=change.actor_id)
    error = operation_error(change.action, stack, cause)
    if error is not None:
        return error.outcome, str(error)
    return Outcome.TIMED_OUT, f"CloudFormation was late, but has done it: the stack is in {stack.status}."


def _lost_lock(request: RecordFailureRequest) -> RecordedFailure:
    cause = f"Another change took {request.change.name} over, so this one stopped without touching it."
    return RecordedFailure(outcome=Outcome.LOCK_LOST, cause=cause, keep_lock=False)


@task(RecordFailureRequest)
def handler(request: RecordFailureRequest) -> RecordedFailure:
    """Run the state."""
    return record_failure(
        request,
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        stacks=bootstrap.stacks(),
        clock=bootstrap.clock(),
    )
