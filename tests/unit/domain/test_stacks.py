"""Every stack status of CloudFormation's API model, judged."""

import botocore.session
import pytest

from stowage.domain.changes import Action
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
from stowage.domain.stacks import Stack, operation_error, resource_status

MODEL = botocore.session.get_session().get_service_model("cloudformation")
STATUSES: list[str] = sorted(MODEL.shape_for("StackStatus").metadata["enum"])
AT_REST = [status for status in STATUSES if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS"]


def stack(status: str, reason: str | None = None) -> Stack:
    """Give a stack in a status."""
    return Stack(stack_id="arn", name="stowage-bucket-logs", status=status, reason=reason)


def test_the_api_model_has_the_23_statuses_that_were_judged() -> None:
    """A new status of CloudFormation's must be judged before it is met."""
    assert len(STATUSES) == 23


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_has_one_meaning(status: str) -> None:
    """A running operation keeps what is shown; a status at rest never does."""
    running = ResourceStatus.UPDATING
    assert (resource_status(status, running) is running) == stack(status).running
    assert stack(status).running == (status not in AT_REST)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (None, ResourceStatus.MISSING),
        ("CREATE_COMPLETE", ResourceStatus.ACTIVE),
        ("UPDATE_COMPLETE", ResourceStatus.ACTIVE),
        ("ROLLBACK_COMPLETE", ResourceStatus.CREATE_FAILED),
        ("UPDATE_ROLLBACK_COMPLETE", ResourceStatus.ROLLED_BACK),
        ("UPDATE_ROLLBACK_FAILED", ResourceStatus.NEEDS_OPERATOR),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ResourceStatus.UPDATING),
        ("DELETE_FAILED", ResourceStatus.DELETE_FAILED),
        ("DELETE_COMPLETE", ResourceStatus.DELETED),
    ],
)
def test_a_status_means_what_the_manager_reads(status: str | None, meaning: ResourceStatus) -> None:
    """Rolled back is not failed, and cleaning up is not finished."""
    assert resource_status(status, ResourceStatus.UPDATING) is meaning


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("status", AT_REST)
def test_an_operation_succeeds_only_in_the_status_that_was_wanted(action: Action, status: str) -> None:
    """Each action and each status at rest gives success exactly where CloudFormation did what was asked."""
    wanted = (
        {"DELETE_COMPLETE"} if action is Action.DELETE else {"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"}
    )
    assert (operation_error(action, stack(status), None) is None) == (status in wanted)


@pytest.mark.parametrize(
    ("action", "status", "cause", "error"),
    [
        (Action.CREATE, "ROLLBACK_COMPLETE", "AccessDenied", StackCreateFailedError),
        (Action.CREATE, "ROLLBACK_COMPLETE", "logs already exists", NameTakenError),
        (Action.CREATE, "DELETE_COMPLETE", None, StackMissingError),
        (Action.UPDATE, "UPDATE_ROLLBACK_COMPLETE", "invalid", StackRolledBackError),
        (Action.UPDATE, "UPDATE_ROLLBACK_FAILED", "stuck", StackStuckError),
        (
            Action.CREATE,
            "ROLLBACK_COMPLETE",
            "X is not authorized to perform: s3:PutBucketTagging on",
            StackDeniedError,
        ),
        (Action.UPDATE, "UPDATE_ROLLBACK_COMPLETE", "not authorized to perform: iam:PutUserPolicy", StackDeniedError),
        (Action.DELETE, "DELETE_FAILED", "not authorized to perform: s3:DeleteBucket", StackDeniedError),
        (Action.UPDATE, "UPDATE_ROLLBACK_FAILED", "not authorized to perform: s3:DeleteBucket", StackStuckError),
        (Action.UPDATE, "UPDATE_FAILED", "stuck", StackStuckError),
        (Action.UPDATE, "IMPORT_ROLLBACK_FAILED", "stuck", StackNeedsOperatorError),
        (Action.DELETE, "DELETE_FAILED", "The bucket you tried to delete is not empty.", BucketNotEmptyError),
        (Action.DELETE, "DELETE_FAILED", "in use", StackDeleteFailedError),
        (Action.DELETE, "DELETE_FAILED", "The repository is not empty.", StackDeleteFailedError),
    ],
)
def test_a_failure_has_its_own_error_and_cloudformations_reason(
    action: Action, status: str, cause: str | None, error: type[ChangeError]
) -> None:
    """The cause is CloudFormation's first failing event, never a fixed text."""
    found = operation_error(action, stack(status), cause)
    assert type(found) is error
    assert cause is None or str(found) == cause


def test_without_an_event_the_stacks_own_reason_is_told() -> None:
    """A stack's status reason is better than nothing."""
    assert str(operation_error(Action.CREATE, stack("ROLLBACK_COMPLETE", "because"), None)) == "because"
