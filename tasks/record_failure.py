"""State RecordFailure of machine change_resource: says why the change failed, and what stands in spite of it.

Reads the resource's row, the project, the stack and its template; adds status, spec, outcome and cause to the row, and
takes its mark from the rows of what does not stand named after all, on condition of lock and fence. The change runs on:
its end is NotifyFailed's to write, when the lock is free. Idempotent: a repeat finds the same stack and writes the
same.
"""

from dataclasses import dataclass

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.awaiting import OPERATIONS
from stowage.domain.clock import to_iso
from stowage.domain.errors import LockLostError, PermanentError, ProjectMissingError
from stowage.domain.failures import tells_the_end, verdict_of
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Clock, Projects, Resources, Stacks
from stowage.domain.projects import Project
from stowage.domain.references import FindKind, marks_at_the_end
from stowage.domain.resources import Resource, ResourceRow, ResourceStatus, stack_name
from stowage.domain.settlement import is_told_whole, settled, standing_spec, unseen
from stowage.domain.stacks import CLEAR, Stack, is_ours, operation_error, token_of
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
    """How the change ended; `keep_lock` while an operation still runs on the stack, or may (invariant L7)."""

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
    find_kind: FindKind = kind_by_name,
) -> RecordedFailure:
    """Write why the change failed and what its stack shows; an execution that lost its lock writes nothing.

    While an operation runs on the stack the outcome is STILL_RUNNING, whatever failed here; also where one was
    submitted and nobody can see whether it has ended. A failure that only the clock told is judged by the stack's
    truth. Raises the retryable errors of the reads and the write.
    """
    change = request.change
    row = resources.get(change.project, change.kind, change.name)
    if row is None or not row.holds(change.change, request.fence):
        return _lost_lock(request)
    try:
        project = projects.get_project(change.project)
        if project is None:
            raise ProjectMissingError(f"The project {change.project} is not onboarded.")
        stack = _look(request, row.stack_id, project, stacks)
    except PermanentError as error:
        logger().warning("The stack cannot be read", error=type(error).__name__, sentence=str(error))
        found = _unseen(request, row, error)
    else:
        found = _seen(request, row, project, stack, stacks, verified_at=to_iso(clock.now()))
    told = {"outcome": found.outcome, "cause": found.cause, "change": change.change}
    keep_lock = found.outcome is Outcome.STILL_RUNNING
    try:
        resources.finish(
            request.row_of,
            change=change.change,
            fence=request.fence,
            resource=found.resource.model_copy(update=told),
            stack_id=request.stack_id or row.stack_id,
            stack_updated_at=found.stack_updated_at,
            deleted=found.resource.status is ResourceStatus.DELETED,
            references=marks_at_the_end(
                change, row, found.resource, resources=resources, find_kind=find_kind, still_running=keep_lock
            ),
        )
    except LockLostError:
        return _lost_lock(request)
    return RecordedFailure(outcome=found.outcome, cause=found.cause, keep_lock=keep_lock)


@dataclass(frozen=True, slots=True)
class _Finding:
    """What stands, and how the change ended."""

    resource: Resource
    outcome: Outcome
    cause: str
    stack_updated_at: str | None = None


def _look(request: RecordFailureRequest, known_id: str | None, project: Project, stacks: Stacks) -> Stack | None:
    """Give the resource's stack, None also for one of that name that is somebody else's."""
    change = request.change
    which = request.stack_id or known_id or stack_name(change.kind, change.name)
    stack = stacks.describe(project, which, person=change.actor_id)
    return stack if stack is not None and is_ours(stack, change) else None


def _seen(
    request: RecordFailureRequest,
    row: ResourceRow,
    project: Project,
    stack: Stack | None,
    stacks: Stacks,
    *,
    verified_at: str,
) -> _Finding:
    """Judge a change whose stack can be read."""
    change = request.change
    spec = standing_spec(project, stack, person=change.actor_id, stacks=stacks)
    resource = settled(row.resource, change, stack, spec=spec, verified_at=verified_at)
    outcome, cause = verdict_of(request.failure.error, request.failure.cause, change.change)
    if stack is None:
        return _Finding(resource, outcome, cause)
    if stack.running:
        return _Finding(resource, Outcome.STILL_RUNNING, _waiting(request, project, stack, stacks))
    if outcome is Outcome.TIMED_OUT and request.stack_id is not None:
        outcome, cause = _judge_late(request, project, stack, stacks)
    # Without it reconcile takes the row for older than its stack, and reads what could not be read here.
    return _Finding(resource, outcome, cause, stack.updated_at if is_told_whole(stack, spec) else None)


def _waiting(request: RecordFailureRequest, project: Project, stack: Stack, stacks: Stacks) -> str:
    """Say what keeps the lock: an operation of this change's, or one that somebody began outside Stowage."""
    waiting = f"The stack is still in {stack.status}; the resource stays locked until it has ended."
    if request.stack_id is not None:
        return waiting
    try:
        newest = stacks.newest_operation(project, stack.stack_id, person=request.change.actor_id)
    except PermanentError as denied:
        logger().warning("The stack's events cannot be read", error=type(denied).__name__, sentence=str(denied))
        return waiting
    ours = {token_of(request.change.change, word, request.fence) for word in (*OPERATIONS, CLEAR)}
    if newest is None or newest.token in ours:
        return waiting
    return f"Nothing was done: the stack is being changed outside Stowage. {waiting}"


def _unseen(request: RecordFailureRequest, row: ResourceRow, denied: PermanentError) -> _Finding:
    """Judge a change whose stack cannot be read: what may still run keeps its lock (invariant L3)."""
    change = request.change
    begun = request.stack_id is not None or row.begun == change.change
    if begun and not tells_the_end(request.failure.error):
        sentence = (
            f"CloudFormation may have begun to {change.action.value} {change.name}, and what became of it cannot be "
            f"seen: {denied} It stays locked until an operator has mended this."
        )
        return _Finding(row.resource, Outcome.STILL_RUNNING, sentence)
    outcome, cause = verdict_of(request.failure.error, request.failure.cause, change.change)
    return _Finding(unseen(row.resource, change), outcome, cause)


def _judge_late(request: RecordFailureRequest, project: Project, stack: Stack, stacks: Stacks) -> tuple[Outcome, str]:
    """Say what came of an operation whose end was not seen in time."""
    change = request.change
    error = operation_error(change.action, stack, None)
    if error is None:
        return Outcome.TIMED_OUT, f"CloudFormation was late, but has done it: the stack is in {stack.status}."
    try:
        cause = stacks.first_failure(project, stack.stack_id, token=None, person=change.actor_id)
    except PermanentError as denied:
        logger().warning("The stack's events cannot be read", error=type(denied).__name__, sentence=str(denied))
        return error.outcome, str(error)
    error = operation_error(change.action, stack, cause) or error
    return error.outcome, str(error)


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
