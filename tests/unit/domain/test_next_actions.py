"""What may be done with a resource: all 23 statuses of its stack, by all statuses of its own."""

import itertools

import botocore.session
import pytest

from stowage.domain.changes import Action
from stowage.domain.next_actions import NextAction, next_actions
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import ResourceStatus

MODEL = botocore.session.get_session().get_service_model("cloudformation")
STACK_STATUSES: list[str] = sorted(MODEL.shape_for("StackStatus").metadata["enum"])

EDIT = ["update", "delete"]
BY_STACK = {
    "CREATE_COMPLETE": EDIT,
    "CREATE_FAILED": ["repair", "retry", *EDIT],
    "CREATE_IN_PROGRESS": EDIT,
    "DELETE_COMPLETE": ["recreate", "forget"],
    "DELETE_FAILED": ["delete"],
    "DELETE_IN_PROGRESS": EDIT,
    "IMPORT_COMPLETE": EDIT,
    "IMPORT_IN_PROGRESS": EDIT,
    "IMPORT_ROLLBACK_COMPLETE": EDIT,
    "IMPORT_ROLLBACK_FAILED": [],
    "IMPORT_ROLLBACK_IN_PROGRESS": EDIT,
    "REVIEW_IN_PROGRESS": ["retry", *EDIT],
    "ROLLBACK_COMPLETE": ["retry", *EDIT],
    "ROLLBACK_FAILED": ["repair", "retry", *EDIT],
    "ROLLBACK_IN_PROGRESS": EDIT,
    "UPDATE_COMPLETE": EDIT,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": EDIT,
    "UPDATE_FAILED": ["repair"],
    "UPDATE_IN_PROGRESS": EDIT,
    "UPDATE_ROLLBACK_COMPLETE": EDIT,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": EDIT,
    "UPDATE_ROLLBACK_FAILED": ["continueRollback"],
    "UPDATE_ROLLBACK_IN_PROGRESS": EDIT,
}
"""After a change that went well, or that nobody has told of; what runs outside Stowage, a change waits for."""


def legal(status: str = "ACTIVE", stack: str | None = "CREATE_COMPLETE", **fields: str | None) -> list[str]:
    """Give the words of what is legal."""
    return [each.value for each in next_actions(status, fields.get("outcome"), stack, fields.get("lock"))]


def test_the_table_has_every_status_of_a_stack() -> None:
    """A new status of CloudFormation's must be judged before it is met."""
    assert sorted(BY_STACK) == STACK_STATUSES


@pytest.mark.parametrize("stack", STACK_STATUSES)
@pytest.mark.parametrize("status", sorted(set(ResourceStatus) - {ResourceStatus.MISSING, ResourceStatus.CREATE_FAILED}))
def test_the_stacks_own_status_decides_whatever_the_mirror_calls_the_resource(status: str, stack: str) -> None:
    """Events may have told the stack's status after the last change was over."""
    assert legal(status, stack) == BY_STACK[stack]


@pytest.mark.parametrize("stack", [*STACK_STATUSES, None])
def test_what_is_missing_is_made_again_or_forgotten(stack: str | None) -> None:
    """The stack was deleted by hand; where one is at work again, a change waits for what comes of it."""
    running = stack is not None and stack.endswith("_IN_PROGRESS") and stack != "REVIEW_IN_PROGRESS"
    assert legal("MISSING", stack) == (BY_STACK[str(stack)] if running else ["recreate", "forget"])


@pytest.mark.parametrize("stack", [None, "DELETE_COMPLETE"])
def test_what_never_stood_and_left_nothing_is_tried_again_or_forgotten(stack: str | None) -> None:
    """There is no stack to be deleted."""
    assert legal("CREATE_FAILED", stack) == ["retry", "update", "forget"]


@pytest.mark.parametrize(
    ("outcome", "stack", "expected"),
    [
        (Outcome.ROLLED_BACK, "UPDATE_ROLLBACK_COMPLETE", ["retry", *EDIT]),
        (Outcome.STOPPED, "UPDATE_ROLLBACK_COMPLETE", ["retry", *EDIT]),
        (Outcome.BUCKET_NOT_EMPTY, "UPDATE_COMPLETE", [*EDIT, "emptyAndDelete", "retain"]),
        (Outcome.BUCKET_NOT_EMPTY, "UPDATE_ROLLBACK_COMPLETE", [*EDIT, "emptyAndDelete", "retain"]),
        (Outcome.BUCKET_NOT_EMPTY, "DELETE_FAILED", ["emptyAndDelete", "retain", "delete"]),
        (Outcome.NEEDS_OPERATOR, "UPDATE_ROLLBACK_FAILED", []),
        (Outcome.NEEDS_OPERATOR, "UPDATE_ROLLBACK_COMPLETE", EDIT),
    ],
)
def test_how_the_last_change_ended_adds_or_takes_what_helps(outcome: str, stack: str, expected: list[str]) -> None:
    """A rollback that was continued in vain is an operator's; mended by hand, it is the manager's again."""
    assert legal(stack=stack, outcome=outcome) == expected


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("stack", [*STACK_STATUSES, None])
def test_a_held_resource_can_be_stopped_at_most(stack: str | None, action: str) -> None:
    """A deletion only while its stack stands, as it does while it is emptied; what brings back what stood never."""
    recovers = {"UPDATE_FAILED", "UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "ROLLBACK_IN_PROGRESS"}
    for status, outcome in itertools.product(ResourceStatus, (None, Outcome.NEEDS_OPERATOR)):
        found = legal(status, stack, outcome=outcome, lock=action)
        begun = stack in {None, "DELETE_IN_PROGRESS", "DELETE_COMPLETE"}
        assert found == ([] if (begun if action == "delete" else stack in recovers) else ["stop"])


def test_what_nobody_can_see_is_an_operators() -> None:
    """No stack's status is known, and the last change could not tell."""
    assert legal("NEEDS_OPERATOR", None) == []
    assert legal("ACTIVE", None) == EDIT


def test_every_action_is_legal_somewhere() -> None:
    """A word that is never offered is a dead button."""
    outcomes = [None, *Outcome]
    combinations = itertools.product(ResourceStatus, outcomes, [*STACK_STATUSES, None], [None, *Action])
    found = {action for each in combinations for action in next_actions(*each)}
    assert found == set(NextAction)
