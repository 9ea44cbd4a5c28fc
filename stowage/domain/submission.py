"""What a change asks of CloudFormation, and what it finds in its way: SubmitStackOperation and its stack.

Every verb reads before it acts, so that a repeat after a lost answer begins nothing twice: the newest operation's token
tells whether it is this change's own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from stowage.domain.awaiting import RETAIN
from stowage.domain.changes import Action, Mode
from stowage.domain.errors import (
    AccessDeniedError,
    BucketNotEmptyError,
    ContentsRemainError,
    LeftoverStackError,
    NameTakenError,
    PermanentError,
    StackBusyError,
    StackDeleteFailedError,
    StackMissingError,
    StackNeedsOperatorError,
)
from stowage.domain.kinds import ContentRules, Kind, RenderRequest
from stowage.domain.ports import Contents, Resources, StackOperation, Stacks
from stowage.domain.projects import Project
from stowage.domain.resources import ResourceRow, stack_name
from stowage.domain.settlement import GONE
from stowage.domain.stacks import (
    ACTIVE,
    CLEAR,
    NEVER_STOOD,
    ROLLED_BACK,
    STUCK,
    Stack,
    is_ours,
    operation_token,
    stack_tags,
)
from stowage.domain.task_requests import LockedTaskRequest
from stowage.domain.wire import WireModel

Recovery = Literal["continueRollback", "rollback", "delete"]


class SubmittedOperation(WireModel):
    """What was asked of CloudFormation; `operation` "none" with no stack: there was nothing to delete.

    `deadline_at` is when it should have ended at the latest, ISO 8601.
    """

    stack_id: str | None
    operation: Literal["create", "update", "delete", "continueRollback", "rollback", "retain", "none"]
    no_change: bool = False
    deadline_at: str | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """One change's dealings with its stack; `deny` hears where something may not be seen."""

    request: LockedTaskRequest
    row: ResourceRow
    project: Project
    stacks: Stacks
    resources: Resources
    deny: Callable[[PermanentError], None]

    def has_begun(self) -> bool:
        """Tell whether the change's own operation was submitted, and the answer was lost."""
        existing, change = self._of_this_resource(), self.request.change
        token = operation_token(change, change.action.value, self.request.fence)
        return existing is not None and self._is_under_way(existing.stack_id, token)

    def create(self, kind: Kind) -> SubmittedOperation:
        """Create the stack; adopt one that stands already and is ours; clear away one that never stood."""
        operation = self._operation(kind, Action.CREATE)
        try:
            with self._begins():
                stack_id = self.stacks.create(operation)
            return SubmittedOperation(stack_id=stack_id, operation="create")
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
            with self._begins():
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
            with self._begins():
                self.stacks.delete(self.project, existing.stack_id, token=token, person=change.actor_id)
        except StackBusyError:
            if not self._is_under_way(existing.stack_id, token):
                raise
        return SubmittedOperation(stack_id=existing.stack_id, operation="delete")

    def retain(self, contents: Contents, rules: ContentRules) -> SubmittedOperation:
        """Delete the stack and keep what holds something: CloudFormation takes that of a stack in DELETE_FAILED alone.

        So it is first deleted as any other, which S3 refuses for a bucket that holds something, and a pause later,
        without it. What is empty is not kept: nothing would stop that first deletion.
        """
        change = self.request.change
        if (stack := self._of_this_resource()) is None:
            raise StackMissingError(f"There is no stack of {change.name} any more.")
        token = operation_token(change, RETAIN, self.request.fence)
        if self._is_under_way(stack.stack_id, token):
            return SubmittedOperation(stack_id=stack.stack_id, operation="retain")
        if stack.running:
            raise self._busy(stack)
        person = change.actor_id
        if stack.status == "DELETE_FAILED":
            kept = (rules.logical_id,)
            with self._begins():
                self.stacks.delete(self.project, stack.stack_id, token=token, person=person, retain=kept)
            return SubmittedOperation(stack_id=stack.stack_id, operation="retain")
        if stack.status not in ACTIVE | ROLLED_BACK:
            raise StackNeedsOperatorError(f"The stack {stack.name} is in {stack.status}, which nothing is kept of.")
        if not contents.look(self.project, rules.store_of(change.name), person=person).count:
            raise StackDeleteFailedError(f"{change.name} is empty, so that there is nothing to keep: delete it.")
        first = operation_token(change, change.action.value, self.request.fence)
        with self._begins():
            self.stacks.delete(self.project, stack.stack_id, token=first, person=person)
        raise StackBusyError(f"The stack {stack.name} is deleted first as far as it lets itself be.")

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
        with self._begins():
            begin(self.project, stack.stack_id, token=tokens[word], person=change.actor_id)
        return SubmittedOperation(stack_id=stack.stack_id, operation=word)

    def look_into(self, contents: Contents, rules: ContentRules) -> None:
        """Refuse to delete what holds something; ContentsRemainError in a change that is to empty it first.

        What Object Lock keeps is told before anything is removed. Where the project's baseline does not let Stowage
        look, CloudFormation finds out.
        """
        change = self.request.change
        stack = self._of_this_resource()
        if stack is None or stack.running or stack.status in NEVER_STOOD:
            return
        emptying, store = change.mode is Mode.EMPTY_AND_DELETE, rules.store_of(change.name)
        locked = rules.is_locked(self.row.resource.spec)
        try:
            found = contents.look(self.project, store, person=change.actor_id, locked=locked)
        except AccessDeniedError as denied:
            if emptying:
                raise
            self.deny(denied)
            return
        if not found.count:
            return
        if found.kept is not None:
            raise BucketNotEmptyError(f"{store} holds {found}: it cannot be emptied before. Nothing was removed.")
        if emptying:
            raise ContentsRemainError(f"{store} holds {found}: it is emptied first.")
        raise BucketNotEmptyError(f"{store} holds {found}: empty it, have it emptied and deleted, or have it kept.")

    @contextmanager
    def _begins(self) -> Iterator[None]:
        """Note on the row that an operation may begin, before it does, and take that back where it was refused.

        Without the note, whoever fails later and may not look at the stack would free the lock of what runs on it
        (invariant L3). It is also the last look at lock and fence before CloudFormation, which knows neither.
        """
        change, fence = self.request.change, self.request.fence
        noted_before = self.row.begun == change.change
        self.resources.note_begun(self.request.row_of, change=change.change, fence=fence, begun=True)
        try:
            yield
        except PermanentError:
            if not noted_before:
                self.resources.note_begun(self.request.row_of, change=change.change, fence=fence, begun=False)
            raise

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
        clearing = operation_token(change, CLEAR, self.request.fence)
        with self._begins():
            self.stacks.delete(self.project, leftover.stack_id, token=clearing, person=change.actor_id)
        return LeftoverStackError(f"The stack {leftover.name} never stood ({leftover.status}); it is deleted first.")

    def _busy(self, stack: Stack) -> StackBusyError:
        return StackBusyError(f"Another operation runs on the stack {stack.name}: {stack.status}.")
