"""State SubmitStackOperation of machine change_resource: asks CloudFormation for the change's one operation.

Reads the resource's row, the rows of who names it, and the project; adds marks to the rows of what its spec names, and
an operation on its stack in the project's account, in the person's name. Idempotent: a repeat carries the same token,
sets the same marks, and whatever it finds on the stack it reads before it acts.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.access import keep_keys_in_step
from stowage.domain.changes import RECOVERIES, Action, Mode
from stowage.domain.clock import to_iso
from stowage.domain.custody import Custodian
from stowage.domain.errors import (
    AccessDeniedError,
    BucketNotEmptyError,
    ContentsRemainError,
    KindMissingError,
    LeftoverStackError,
    LockLostError,
    NameTakenError,
    ProjectMissingError,
    StackBusyError,
    StackDeleteFailedError,
    StackMissingError,
    StackNeedsOperatorError,
    StoppedError,
)
from stowage.domain.kinds import ContentRules, Kind, RenderRequest, deadline_seconds
from stowage.domain.ports import Clock, Contents, Projects, Resources, StackOperation, Stacks
from stowage.domain.projects import Project
from stowage.domain.references import FindKind, require_unreferenced, set_marks
from stowage.domain.resources import ResourceRow, stack_name
from stowage.domain.settlement import GONE
from stowage.domain.stacks import ACTIVE, NEVER_STOOD, ROLLED_BACK, STUCK, Stack, is_ours, operation_token, stack_tags
from stowage.domain.task_requests import LockedTaskRequest
from stowage.domain.wire import WireModel

Recovery = Literal["continueRollback", "rollback", "delete"]


class SubmittedOperation(WireModel):
    """What was asked of CloudFormation; `operation` "none" with no stack: there was nothing to delete.

    `deadline_at` is when it should have ended at the latest, ISO 8601.
    """

    stack_id: str | None
    operation: Literal["create", "update", "delete", "continueRollback", "rollback", "none"]
    no_change: bool = False
    deadline_at: str | None = None


@dataclass(frozen=True, slots=True)
class _Submission:
    """One change's dealings with its stack."""

    request: LockedTaskRequest
    row: ResourceRow
    project: Project
    stacks: Stacks

    def has_begun(self) -> bool:
        """Tell whether the change's own operation was submitted, and the answer was lost."""
        existing, change = self._of_this_resource(), self.request.change
        token = operation_token(change, change.action.value, self.request.fence)
        return existing is not None and self._is_under_way(existing.stack_id, token)

    def create(self, kind: Kind) -> SubmittedOperation:
        """Create the stack; adopt one that stands already and is ours; clear away one that never stood."""
        operation = self._operation(kind, Action.CREATE)
        try:
            return SubmittedOperation(stack_id=self.stacks.create(operation), operation="create")
        except StackBusyError:
            existing = self._in_the_way(operation.stack_name)
            if self._is_under_way(existing.stack_id, operation.token):
                return SubmittedOperation(stack_id=existing.stack_id, operation="create")
            self._be_at_rest(existing)
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
            existing = self._in_the_way(operation.stack_name)
            if self._is_under_way(existing.stack_id, operation.token):
                return SubmittedOperation(stack_id=existing.stack_id, operation="update")
            self._be_at_rest(existing)
            raise
        if stack_id is not None:
            return SubmittedOperation(stack_id=stack_id, operation="update")
        unchanged = self.row.stack_id or self._in_the_way(operation.stack_name).stack_id
        # There is nothing to do, too, when this change itself has done it and the answer was lost.
        done = self._is_under_way(unchanged, operation.token)
        return SubmittedOperation(stack_id=unchanged, operation="update", no_change=not done)

    def delete(self) -> SubmittedOperation:
        """Delete the stack by its id; a stack that is gone, or is somebody else's, is nothing to delete."""
        existing, change = self._of_this_resource(), self.request.change
        if existing is None:
            return SubmittedOperation(stack_id=None, operation="none")
        token = operation_token(change, "delete", self.request.fence)
        try:
            if existing.running:
                raise self._busy(existing)
            self.stacks.delete(self.project, existing.stack_id, token=token, person=change.actor_id)
        except StackBusyError:
            if not self._is_under_way(existing.stack_id, token):
                raise
        return SubmittedOperation(stack_id=existing.stack_id, operation="delete")

    def forget(self) -> SubmittedOperation:
        """Leave CloudFormation alone: there is no stack any more; one that stands after all is not forgotten."""
        existing = self._of_this_resource()
        if existing is None:
            return SubmittedOperation(stack_id=None, operation="none")
        raise StackDeleteFailedError(
            f"The stack {existing.name} stands after all ({existing.status}), so that it is not forgotten: delete it."
        )

    def recover(self) -> SubmittedOperation:
        """Bring back what stood before, or clear away what never stood; nothing to do where that is done already."""
        change = self.request.change
        if (stack := self._of_this_resource()) is None:
            raise StackMissingError(f"There is no stack of {change.name} any more.")
        words: tuple[Recovery, ...] = ("continueRollback", "rollback", "delete")
        tokens = {word: operation_token(change, word, self.request.fence) for word in words}
        for word in words:
            if self._is_under_way(stack.stack_id, tokens[word]):
                return SubmittedOperation(stack_id=stack.stack_id, operation=word)
        if stack.running:
            raise self._busy(stack)
        if stack.status in ACTIVE | ROLLED_BACK:
            return SubmittedOperation(stack_id=stack.stack_id, operation="rollback", no_change=True)
        begin, word = self.stacks.continue_rollback, words[0]
        if stack.status == "UPDATE_FAILED":
            begin, word = self.stacks.roll_back, words[1]
        elif stack.status in NEVER_STOOD:
            begin, word = self.stacks.delete, words[2]
        elif stack.status != "UPDATE_ROLLBACK_FAILED":
            raise StackNeedsOperatorError(f"The stack {stack.name} is in {stack.status}, which nothing leads out of.")
        begin(self.project, stack.stack_id, token=tokens[word], person=change.actor_id)
        return SubmittedOperation(stack_id=stack.stack_id, operation=word)

    def look_into(self, contents: Contents, rules: ContentRules) -> None:
        """Refuse to delete what holds something; ContentsRemainError in a change that is to empty it first.

        Where the project's baseline does not let Stowage look, CloudFormation finds out.
        """
        change = self.request.change
        stack = self._of_this_resource()
        if stack is None or stack.running or stack.status in NEVER_STOOD:
            return
        emptying, store = change.mode is Mode.EMPTY_AND_DELETE, rules.store_of(change.name)
        try:
            found = contents.look(self.project, store, person=change.actor_id)
        except AccessDeniedError as denied:
            if emptying:
                raise
            logger().warning("What the resource holds cannot be seen", sentence=str(denied))
            return
        if found.count and emptying:
            raise ContentsRemainError(f"{store} holds {found}: it is emptied first.")
        if found.count:
            raise BucketNotEmptyError(f"{store} holds {found}: empty it, or have it emptied and deleted.")

    def _of_this_resource(self) -> Stack | None:
        """Give the resource's own stack, unless it is gone."""
        change = self.request.change
        known_as = self.row.stack_id or stack_name(change.kind, change.name)
        found = self.stacks.describe(self.project, known_as, person=change.actor_id)
        return None if found is None or found.status == GONE or not is_ours(found, change) else found

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

    def _in_the_way(self, name: str) -> Stack:
        """Give the stack that stands in the way, known to be ours."""
        change = self.request.change
        existing = self.stacks.describe(self.project, name, person=change.actor_id)
        if existing is None:
            raise StackBusyError(f"The stack {name} was there a moment ago and is gone now.")
        if not is_ours(existing, change):
            raise NameTakenError(f"A stack {name} stands in the project's account, and it is not Stowage's.")
        return existing

    def _is_under_way(self, stack_id: str, token: str) -> bool:
        """Tell whether the stack's newest operation is this change's own: it was submitted, and the answer was lost.

        CloudFormation refuses a repeat of it by whichever rule it comes to first: the token was used, the name is
        taken, the stack is busy. Whatever became of it is AwaitStack's to tell.
        """
        person = self.request.change.actor_id
        newest = self.stacks.newest_operation(self.project, stack_id, person=person)
        return newest is not None and newest.token == token

    def _be_at_rest(self, existing: Stack) -> None:
        """Wait for another operation, clear away what never stood, give up what is stuck."""
        if existing.running:
            raise self._busy(existing)
        if existing.status in NEVER_STOOD:
            raise self._clear_away(existing)
        if existing.status in STUCK or existing.status == "DELETE_FAILED":
            raise StackNeedsOperatorError(
                existing.reason or f"The stack {existing.name} is in {existing.status}, which no update leads out of."
            )

    def _clear_away(self, leftover: Stack) -> LeftoverStackError:
        """Delete what a failed first creation left."""
        change = self.request.change
        clearing = operation_token(change, "clear", self.request.fence)
        self.stacks.delete(self.project, leftover.stack_id, token=clearing, person=change.actor_id)
        return LeftoverStackError(f"The stack {leftover.name} never stood ({leftover.status}); it is deleted first.")

    def _busy(self, stack: Stack) -> StackBusyError:
        return StackBusyError(f"Another operation runs on the stack {stack.name}: {stack.status}.")


def submit_stack_operation(
    request: LockedTaskRequest,
    *,
    projects: Projects,
    resources: Resources,
    stacks: Stacks,
    custodian: Custodian,
    contents: Contents,
    clock: Clock,
    find_kind: FindKind = kind_by_name,
) -> SubmittedOperation:
    """Submit the change's operation, if the lock is still this execution's own.

    Raises LockLostError, StoppedError, NameTakenError, TemplateTooLargeError, StackMissingError,
    StackNeedsOperatorError, StackDeleteFailedError, AccessDeniedError, ReferenceMissingError, StillReferencedError,
    BucketNotEmptyError, ContentsRemainError; and, to be repeated after a pause, StackBusyError and LeftoverStackError.
    """
    change = request.change
    row = resources.get(change.project, change.kind, change.name)
    if row is None or not row.holds(change.change, request.fence):
        raise LockLostError(f"The change {change.change} does not hold {change.name} any more.")
    project = projects.get_project(change.project)
    if project is None:
        raise ProjectMissingError(f"The project {change.project} is not onboarded.")
    submission = _Submission(request, row, project, stacks)
    wish = row.stop_of(change.change)
    if wish is not None and not submission.has_begun():
        raise StoppedError(f"Stopped by {wish.actor}, before anything was done.")
    kind = find_kind(change.kind)
    if change.action is Action.DELETE:
        require_unreferenced(change, request.fence, row, resources=resources, find_kind=find_kind)
        if kind is not None and kind.contents is not None and change.mode is not Mode.FORGET:
            submission.look_into(contents, kind.contents)
        keep_keys_in_step(change, row, custodian=custodian, clock=clock)
        submitted = submission.forget() if change.mode is Mode.FORGET else submission.delete()
    else:
        if kind is None:
            raise KindMissingError(f"There is no kind {change.kind}.")
        set_marks(change, row, kind, resources=resources)
        keep_keys_in_step(change, row, custodian=custodian, clock=clock)
        if change.mode in RECOVERIES:
            submitted = submission.recover()
        else:
            submitted = submission.create(kind) if change.action is Action.CREATE else submission.update(kind)
    seconds = deadline_seconds(kind.usual_seconds if kind else None)
    return submitted.model_copy(update={"deadline_at": to_iso(clock.now() + timedelta(seconds=seconds))})


@task(LockedTaskRequest)
def handler(request: LockedTaskRequest) -> SubmittedOperation:
    """Run the state."""
    return submit_stack_operation(
        request,
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        stacks=bootstrap.stacks(),
        custodian=bootstrap.custodian(),
        contents=bootstrap.contents(),
        clock=bootstrap.clock(),
    )
