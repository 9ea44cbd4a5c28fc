"""State SubmitStackOperation of machine change_resource: asks CloudFormation for the change's one operation.

Reads the resource's row and the project; adds an operation on the resource's stack in the project's account, in the
person's name. Idempotent: a repeat carries the same token, and whatever it finds on the stack it reads before it acts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.changes import Action
from stowage.domain.errors import (
    KindMissingError,
    LeftoverStackError,
    LockLostError,
    NameTakenError,
    ProjectMissingError,
    StackBusyError,
    StackMissingError,
    StackNeedsOperatorError,
)
from stowage.domain.kinds import Kind, RenderRequest
from stowage.domain.ports import Projects, Resources, StackOperation, Stacks
from stowage.domain.projects import Project
from stowage.domain.resources import ResourceRow, stack_name
from stowage.domain.settlement import GONE
from stowage.domain.stacks import NEVER_STOOD, Stack, is_ours, operation_token, stack_tags
from stowage.domain.task_requests import LockedTaskRequest
from stowage.domain.wire import WireModel


class SubmittedOperation(WireModel):
    """What was asked of CloudFormation; `operation` "none" with no stack: there was nothing to delete."""

    stack_id: str | None
    operation: Literal["create", "update", "delete", "none"]
    no_change: bool = False


@dataclass(frozen=True, slots=True)
class _Submission:
    """One change's dealings with its stack."""

    request: LockedTaskRequest
    row: ResourceRow
    project: Project
    stacks: Stacks

    def create(self, kind: Kind) -> SubmittedOperation:
        """Create the stack; adopt one that stands already and is ours; clear away one that never stood."""
        operation = self._operation(kind, Action.CREATE)
        try:
            return SubmittedOperation(stack_id=self.stacks.create(operation), operation="create")
        except StackBusyError:
            existing = self._existing(operation.stack_name)
            if existing.status in NEVER_STOOD:
                return self._clear_away(existing, operation.token)
            if existing.status == "DELETE_FAILED":
                raise self._stuck(existing) from None
            return self.update(kind)

    def update(self, kind: Kind) -> SubmittedOperation:
        """Update the stack; nothing to do is a success of its own kind."""
        operation = self._operation(kind, Action.UPDATE)
        try:
            stack_id = self.stacks.update(operation)
        except StackMissingError:
            if self.row.resource.stack_status not in NEVER_STOOD:
                raise
            return self.create(kind)
        except StackBusyError:
            existing = self._existing(operation.stack_name)
            if existing.status in NEVER_STOOD:
                return self._clear_away(existing, operation.token)
            raise self._stuck(existing) from None
        if stack_id is None:
            unchanged = self.row.stack_id or self._existing(operation.stack_name).stack_id
            return SubmittedOperation(stack_id=unchanged, operation="update", no_change=True)
        return SubmittedOperation(stack_id=stack_id, operation="update")

    def delete(self) -> SubmittedOperation:
        """Delete the stack by its id; a stack that is gone, or is somebody else's, is nothing to delete."""
        change = self.request.change
        known_as = self.row.stack_id or stack_name(change.kind, change.name)
        existing = self.stacks.describe(self.project, known_as, person=change.actor_id)
        if existing is None or existing.status == GONE or not is_ours(existing, change):
            return SubmittedOperation(stack_id=None, operation="none")
        if existing.running:
            raise self._busy(existing)
        token = operation_token(change, "delete", self.request.fence)
        self.stacks.delete(self.project, existing.stack_id, token=token, person=change.actor_id)
        return SubmittedOperation(stack_id=existing.stack_id, operation="delete")

    def _operation(self, kind: Kind, action: Action) -> StackOperation:
        change = self.request.change
        rendered = RenderRequest(project=self.project, name=change.name, spec=change.spec, version=change.version)
        return StackOperation(
            project=self.project,
            stack_name=stack_name(change.kind, change.name),
            template=kind.render(rendered),
            token=operation_token(change, action.value, self.request.fence),
            tags=stack_tags(change),
            person=change.actor_id,
        )

    def _existing(self, name: str) -> Stack:
        """Give the stack that stood in the way, once it is at rest and known to be ours."""
        change = self.request.change
        existing = self.stacks.describe(self.project, name, person=change.actor_id)
        if existing is None:
            raise StackBusyError(f"The stack {name} was there a moment ago and is gone now.")
        if not is_ours(existing, change):
            raise NameTakenError(f"A stack {name} stands in the project's account, and it is not Stowage's.")
        if existing.running:
            raise self._busy(existing)
        return existing

    def _clear_away(self, leftover: Stack, token: str) -> SubmittedOperation:
        """Delete what a failed first creation left; unless that creation was this change's own: AwaitStack tells it."""
        change = self.request.change
        own = self.stacks.first_failure(self.project, leftover.stack_id, token=token, person=change.actor_id)
        if own is not None:
            return SubmittedOperation(stack_id=leftover.stack_id, operation="create")
        clearing = operation_token(change, "clear", self.request.fence)
        self.stacks.delete(self.project, leftover.stack_id, token=clearing, person=change.actor_id)
        raise LeftoverStackError(f"The stack {leftover.name} never stood ({leftover.status}); it is deleted first.")

    def _busy(self, stack: Stack) -> StackBusyError:
        return StackBusyError(f"Another operation runs on the stack {stack.name}: {stack.status}.")

    def _stuck(self, stack: Stack) -> StackNeedsOperatorError:
        return StackNeedsOperatorError(
            stack.reason or f"The stack {stack.name} is in {stack.status}, which no update leads out of."
        )


def submit_stack_operation(
    request: LockedTaskRequest,
    *,
    projects: Projects,
    resources: Resources,
    stacks: Stacks,
    find_kind: Callable[[str], Kind | None] = kind_by_name,
) -> SubmittedOperation:
    """Submit the change's operation, if the lock is still this execution's own.

    Raises LockLostError, NameTakenError, TemplateTooLargeError, StackMissingError, StackNeedsOperatorError,
    AccessDeniedError; and, to be repeated after a pause, StackBusyError and LeftoverStackError.
    """
    change = request.change
    row = resources.get(change.project, change.kind, change.name)
    if row is None or not row.holds(change.change, request.fence):
        raise LockLostError(f"The change {change.change} does not hold {change.name} any more.")
    project = projects.get_project(change.project)
    if project is None:
        raise ProjectMissingError(f"The project {change.project} is not onboarded.")
    submission = _Submission(request, row, project, stacks)
    if change.action is Action.DELETE:
        return submission.delete()
    kind = find_kind(change.kind)
    if kind is None:
        raise KindMissingError(f"There is no kind {change.kind}.")
    return submission.create(kind) if change.action is Action.CREATE else submission.update(kind)


@task(LockedTaskRequest)
def handler(request: LockedTaskRequest) -> SubmittedOperation:
    """Run the state."""
    return submit_stack_operation(
        request, projects=bootstrap.projects(), resources=bootstrap.resources(), stacks=bootstrap.stacks()
    )
