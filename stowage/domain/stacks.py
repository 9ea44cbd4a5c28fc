"""What CloudFormation says of a stack, and what that means for the resource it is."""

import hashlib
import re

from pydantic import Field

from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.errors import (
    BucketNotEmptyError,
    ChangeError,
    NameTakenError,
    StackCreateFailedError,
    StackDeleteFailedError,
    StackDeniedError,
    StackMissingError,
    StackNeedsOperatorError,
    StackRolledBackError,
    StackStuckError,
)
from stowage.domain.resources import ResourceStatus
from stowage.domain.wire import WireModel

ACTIVE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
NEVER_STOOD = frozenset({"CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS"})
ROLLED_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})
STUCK = frozenset({"UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "IMPORT_ROLLBACK_FAILED"})

RECOVERABLE = frozenset({"UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED"})
"""Half-way between two specs: RollbackStack or ContinueUpdateRollback may bring back what stood before."""

CLEAR = "clear"
"""The word by which the token of clearing away what never stood is made."""
LEAVES_SOMETHING = frozenset({"CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"})
"""Something of the stack stands that should not: its events tell what."""

_NO_UPDATES_END = frozenset({"CREATE_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"})

DENIED = re.compile(r"not authorized to perform:? [\w-]+:\w+")
"""IAM's own words, which name the missing action
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html)."""

_BUCKET_NOT_EMPTY = ("BucketNotEmpty", "bucket you tried to delete is not empty")
"""S3's own code and words (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html): what else may be "not
empty" is no bucket."""

_AT_REST: dict[str, ResourceStatus] = {
    **dict.fromkeys(ACTIVE, ResourceStatus.ACTIVE),
    **dict.fromkeys(NEVER_STOOD, ResourceStatus.CREATE_FAILED),
    **dict.fromkeys(ROLLED_BACK, ResourceStatus.ROLLED_BACK),
    **dict.fromkeys(STUCK, ResourceStatus.NEEDS_OPERATOR),
    "DELETE_FAILED": ResourceStatus.DELETE_FAILED,
    "DELETE_COMPLETE": ResourceStatus.DELETED,
}


class Stack(WireModel):
    """A stack as `DescribeStacks` tells it; found by id or by name."""

    stack_id: str
    name: str
    status: str
    reason: str | None = None
    updated_at: str | None = None
    """When its last update began, or its creation before the first one, ISO 8601."""
    outputs: dict[str, str] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Tell whether an operation runs on it; an unexecuted change set (REVIEW_IN_PROGRESS) is none."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


class NewestOperation(WireModel):
    """The newest operation on a stack as the stack's events tell it: its token, and the status it has come to."""

    token: str | None
    status: str


class Stuck(WireModel):
    """Where a rollback got stuck: the resource's logical id, why, and how often Stowage has continued it since."""

    resource: str | None
    reason: str | None
    continued: int


def resource_status(stack_status: str | None, running: ResourceStatus) -> ResourceStatus:
    """Give the resource's status that a stack's status means.

    Args:
        stack_status: one of CloudFormation's 23 stack statuses, or None when there is no stack.
        running: what to say while an operation runs.
    """
    if stack_status is None:
        return ResourceStatus.MISSING
    return _AT_REST.get(stack_status, running)


def operation_error(action: Action, stack: Stack, cause: str | None) -> ChangeError | None:
    """Judge a stack that came to rest: None when the operation did what was asked, else why it did not.

    Args:
        action: what was submitted.
        stack: the stack at rest.
        cause: the reason of CloudFormation's first failing event, if there is one.
    """
    if stack.status == "DELETE_COMPLETE":
        gone = StackMissingError(cause or f"The stack {stack.name} was deleted while the change ran.")
        return None if action is Action.DELETE else gone
    rests_whole = action is not Action.DELETE and stack.status in ACTIVE
    if cause is not None and DENIED.search(cause) and stack.status not in RECOVERABLE and not rests_whole:
        return StackDeniedError(cause)
    sentence = cause or stack.reason or f"The stack ended in {stack.status} and CloudFormation gave no reason."
    if action is Action.DELETE:
        holds_objects = any(words in sentence for words in _BUCKET_NOT_EMPTY)
        return BucketNotEmptyError(sentence) if holds_objects else StackDeleteFailedError(sentence)
    if stack.status == "DELETE_FAILED":
        return StackDeleteFailedError(sentence)
    if stack.status in ACTIVE:
        return None
    if stack.status in NEVER_STOOD:
        return NameTakenError(sentence) if "already exist" in sentence else StackCreateFailedError(sentence)
    if stack.status in ROLLED_BACK:
        return StackRolledBackError(sentence)
    return StackStuckError(sentence) if stack.status in RECOVERABLE else StackNeedsOperatorError(sentence)


def has_ended(action: Action, stack: Stack) -> bool:
    """Tell whether the submitted operation has come to its end, not only the stack to rest.

    A description can be older than the submission. What tells it is a status that this operation never ends in: an
    update never ends in CREATE_COMPLETE, a deletion only in DELETE_*.
    """
    if stack.running:
        return False
    if action is Action.DELETE:
        return stack.status.startswith("DELETE_")
    return action is Action.CREATE or stack.status not in _NO_UPDATES_END


def may_be_older(action: Action, stack: Stack) -> bool:
    """Tell whether the operation before could have left the stack in this very status.

    DescribeStacks is eventually consistent (https://github.com/aws/aws-cdk-cli/pull/1848): a description in such a
    status may be older than the operation that is waited for. A stack that is created has no operation before.
    """
    if action is Action.DELETE:
        return stack.status == "DELETE_FAILED"
    return action is Action.UPDATE and stack.status in {"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}


def stack_tags(request: ChangeRequest) -> dict[str, str]:
    """Give the tags by which a stack is known as this resource's; they do not change from one change to the next."""
    return {"stowage:project": request.project, "stowage:kind": request.kind, "stowage:name": request.name}


def is_ours(stack: Stack, request: ChangeRequest) -> bool:
    """Tell by its tags whether a stack is the resource that the change speaks of, not merely one of that name."""
    return all(stack.tags.get(key) == value for key, value in stack_tags(request).items())


def operation_token(request: ChangeRequest, operation: str, fence: int) -> str:
    """Give the ClientRequestToken of an operation: equal for a repeat under the same lock, different for any other.

    It starts with a letter and has 65 characters (at most 128, letters, digits and hyphens:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html).
    """
    return token_of(request.change, operation, fence)


def token_of(change: str, operation: str, fence: int) -> str:
    """Give `operation_token` of a change's id."""
    return "s" + hashlib.sha256(f"{change}/{operation}/{fence}".encode()).hexdigest()
