"""A deletion that keeps what holds something: the stack goes, the store stays."""

from typing import Any

import pytest

from stowage.domain.changes import Action, Mode
from stowage.domain.errors import (
    AccessDeniedError,
    LockLostError,
    StackBusyError,
    StackDeleteFailedError,
    StackMissingError,
    StackNeedsOperatorError,
)
from stowage.domain.outcomes import Outcome
from stowage.domain.submission import SubmittedOperation
from stowage.domain.task_requests import LockedTaskRequest
from tasks.notify_succeeded import NotifySucceededRequest, notify_succeeded
from tests.unit.fakes.world import CHANGE, World
from tests.unit.tasks.test_empty_contents import STORE, deletion, find_kind
from tests.unit.tasks.test_recovery import look, mirror
from tests.unit.tasks.test_submit_stack_operation import submit


def keeping(status: str, held: int = 3) -> tuple[World, LockedTaskRequest, str]:
    """Give a crate that holds something, and a change that is to keep that."""
    world = World()
    world.contents.held[STORE] = held
    locked = deletion(world, Mode.RETAIN, status)
    return world, locked, world.row.stack_id or ""


def verbs(world: World) -> list[str]:
    """Give what was begun on the stack."""
    return [verb for verb, _, _ in world.stacks.operations]


def test_a_standing_stack_is_deleted_first_and_then_without_the_store() -> None:
    """CloudFormation keeps a resource only of a stack in DELETE_FAILED; the state waits for that by being repeated."""
    world, locked, stack_id = keeping("UPDATE_COMPLETE")

    for _ in range(2):
        with pytest.raises(StackBusyError):
            submit(world, locked, find_kind=find_kind)
    world.stacks.settle(stack_id, "DELETE_FAILED", failure="The bucket you tried to delete is not empty")
    submitted = submit(world, locked, find_kind=find_kind)

    assert submitted == SubmittedOperation(stack_id=stack_id, operation="retain")
    assert verbs(world) == ["delete", "retain Store"]
    assert len({token for _, _, token in world.stacks.operations}) == 2


def test_a_stack_whose_deletion_has_failed_needs_one_operation() -> None:
    """And a repeat after a lost answer begins nothing twice, wherever it has come to."""
    world, locked, stack_id = keeping("DELETE_FAILED")

    first = submit(world, locked, find_kind=find_kind)
    again = submit(world, locked, find_kind=find_kind)
    world.stacks.settle(stack_id, "DELETE_FAILED", failure="No.")

    assert first == again == submit(world, locked, find_kind=find_kind)
    assert verbs(world) == ["retain Store"]


def test_its_end_is_an_outcome_of_its_own_that_says_what_was_kept() -> None:
    """The row is a tombstone; whoever reads the change learns that the store is nobody's care any more."""
    world, locked, stack_id = keeping("DELETE_FAILED")
    submitted = submit(world, locked, find_kind=find_kind)

    asleep = look(world, locked, submitted)
    world.stacks.settle(stack_id, "DELETE_COMPLETE")
    result = look(world, locked, submitted)
    assert isinstance(result, dict)
    mirror(world, locked, result)
    ended = NotifySucceededRequest.model_validate({**locked.model_dump(), "outcome": result["outcome"]})
    notify_succeeded(ended, changes=world.changes, notifier=world.notifier, clock=world.clock)

    change = world.changes.get("apollo", CHANGE)
    assert (asleep, result["outcome"], world.row.deleted) == ({}, "RETAINED", True)
    assert change is not None
    assert (change.status, change.outcome) == ("SUCCEEDED", Outcome.RETAINED)
    assert "The crate apples and everything in it stay in the project's account" in (change.cause or "")
    assert world.row.resource.cause == change.cause


def test_an_operation_that_fails_again_is_a_failed_deletion() -> None:
    """A description that is older than the operation is not taken for its end."""
    world, locked, stack_id = keeping("DELETE_FAILED")
    submitted = submit(world, locked, find_kind=find_kind)
    world.stacks.settle(stack_id, "DELETE_FAILED", failure="No.")

    assert look(world, locked, submitted) == ("StackDeleteFailedError", "No.")


def test_what_is_empty_is_not_kept() -> None:
    """The first deletion would remove it; a plain one is to be asked for."""
    world, locked, _ = keeping("CREATE_COMPLETE", held=0)

    with pytest.raises(StackDeleteFailedError, match="there is nothing to keep"):
        submit(world, locked, find_kind=find_kind)

    assert verbs(world) == []


def test_where_nobody_may_look_nothing_is_begun() -> None:
    """It could be empty, and would be gone."""
    world, locked, _ = keeping("CREATE_COMPLETE")
    world.contents.raises = AccessDeniedError("no s3:ListBucketVersions")

    with pytest.raises(AccessDeniedError):
        submit(world, locked, find_kind=find_kind)

    assert verbs(world) == []


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("UPDATE_ROLLBACK_FAILED", StackNeedsOperatorError),
        ("ROLLBACK_FAILED", StackNeedsOperatorError),
        ("UPDATE_IN_PROGRESS", StackBusyError),
        ("DELETE_COMPLETE", StackMissingError),
    ],
)
def test_any_other_stack_is_left_alone(status: str, expected: type[Exception]) -> None:
    """Stuck, at work, or gone meanwhile."""
    world, locked, _ = keeping(status)

    with pytest.raises(expected):
        submit(world, locked, find_kind=find_kind)

    assert verbs(world) == []


def test_a_lost_lock_keeps_and_deletes_nothing() -> None:
    """A redriven execution (L5)."""
    world, locked, _ = keeping("DELETE_FAILED")
    lost: Any = locked.model_copy(update={"fence": locked.fence - 1})

    with pytest.raises(LockLostError):
        submit(world, lost, find_kind=find_kind)

    assert verbs(world) == []
    assert lost.change.action is Action.DELETE
