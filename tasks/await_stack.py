"""State AwaitStack of machine change_resource: sleeps until CloudFormation has ended (docs/adr/0004).

Reads the stack; adds the task token to the resource's row, and answers it once the stack has come to rest. The order
matters: first the token, then the look at the stack. Whoever ends the stack after the look finds the token and wakes
the state; whoever ended it before is seen by the look. Idempotent: a token takes one answer, further ones are ignored.
"""

from typing import Literal

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.domain.changes import Action, canonical_json
from stowage.domain.errors import (
    ChangeError,
    PermanentError,
    ProjectMissingError,
    StackMissingError,
    TaskTokenExpiredError,
)
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Projects, Resources, Stacks, Waits
from stowage.domain.projects import Project
from stowage.domain.resources import ResourceRow
from stowage.domain.settlement import GONE
from stowage.domain.stacks import Stack, has_ended, may_be_older, operation_error, operation_token
from stowage.domain.task_requests import LockedTaskRequest, Nothing
from stowage.domain.wire import WireModel


class AwaitStackRequest(LockedTaskRequest):
    """A change, what SubmitStackOperation submitted, and the token of this attempt."""

    stack_id: str | None
    operation: Literal["create", "update", "delete", "none"]
    no_change: bool
    task_token: str


class StackResult(WireModel):
    """What stands after the operation; `outcome` is SUCCEEDED or NO_CHANGE."""

    stack_id: str | None
    stack_status: str | None
    stack_updated_at: str | None = None
    outputs: dict[str, str]
    outcome: Outcome


def await_stack(
    request: AwaitStackRequest, *, projects: Projects, resources: Resources, stacks: Stacks, waits: Waits
) -> Nothing:
    """Store the token, look at the stack and, if its operation has ended, answer the token; else leave it sleeping.

    Raises LockLostError when the lock is no longer this execution's, and ProjectMissingError.
    """
    if request.stack_id is None or request.operation == "none":
        _succeed(waits, request, StackResult(stack_id=None, stack_status=None, outputs={}, outcome=Outcome.SUCCEEDED))
        return Nothing()
    change = request.change
    project = projects.get_project(change.project)
    if project is None:
        raise ProjectMissingError(f"The project {change.project} is not onboarded.")
    row = resources.store_wake_token(
        request.row_of,
        change=change.change,
        fence=request.fence,
        token=request.task_token,
        stack_id=request.stack_id,
    )
    stack = stacks.describe(project, request.stack_id, person=change.actor_id)
    action = Action(request.operation)
    if stack is not None and not request.no_change and not _is_over(request, row, project, stack, stacks):
        return Nothing()
    error = _judge(request, project, stack, stacks)
    if error is not None:
        _fail(waits, request, error)
        return Nothing()
    result = StackResult(
        stack_id=request.stack_id,
        stack_status=stack.status if stack else GONE,
        stack_updated_at=stack.updated_at if stack else None,
        outputs=stack.outputs if stack and action is not Action.DELETE else {},
        outcome=Outcome.NO_CHANGE if request.no_change else Outcome.SUCCEEDED,
    )
    _succeed(waits, request, result)
    return Nothing()


def _is_over(request: AwaitStackRequest, row: ResourceRow, project: Project, stack: Stack, stacks: Stacks) -> bool:
    """Tell whether the description shows the end of this very operation, not of the one before it (ADR 0004).

    A stack that began to be updated later than the mirror knows shows this operation. Else the stack's events decide:
    each carries the token of its operation. Where they may not be read, the description is all there is.
    """
    action = Action(request.operation)
    if not has_ended(action, stack):
        return False
    known, begun = row.stack_updated_at, stack.updated_at
    is_newer = action is Action.UPDATE and known is not None and begun is not None and begun > known
    if is_newer or not may_be_older(action, stack):
        return True
    try:
        newest = stacks.newest_operation(project, stack.stack_id, person=request.change.actor_id)
    except PermanentError as denied:
        logger().warning("The stack's events cannot be read", error=type(denied).__name__, sentence=str(denied))
        return True
    token = operation_token(request.change, request.operation, request.fence)
    return newest is not None and (newest.token, newest.status) == (token, stack.status)


def _judge(request: AwaitStackRequest, project: Project, stack: Stack | None, stacks: Stacks) -> ChangeError | None:
    """Tell why the operation did not do what was asked, by CloudFormation's own first failing event, or None."""
    action = Action(request.operation)
    if stack is None:
        return None if action is Action.DELETE else StackMissingError("The stack vanished while the change ran.")
    error = None if request.no_change else operation_error(action, stack, None)
    if error is None:
        return None
    token = operation_token(request.change, request.operation, request.fence)
    try:
        cause = stacks.first_failure(project, stack.stack_id, token=token, person=request.change.actor_id)
    except PermanentError as denied:
        logger().warning("The stack's events cannot be read", error=type(denied).__name__, sentence=str(denied))
        return error
    return operation_error(action, stack, cause)


def _succeed(waits: Waits, request: AwaitStackRequest, result: StackResult) -> None:
    try:
        waits.succeed(request.task_token, canonical_json(result.to_wire()))
    except TaskTokenExpiredError:
        logger().info("The token was answered or timed out already")


def _fail(waits: Waits, request: AwaitStackRequest, error: ChangeError) -> None:
    try:
        waits.fail(request.task_token, type(error).__name__, str(error))
    except TaskTokenExpiredError:
        logger().info("The token was answered or timed out already")


@task(AwaitStackRequest)
def handler(request: AwaitStackRequest) -> Nothing:
    """Run the state; its result goes by the token, not by this answer."""
    return await_stack(
        request,
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        stacks=bootstrap.stacks(),
        waits=bootstrap.waits(),
    )
