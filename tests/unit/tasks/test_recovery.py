"""The modes of change_resource: what stood before is brought back, leftovers go, the missing is forgotten."""

import json
from typing import Any

import pytest

from stowage.domain.changes import Action, Mode, Spec
from stowage.domain.errors import StackBusyError, StackDeleteFailedError, StackMissingError, StackNeedsOperatorError
from stowage.domain.resources import ResourceStatus
from stowage.domain.stacks import Stack
from stowage.domain.submission import SubmittedOperation
from stowage.domain.task_requests import LockedTaskRequest
from tasks.await_stack import AwaitStackRequest, await_stack
from tasks.update_mirror import UpdateMirrorRequest, update_mirror
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.world import KEY, World, find_kind
from tests.unit.tasks.test_submit_stack_operation import submit

OLD: Spec = {"description": "Old"}
NEW: Spec = {"description": "New"}


def held(status: str, mode: Mode, *, world: World | None = None) -> tuple[World, LockedTaskRequest, Stack]:
    """Give a crate whose stack is in this status, held by a change of this mode that carries the mirror's spec."""
    world = world or World()
    stack = world.stack(status, spec=OLD)
    world.resources.put(
        resource_row("apollo", "crate", "apples", stack_id=stack.stack_id, stack_status=status, spec=NEW)
    )
    action = Action.DELETE if mode is Mode.FORGET else Action.UPDATE
    spec = {} if mode is Mode.FORGET else NEW
    return world, world.lock(action, mode=mode, version=1, spec=spec), stack


def look(world: World, locked: LockedTaskRequest, submitted: SubmittedOperation) -> tuple[str, str] | dict[str, Any]:
    """Run AwaitStack once, and give its answer."""
    world.waits.waiting.add("token")
    given = {**locked.model_dump(), **submitted.model_dump(), "task_token": "token"}
    await_stack(
        AwaitStackRequest.model_validate(given),
        projects=world.projects,
        resources=world.resources,
        stacks=world.stacks,
        waits=world.waits,
        clock=world.clock,
    )
    if "token" in world.waits.failed:
        return world.waits.failed.pop("token")
    succeeded: dict[str, Any] = json.loads(world.waits.succeeded.pop("token", "{}"))
    return succeeded


def mirror(world: World, locked: LockedTaskRequest, result: dict[str, Any]) -> None:
    """Run UpdateMirror."""
    request = UpdateMirrorRequest.model_validate({**locked.model_dump(), "result": result})
    update_mirror(request, resources=world.resources, clock=world.clock, find_kind=find_kind)


@pytest.mark.parametrize(
    ("status", "mode", "verb"),
    [
        ("UPDATE_ROLLBACK_FAILED", Mode.CONTINUE_ROLLBACK, "continueRollback"),
        ("UPDATE_FAILED", Mode.REPAIR, "rollback"),
    ],
)
def test_what_stood_before_is_brought_back_and_shown(status: str, mode: Mode, verb: str) -> None:
    """The spec is the stack's own; the version stays; the change is a success of its own."""
    world, locked, stack = held(status, mode)

    submitted = submit(world, locked)
    asleep = look(world, locked, submitted)
    world.stacks.settle(stack.stack_id, "UPDATE_ROLLBACK_COMPLETE")
    result = look(world, locked, submitted)

    assert submitted.operation == verb
    assert asleep == {}
    assert isinstance(result, dict)
    assert (result["outcome"], result["spec"]) == ("SUCCEEDED", OLD)
    mirror(world, locked, result)
    resource = world.row.resource
    assert (resource.status, resource.spec, resource.version) == (ResourceStatus.ROLLED_BACK, OLD, 1)


def test_a_repeat_after_a_lost_answer_begins_nothing_anew() -> None:
    """The stack's newest operation is this change's own, whatever it has come to."""
    world, locked, stack = held("UPDATE_ROLLBACK_FAILED", Mode.CONTINUE_ROLLBACK)
    first = submit(world, locked)
    world.stacks.settle(stack.stack_id, "UPDATE_ROLLBACK_FAILED", failure="No.")

    assert submit(world, locked) == first
    assert len(world.stacks.operations) == 1


def test_a_rollback_is_continued_twice_at_most_and_then_an_operators() -> None:
    """The first time it may be tried again, the second time the stuck resource and the runbook are named."""
    world = World()
    told: list[tuple[str, str]] = []
    for change in ("chg-" + "1" * 32, "chg-" + "2" * 32):
        if KEY in world.resources.rows:
            locked = world.lock(Action.UPDATE, mode=Mode.CONTINUE_ROLLBACK, version=1, spec=NEW, change=change)
            stack = next(iter(world.stacks.by_id.values())).stack
        else:
            stack = world.stack("UPDATE_ROLLBACK_FAILED", spec=OLD)
            world.resources.put(resource_row("apollo", "crate", "apples", stack_id=stack.stack_id, spec=NEW))
            locked = world.lock(Action.UPDATE, mode=Mode.CONTINUE_ROLLBACK, version=1, spec=NEW, change=change)
        submitted = submit(world, locked)
        world.stacks.settle(stack.stack_id, "UPDATE_ROLLBACK_FAILED", failure="The bucket said no.")
        answer = look(world, locked, submitted)
        assert isinstance(answer, tuple)
        told.append(answer)
        world.resources.release_lock(KEY, change, locked.fence)

    assert told[0] == ("StackStuckError", "Crate is stuck: The bucket said no.")
    assert told[1][0] == "StackNeedsOperatorError"
    assert "Crate is stuck: The bucket said no." in told[1][1]
    assert "docs/operations.md#needs_operator" in told[1][1]


@pytest.mark.parametrize("status", ["CREATE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE"])
def test_leftovers_of_a_creation_are_deleted_and_the_resource_may_be_tried_again(status: str) -> None:
    """No tombstone is left: the resource is one that never stood, without a stack."""
    world, locked, stack = held(status, Mode.REPAIR)

    submitted = submit(world, locked)
    world.stacks.settle(stack.stack_id, "DELETE_COMPLETE")
    result = look(world, locked, submitted)

    assert submitted.operation == "delete"
    assert isinstance(result, dict)
    mirror(world, locked, result)
    resource = world.row.resource
    assert (resource.status, resource.spec, world.row.deleted) == (ResourceStatus.CREATE_FAILED, NEW, False)
    world.resources.release_lock(KEY, locked.change.change, locked.fence)
    assert [each.value for each in world.row.resource.next_actions] == ["retry", "update", "forget"]


@pytest.mark.parametrize("mode", [Mode.REPAIR, Mode.CONTINUE_ROLLBACK])
def test_what_is_whole_already_needs_no_operation(mode: Mode) -> None:
    """An operator was quicker."""
    world, locked, _ = held("UPDATE_ROLLBACK_COMPLETE", mode)

    submitted = submit(world, locked)
    result = look(world, locked, submitted)

    assert world.stacks.operations == []
    assert isinstance(result, dict)
    assert result["outcome"] == "NO_CHANGE"


def test_a_recovery_waits_for_another_operation_and_gives_up_where_nothing_helps() -> None:
    """Neither is worth an attempt of its own."""
    with pytest.raises(StackBusyError):
        submit(*held("UPDATE_ROLLBACK_IN_PROGRESS", Mode.CONTINUE_ROLLBACK)[:2])
    with pytest.raises(StackNeedsOperatorError):
        submit(*held("IMPORT_ROLLBACK_FAILED", Mode.REPAIR)[:2])
    with pytest.raises(StackMissingError):
        submit(*held("DELETE_COMPLETE", Mode.REPAIR)[:2])


def test_what_has_no_stack_is_forgotten_without_cloudformation() -> None:
    """A tombstone is left; nothing is begun."""
    world, locked, _ = held("DELETE_COMPLETE", Mode.FORGET)

    submitted = submit(world, locked)
    result = look(world, locked, submitted)

    assert (submitted.operation, world.stacks.operations) == ("none", [])
    assert isinstance(result, dict)
    mirror(world, locked, result)
    assert world.row.deleted


def test_what_stands_after_all_is_not_forgotten() -> None:
    """Nobody would find the stack again."""
    world, locked, _ = held("CREATE_COMPLETE", Mode.FORGET)

    with pytest.raises(StackDeleteFailedError, match="stands after all"):
        submit(world, locked)
