"""State AwaitStack of machine change_resource: sleeps until CloudFormation has ended (docs/adr/0004).

Reads the stack; adds the task token to the resource's row, and answers it once the stack has come to rest. The order
matters: first the token, then the look at the stack. Whoever ends the stack after the look finds the token and wakes
the state; whoever ended it before is seen by the look. What a person wants stopped is stopped here, where
CloudFormation lets it; the stack's end is waited for all the same, at most until the operation's deadline. Idempotent:
a token takes one answer, further ones are ignored.
"""

from datetime import datetime, timedelta
from typing import Literal

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.awaiting import NO_STACK, OPERATIONS, Awaited, Look, StackResult, answer_token
from stowage.domain.clock import to_iso
from stowage.domain.errors import ChangeError, DeadlinePassedError, PermanentError, ProjectMissingError
from stowage.domain.kinds import deadline_seconds
from stowage.domain.merge import operation_of
from stowage.domain.ports import Clock, Projects, Resources, Stacks, Waits
from stowage.domain.references import FindKind
from stowage.domain.resources import ResourceRow
from stowage.domain.task_requests import LockedTaskRequest, Nothing

UNSEEN = timedelta(seconds=60)
"""How long after its creation began a stack may be told not to exist: DescribeStacks is eventually consistent. A stack
that is really gone is told so by its id for 90 days
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html)."""


class AwaitStackRequest(LockedTaskRequest):
    """A change, what SubmitStackOperation submitted, until when (ISO 8601), and the token of this attempt."""

    stack_id: str | None
    operation: Literal["create", "update", "delete", "continueRollback", "rollback", "retain", "none"]
    no_change: bool
    task_token: str
    deadline_at: str | None = None


def await_stack(
    request: AwaitStackRequest,
    *,
    projects: Projects,
    resources: Resources,
    stacks: Stacks,
    waits: Waits,
    clock: Clock,
    find_kind: FindKind = kind_by_name,
) -> Nothing:
    """Store the token, look at the stack and, if its operation has ended, answer the token; else leave it sleeping.

    Raises LockLostError when the lock is no longer this execution's, and ProjectMissingError.
    """
    if request.stack_id is None or request.operation == "none":
        _answer(waits, request, NO_STACK)
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
    wish = row.stop_of(change.change)
    action, word = OPERATIONS[request.operation]
    awaited = Awaited(
        change=change.change,
        person=change.actor_id,
        fence=request.fence,
        action=action,
        word=word,
        stack_id=request.stack_id,
        no_change=request.no_change,
        known_updated_at=row.stack_updated_at,
        stopped_by=None if wish is None else wish.actor,
        may_be_unseen=request.operation == "create" and _is_fresh(request, clock, find_kind),
    )
    late = request.deadline_at is not None and to_iso(clock.now()) >= request.deadline_at
    if wish is None and not late and _is_heard_at_work(row, awaited):
        return Nothing()
    look = Look(awaited, project, stacks, _log_denial)
    answer = look.answer()
    if answer is None and wish is not None:
        look.stop(wish.actor_id)
    if answer is None and late:
        answer = DeadlinePassedError(f"The stack should have ended by {request.deadline_at}.")
    if answer is not None:
        _answer(waits, request, answer)
    return Nothing()


def _is_fresh(request: AwaitStackRequest, clock: Clock, find_kind: FindKind) -> bool:
    """Tell whether the operation was submitted a moment ago: its deadline was reckoned from then."""
    if request.deadline_at is None:
        return False
    kind = find_kind(request.change.kind)
    seconds = deadline_seconds(kind.usual_seconds if kind else None)
    return clock.now() < datetime.fromisoformat(request.deadline_at) - timedelta(seconds=seconds) + UNSEEN


def _is_heard_at_work(row: ResourceRow, awaited: Awaited) -> bool:
    """Tell whether an event of this very operation has come since the last look, and none that tells its end.

    Then there is nothing to see: an end that comes from here on finds the token that was just stored. Should its event
    be lost, the next look, after an interval without any, sees it.
    """
    status = row.resource.stack_status
    return (
        not awaited.no_change
        and row.stack_id in {None, awaited.stack_id}
        and row.heard == operation_of(awaited.token)
        and status is not None
        and status.endswith("_IN_PROGRESS")
    )


def _answer(waits: Waits, request: AwaitStackRequest, answer: StackResult | ChangeError) -> None:
    if not answer_token(waits, request.task_token, answer):
        logger().info("The token was answered or timed out already")


def _log_denial(denied: PermanentError) -> None:
    logger().warning("The stack's events cannot be read", error=type(denied).__name__, sentence=str(denied))


@task(AwaitStackRequest)
def handler(request: AwaitStackRequest) -> Nothing:
    """Run the state; its result goes by the token, not by this answer."""
    return await_stack(
        request,
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        stacks=bootstrap.stacks(),
        waits=bootstrap.waits(),
        clock=bootstrap.clock(),
    )
