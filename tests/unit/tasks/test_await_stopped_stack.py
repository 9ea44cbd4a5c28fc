"""State AwaitStack of a change that somebody wants stopped, and of one that takes too long."""

from datetime import timedelta
from typing import Any

import pytest

from stowage.domain.changes import Action
from stowage.domain.clock import to_iso
from stowage.domain.resources import StopWish
from stowage.domain.stacks import Stack, operation_token, token_of
from tasks.await_stack import AwaitStackRequest, await_stack
from tests.unit.fakes import people
from tests.unit.fakes.world import CHANGE, KEY, OTHER_CHANGE, World

WISH = StopWish(change=CHANGE, actor="olaf@example.com", actor_id="p-olaf", at="2026-11-23T09:00:10.000Z")


def waiting(action: Action, status: str, **fields: Any) -> tuple[World, AwaitStackRequest, Stack]:
    """Give a world in which a change waits for its own operation, in this status of its stack."""
    world = World()
    locked = world.lock(action, expected_version=0)
    own = operation_token(locked.change, action.value, locked.fence)
    stack = world.stack(status, token=own)
    given = {"stack_id": stack.stack_id, "operation": action.value, "no_change": False, "task_token": "token"}
    return world, AwaitStackRequest.model_validate({**locked.model_dump(), **given, **fields}), stack


def run(world: World, request: AwaitStackRequest) -> None:
    """Run the state."""
    await_stack(
        request,
        projects=world.projects,
        resources=world.resources,
        stacks=world.stacks,
        waits=world.waits,
        clock=world.clock,
    )


def test_a_running_update_is_cancelled_in_the_name_of_who_wants_it() -> None:
    """CloudFormation is asked once; a further look only waits for the end."""
    world, request, stack = waiting(Action.UPDATE, "UPDATE_IN_PROGRESS")
    world.resources.wish_stop(KEY, WISH)

    run(world, request)
    run(world, request)

    assert world.stacks.operations == [("cancel", stack.name, token_of(CHANGE, "stop", request.fence))]
    assert world.stacks.people.count("p-olaf") == 1
    assert world.waits.failed == {}


def test_a_cancelled_update_is_stopped_when_its_rollback_is_over() -> None:
    """The outcome waits for the stack; the sentence says who stopped it."""
    world, request, stack = waiting(Action.UPDATE, "UPDATE_IN_PROGRESS")
    world.resources.wish_stop(KEY, WISH)
    run(world, request)
    world.stacks.settle(stack.stack_id, "UPDATE_ROLLBACK_COMPLETE")

    run(world, request)

    assert world.waits.failed["token"] == (
        "StoppedError",
        "Stopped by olaf@example.com: CloudFormation restored what stood before.",
    )


def test_a_running_creation_is_given_up_by_deleting_its_stack() -> None:
    """There is no other way, and the stack never stood."""
    world, request, stack = waiting(Action.CREATE, "CREATE_IN_PROGRESS")
    world.resources.wish_stop(KEY, WISH)
    run(world, request)
    world.stacks.settle(stack.stack_id, "DELETE_COMPLETE")

    run(world, request)

    assert [verb for verb, _, _ in world.stacks.operations] == ["delete"]
    assert world.waits.failed["token"][0] == "StoppedError"


@pytest.mark.parametrize(
    ("action", "status", "error"),
    [
        (Action.UPDATE, "UPDATE_COMPLETE", None),
        (Action.CREATE, "CREATE_COMPLETE", None),
        (Action.CREATE, "ROLLBACK_COMPLETE", "StackCreateFailedError"),
        (Action.CREATE, "DELETE_FAILED", "StackDeleteFailedError"),
        (Action.UPDATE, "UPDATE_ROLLBACK_FAILED", "StackStuckError"),
    ],
)
def test_a_wish_that_came_too_late_changes_no_truth(action: Action, status: str, error: str | None) -> None:
    """What the stack has come to is the outcome."""
    world, request, stack = waiting(action, f"{action.value.upper()}_IN_PROGRESS")
    world.resources.wish_stop(KEY, WISH)
    world.stacks.settle(stack.stack_id, status)

    run(world, request)

    assert world.stacks.operations == []
    if error is None:
        assert "token" in world.waits.succeeded
    else:
        assert world.waits.failed["token"][0] == error


def test_an_update_that_failed_by_itself_is_rolled_back_not_stopped() -> None:
    """CloudFormation's own first failing event is the cause, whatever was wished meanwhile."""
    world, request, stack = waiting(Action.UPDATE, "UPDATE_IN_PROGRESS")
    world.resources.wish_stop(KEY, WISH)
    world.stacks.settle(stack.stack_id, "UPDATE_ROLLBACK_COMPLETE", failure="The bucket said no.")

    run(world, request)

    assert world.waits.failed["token"] == ("StackRolledBackError", "The bucket said no.")


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_what_cannot_be_cancelled_any_more_goes_on(status: str) -> None:
    """The state sleeps on."""
    world, request, _ = waiting(Action.UPDATE, status)
    world.resources.wish_stop(KEY, WISH)

    run(world, request)

    assert (world.stacks.operations, world.waits.failed, world.waits.succeeded) == ([], {}, {})


def test_a_wish_for_another_change_is_none_for_this_one() -> None:
    """It stays on the row until another takes its place."""
    world, request, _ = waiting(Action.UPDATE, "UPDATE_IN_PROGRESS")
    row = world.resources.rows[KEY]
    world.resources.put(row.model_copy(update={"stop_wish": WISH.model_copy(update={"change": OTHER_CHANGE})}))

    run(world, request)

    assert world.stacks.operations == []
    assert people.MANAGER.id in world.stacks.people


def test_a_running_stack_is_waited_for_until_the_deadline_and_no_longer() -> None:
    """Then the change ends; its lock stays, for the stack still runs (RecordFailure)."""
    world, request, _ = waiting(Action.UPDATE, "UPDATE_IN_PROGRESS")
    due = request.model_copy(update={"deadline_at": to_iso(world.clock.now() + timedelta(minutes=15))})

    run(world, due)
    assert world.waits.failed == {}

    world.clock.advance(15 * 60)
    run(world, due)
    assert world.waits.failed["token"][0] == "DeadlinePassedError"


def test_an_end_at_the_deadline_is_an_end() -> None:
    """Who looks late sees what has come true meanwhile."""
    world, request, stack = waiting(Action.CREATE, "CREATE_IN_PROGRESS")
    world.stacks.settle(stack.stack_id, "CREATE_COMPLETE")

    run(world, request.model_copy(update={"deadline_at": to_iso(world.clock.now())}))

    assert "token" in world.waits.succeeded
