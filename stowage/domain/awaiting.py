"""Whether the operation that a sleeping AwaitStack waits for has ended, and its answer (docs/adr/0004).

Asked by the state itself, at each of its looks, and by whoever hears of the end first: the listener of stack events.
The events are a hint, the description decides: nobody answers a token without having described the stack.
"""

from collections.abc import Callable
from dataclasses import dataclass

from stowage.domain.changes import Action, Spec, canonical_json
from stowage.domain.errors import (
    ChangeError,
    PermanentError,
    StackBusyError,
    StackMissingError,
    StackNeedsOperatorError,
    StackRolledBackError,
    StackStuckError,
    StoppedError,
    TaskTokenExpiredError,
)
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Stacks, Waits
from stowage.domain.projects import Project
from stowage.domain.settlement import GONE, standing_spec
from stowage.domain.stacks import LEAVES_SOMETHING, Stack, has_ended, may_be_older, operation_error, token_of
from stowage.domain.wire import WireModel

RETAIN = "retain"
"""The word of a deletion that keeps what the first one could not delete."""
OPERATIONS: dict[str, tuple[Action, str | None]] = {
    **{action.value: (action, None) for action in Action},
    "continueRollback": (Action.UPDATE, "continueRollback"),
    "rollback": (Action.UPDATE, "rollback"),
    RETAIN: (Action.DELETE, RETAIN),
}
"""Every operation that a change may wait for: what it does, and its word, where that is not the action's own."""
RECOVERING = frozenset({"continueRollback", "rollback"})
"""The words of operations that bring back what stood before."""
CONTINUED_AT_MOST = 2
"""How often a manager may have a stuck rollback continued; nothing is ever skipped, and never is the stack deleted."""
RUNBOOK = "docs/operations.md#needs_operator"
STOP = "stop"
"""The word by which the tokens of stopping calls are made."""


class StackResult(WireModel):
    """What stands after the operation; `outcome` is SUCCEEDED, NO_CHANGE or RETAINED.

    `spec` is told by the stack's own template, after an operation that asked for none.
    """

    stack_id: str | None
    stack_status: str | None
    stack_updated_at: str | None = None
    outputs: dict[str, str]
    outcome: Outcome
    spec: Spec | None = None


NO_STACK = StackResult(stack_id=None, stack_status=None, outputs={}, outcome=Outcome.SUCCEEDED)
"""There was nothing to delete."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """The operation that is waited for, and in whose name.

    `known_updated_at` is when the last operation whose end the mirror saw had begun; `told` the status that the
    operation's own last event told, where somebody has heard it. `stopped_by` is who wants the change stopped;
    `word` the operation's, as in `OPERATIONS`. `may_be_unseen`: it is a creation of a moment ago.
    """

    change: str
    person: str
    fence: int
    action: Action
    stack_id: str
    no_change: bool = False
    known_updated_at: str | None = None
    told: str | None = None
    stopped_by: str | None = None
    word: str | None = None
    may_be_unseen: bool = False

    @property
    def recovery(self) -> str | None:
        """Give the word of an operation that brings back what stood before, None of any other."""
        return self.word if self.word in RECOVERING else None

    @property
    def token(self) -> str:
        """Give the operation's ClientRequestToken."""
        return token_of(self.change, self.word or self.action.value, self.fence)

    @property
    def stop_token(self) -> str:
        """Give the ClientRequestToken of what stops the operation."""
        return token_of(self.change, STOP, self.fence)

    @property
    def tokens(self) -> frozenset[str]:
        """Give the tokens by one of which the operation's end is known: its own, and of its stop."""
        return frozenset({self.token} if self.stopped_by is None else {self.token, self.stop_token})


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an awaited stack; `deny` hears when its events may not be read."""

    awaited: Awaited
    project: Project
    stacks: Stacks
    deny: Callable[[PermanentError], None]

    def answer(self) -> StackResult | ChangeError | None:
        """Describe the stack and give what the waiting state is to be answered; None while the operation runs."""
        awaited = self.awaited
        stack = self.stacks.describe(self.project, awaited.stack_id, person=awaited.person)
        if stack is None and (awaited.may_be_unseen or awaited.told not in {None, GONE}):
            return None  # descriptions are eventually consistent: this one is older than the stack, or than its event
        if stack is not None and not awaited.no_change and not self._is_over(stack):
            return None
        error = self._error(stack)
        if error is not None:
            return error
        return StackResult(
            stack_id=awaited.stack_id,
            stack_status=stack.status if stack else GONE,
            stack_updated_at=stack.updated_at if stack else None,
            outputs=stack.outputs if stack and awaited.action is not Action.DELETE else {},
            outcome=self._success(),
            spec=self._standing_spec(stack),
        )

    def _success(self) -> Outcome:
        if self.awaited.no_change:
            return Outcome.NO_CHANGE
        return Outcome.RETAINED if self.awaited.word == RETAIN else Outcome.SUCCEEDED

    def _standing_spec(self, stack: Stack | None) -> Spec | None:
        awaited = self.awaited
        if stack is None or awaited.recovery is None:
            return None
        return standing_spec(self.project, stack, person=awaited.person, stacks=self.stacks)

    def stop(self, person: str) -> None:
        """Stop the operation where CloudFormation lets it be stopped, in the name of `person`; repeating is harmless.

        An update is cancelled. A creation cannot be: its stack is deleted, which never stood, so that nothing was told
        of it to anybody (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html).
        What has come too far for it, and a deletion, goes on; the stack tells the outcome in any case.
        """
        awaited = self.awaited
        stack = self.stacks.describe(self.project, awaited.stack_id, person=awaited.person)
        if stack is None:
            return
        try:
            if awaited.action is Action.UPDATE and stack.status == "UPDATE_IN_PROGRESS":
                self.stacks.cancel_update(self.project, stack.stack_id, token=awaited.stop_token, person=person)
            if awaited.action is Action.CREATE and stack.status == "CREATE_IN_PROGRESS":
                self.stacks.delete(self.project, stack.stack_id, token=awaited.stop_token, person=person)
        except StackBusyError:
            return  # an earlier look has asked for it, or the operation has come too far

    def _is_over(self, stack: Stack) -> bool:
        """Tell whether the description shows the end of this very operation, not of the one before it (ADR 0004).

        A stack that began to be updated later than the mirror knows shows this operation; so does one in the status
        that this operation's own event has told. Else the stack's events decide: each carries the token of its
        operation. Where they may not be read, the description is all there is.
        """
        awaited = self.awaited
        if not has_ended(awaited.action, stack) or (awaited.recovery and stack.status == "UPDATE_FAILED"):
            return False
        known, begun = awaited.known_updated_at, stack.updated_at
        plain_update = awaited.action is Action.UPDATE and awaited.recovery is None
        is_newer = plain_update and known is not None and begun is not None and begun > known
        may_be_before = awaited.recovery is not None or may_be_older(awaited.action, stack)
        if is_newer or stack.status == awaited.told or not may_be_before:
            return True
        try:
            newest = self.stacks.newest_operation(self.project, stack.stack_id, person=awaited.person)
        except PermanentError as denied:
            self.deny(denied)
            return True
        return newest is not None and newest.token in awaited.tokens and newest.status == stack.status

    def _error(self, stack: Stack | None) -> ChangeError | None:
        """Tell why the operation did not do what was asked, by CloudFormation's own first failing event, or None."""
        awaited = self.awaited
        if (
            awaited.stopped_by is not None
            and awaited.action is Action.CREATE
            and (stack is None or stack.status == GONE)
        ):
            return StoppedError(
                f"Stopped by {awaited.stopped_by}: the creation was given up, and nothing is left of it."
            )
        if stack is None:
            gone = StackMissingError("The stack vanished while the change ran.")
            return None if awaited.action is Action.DELETE else gone
        error = None if awaited.no_change else operation_error(awaited.action, stack, None)
        if error is None or (awaited.recovery and isinstance(error, StackRolledBackError)):
            return None
        try:
            if isinstance(error, StackStuckError):
                return self._stuck(error)
            cause = self.stacks.first_failure(self.project, stack.stack_id, token=awaited.token, person=awaited.person)
        except PermanentError as denied:
            self.deny(denied)
            return error
        if awaited.stopped_by is not None and cause is None and isinstance(error, StackRolledBackError):
            return StoppedError(f"Stopped by {awaited.stopped_by}: CloudFormation restored what stood before.")
        return self._with_leftovers(operation_error(awaited.action, stack, cause), stack)

    def _with_leftovers(self, error: ChangeError | None, stack: Stack) -> ChangeError | None:
        """Name what stands of a stack that should be gone, so that whoever decides what to do next knows of what."""
        if error is None or stack.status not in LEAVES_SOMETHING:
            return error
        try:
            left = self.stacks.leftovers(self.project, stack.stack_id, person=self.awaited.person)
        except PermanentError as denied:
            self.deny(denied)
            return error
        return type(error)(f"{error} What is left: {', '.join(left)}.") if left else error

    def _stuck(self, error: StackStuckError) -> ChangeError:
        """Say what a rollback is stuck at; one that was continued in vain often enough is an operator's."""
        awaited = self.awaited
        found = self.stacks.stuck(self.project, awaited.stack_id, person=awaited.person)
        sentence = f"{found.resource} is stuck: {found.reason}" if found.resource and found.reason else str(error)
        if found.continued < CONTINUED_AT_MOST:
            return StackStuckError(sentence)
        return StackNeedsOperatorError(
            f"{sentence} The rollback was continued {found.continued} times in vain: an operator has to mend the cause "
            f"({RUNBOOK})."
        )


def answer_token(waits: Waits, token: str, answer: StackResult | ChangeError) -> bool:
    """Answer the waiting state; False when somebody was quicker, or the token has timed out: that is no fault."""
    try:
        if isinstance(answer, ChangeError):
            waits.fail(token, type(answer).__name__, str(answer))
        else:
            wire = answer.to_wire()
            waits.succeed(token, canonical_json({name: wire[name] for name in wire if name != "spec" or wire[name]}))
    except TaskTokenExpiredError:
        return False
    return True
