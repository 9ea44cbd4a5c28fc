"""State SubmitStackOperation."""

from typing import Any

import pytest

from stowage.domain.changes import Action
from stowage.domain.errors import (
    AccessDeniedError,
    KindMissingError,
    LeftoverStackError,
    LockLostError,
    NameTakenError,
    ProjectMissingError,
    ServiceUnavailableError,
    StackBusyError,
    StackMissingError,
    StackNeedsOperatorError,
)
from stowage.domain.ports import ResourceKey, StackOperation
from stowage.domain.stacks import operation_token
from stowage.domain.submission import SubmittedOperation
from stowage.domain.task_requests import LockedTaskRequest
from tasks.submit_stack_operation import submit_stack_operation
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.world import KEY, NAME, OTHER_CHANGE, World, find_kind, request


def submit(world: World, given: LockedTaskRequest, **ports: Any) -> SubmittedOperation:
    """Run the state; its deadline, which the clock makes, is left to a test of its own."""
    submitted = submit_with_deadline(world, given, **ports)
    return submitted.model_copy(update={"deadline_at": None})


def submit_with_deadline(world: World, given: LockedTaskRequest, **ports: Any) -> SubmittedOperation:
    """Run the state."""
    used: dict[str, Any] = {"projects": world.projects, "resources": world.resources, "stacks": world.stacks, **ports}
    used = {"custodian": world.custodian, "contents": world.contents, "clock": world.clock, **used}
    return submit_stack_operation(given, **{"find_kind": find_kind, **used})


def standing(world: World, status: str = "CREATE_COMPLETE", **row: Any) -> str:
    """Give a resource whose stack stands, and that stack's id."""
    stack = world.stack(status)
    world.resources.put(resource_row("apollo", "crate", "apples", stack_id=stack.stack_id, stack_status=status, **row))
    return stack.stack_id


def test_a_create_creates_the_stack_once_in_the_persons_name() -> None:
    """The stack carries the resource's tags and the token of change, operation and fence."""
    world = World()
    given = world.lock()

    submitted = submit(world, given)

    assert submitted.operation == "create"
    assert world.stacks.operations == [("create", NAME, operation_token(given.change, "create", 1))]
    assert world.stacks.people == [given.change.actor_id]
    assert world.stacks.by_id[submitted.stack_id or ""].stack.tags == {
        "stowage:project": "apollo",
        "stowage:kind": "crate",
        "stowage:name": "apples",
    }


@pytest.mark.parametrize("action", list(Action))
def test_that_an_operation_may_begin_is_noted_before_it_does(action: Action) -> None:
    """Whatever becomes of the call, the row tells whoever records the failure that something may run."""
    world = World()
    if action is not Action.CREATE:
        standing(world)
    given = world.lock(action, expected_version=0 if action is Action.CREATE else 1)
    lost = Spy(world.stacks)
    lost.fail(action.value, ServiceUnavailableError("The answer was lost."))

    with pytest.raises(ServiceUnavailableError):
        submit(world, given, stacks=lost)

    assert world.row.begun == given.change.change


def test_what_was_refused_has_not_begun_and_what_began_before_stays_noted() -> None:
    """A role that may not be assumed began nothing; but the attempt before may have."""
    world = World()
    given = world.lock()
    denied = Spy(world.stacks)
    denied.fail("create", AccessDeniedError("AssumeRole: no"), times=2)

    with pytest.raises(AccessDeniedError):
        submit(world, given, stacks=denied)
    assert world.row.begun is None

    world.resources.note_begun(KEY, change=given.change.change, fence=given.fence, begun=True)
    with pytest.raises(AccessDeniedError):
        submit(world, given, stacks=denied)
    assert world.row.begun == given.change.change


def test_a_repeat_after_a_lost_answer_begins_no_second_operation() -> None:
    """The state is tried again after CloudFormation did it and the answer was lost."""
    world = World()
    given = world.lock()

    first, second = submit(world, given), submit(world, given)

    assert first == second
    assert len(world.stacks.operations) == 1


@pytest.mark.parametrize("action", list(Action))
@pytest.mark.parametrize("ended", [False, True])
def test_a_repeat_that_cloudformation_refuses_is_known_by_its_token(action: Action, *, ended: bool) -> None:
    """The answer was lost, the repeat is a TokenAlreadyExistsException: our operation runs, or has ended, already."""
    world = World()
    if action is not Action.CREATE:
        standing(world, "UPDATE_COMPLETE")
    given = world.lock(action)
    submitted = submit(world, given)
    if ended:
        end = "DELETE_FAILED" if action is Action.DELETE else f"{action.value.upper()}_COMPLETE"
        world.stacks.settle(submitted.stack_id or "", end)
    refusing = Spy(world.stacks)
    refusing.fail(action.value, StackBusyError("The client request token has already been used for this stack."))

    assert submit(world, given, stacks=refusing) == submitted
    assert len(world.stacks.operations) == 1


def test_a_repeat_that_finds_its_own_update_done_has_changed_something() -> None:
    """CloudFormation sees no difference any more, because this change has made it."""
    world = World()
    standing(world, "UPDATE_COMPLETE")
    given = world.lock(Action.UPDATE)
    first = submit(world, given)
    world.stacks.settle(first.stack_id or "", "UPDATE_COMPLETE")

    again = submit(world, given, stacks=NothingToDo(world.stacks))

    assert again == first
    assert not again.no_change


class NothingToDo(Spy):
    """CloudFormation that answers "No updates are to be performed" to any update."""

    def update(self, _: StackOperation) -> None:
        """See nothing to do."""


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_foreign_operation_that_ends_before_it_is_looked_at_is_tried_again(status: str) -> None:
    """Busy a moment ago, at rest now: that is no stack for an operator, it is ours to update now."""
    world = World()
    standing(world, status)
    given = world.lock(Action.UPDATE)
    stacks = Spy(world.stacks)
    stacks.fail("update", StackBusyError("is in UPDATE_IN_PROGRESS state and can not be updated"))

    with pytest.raises(StackBusyError):
        submit(world, given, stacks=stacks)

    assert submit(world, given, stacks=stacks).operation == "update"


@pytest.mark.parametrize("action", list(Action))
def test_an_execution_that_lost_its_lock_touches_nothing(action: Action) -> None:
    """A redriven execution finds another fence and stops before any call of CloudFormation (L5)."""
    world = World()
    given = world.lock()
    world.resources.put(world.row.model_copy(update={"fence": 7}))

    with pytest.raises(LockLostError):
        submit(world, given.model_copy(update={"change": request(action)}))

    assert world.stacks.people == []


def test_an_execution_whose_lock_is_held_by_another_touches_nothing() -> None:
    """The fence alone does not do: the holder is looked at as well (L5)."""
    world = World()
    given = world.lock()
    lock = world.row.resource.lock
    assert lock is not None
    other = world.row.resource.model_copy(update={"lock": lock.model_copy(update={"change": OTHER_CHANGE})})
    world.resources.put(world.row.model_copy(update={"resource": other}))

    with pytest.raises(LockLostError):
        submit(world, given)

    assert world.stacks.people == []


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS"])
def test_what_a_failed_creation_left_is_deleted_by_id_and_then_created_anew(status: str) -> None:
    """A stack that never stood is cleared away, whoever retries; the state waits by being tried again."""
    world = World()
    leftover = world.stack(status)
    given = world.lock()

    with pytest.raises(LeftoverStackError):
        submit(world, given)
    with pytest.raises(StackBusyError):
        submit(world, given)
    world.stacks.settle(leftover.stack_id, "DELETE_COMPLETE")
    submitted = submit(world, given)

    assert [verb for verb, _, _ in world.stacks.operations] == ["delete", "create"]
    assert submitted.stack_id != leftover.stack_id


def test_the_failed_creation_of_this_very_change_is_not_cleared_away() -> None:
    """Its failure is this change's result: AwaitStack tells it, nothing is created a second time."""
    world = World()
    given = world.lock()
    stack_id = submit(world, given).stack_id or ""
    world.stacks.settle(stack_id, "ROLLBACK_COMPLETE", failure="No such key")
    forgetful = Spy(world.stacks)
    forgetful.fail("create", StackBusyError("The stack exists."))

    again = submit(world, given, stacks=forgetful)

    assert again == SubmittedOperation(stack_id=stack_id, operation="create")
    assert len(world.stacks.operations) == 1


def test_a_stack_of_ours_that_stands_already_is_adopted() -> None:
    """A create finds the resource's own stack complete: it becomes the stack of this spec by an update."""
    world = World()
    stack = world.stack("CREATE_COMPLETE")

    submitted = submit(world, world.lock())

    assert submitted == SubmittedOperation(stack_id=stack.stack_id, operation="update")


def test_a_stack_of_somebody_else_is_a_name_taken() -> None:
    """What carries not our tags is never touched, whatever its name."""
    world = World()
    world.stack("CREATE_COMPLETE", tags={"owner": "somebody"})

    with pytest.raises(NameTakenError):
        submit(world, world.lock())

    assert world.stacks.operations == []


@pytest.mark.parametrize("action", list(Action))
def test_another_operation_on_the_stack_is_waited_for(action: Action) -> None:
    """StackBusyError is what the machine waits by; nothing is submitted beside a running operation."""
    world = World()
    standing(world, "UPDATE_IN_PROGRESS")

    with pytest.raises(StackBusyError):
        submit(world, world.lock(action, expected_version=1))

    assert world.stacks.operations == []


def test_an_update_updates_the_stack() -> None:
    """An update of a standing stack is one call, without a look before it."""
    world = World()
    stack_id = standing(world)

    submitted = submit(world, world.lock(Action.UPDATE))

    assert submitted == SubmittedOperation(stack_id=stack_id, operation="update")
    assert len(world.stacks.people) == 1


def test_an_update_that_changes_nothing_says_so() -> None:
    """That no updates are to be performed is a success of its own kind."""
    world = World()
    first = submit(world, world.lock())
    world.stacks.settle(first.stack_id or "", "CREATE_COMPLETE")
    world.resources.release_lock(KEY, request().change, 1)

    assert submit(world, world.lock(Action.UPDATE, version=1)).no_change


def test_an_update_of_a_stack_that_is_gone_fails() -> None:
    """A stack deleted by hand is told, never silently created again."""
    world = World()
    world.resources.put(resource_row("apollo", "crate", "apples"))

    with pytest.raises(StackMissingError):
        submit(world, world.lock(Action.UPDATE))


def test_an_update_of_a_stack_that_never_stood_clears_it_away_and_creates() -> None:
    """The mirror knows that the stack never stood: the update becomes the creation that is due."""
    world = World()
    stack_id = standing(world, "ROLLBACK_COMPLETE")
    given = world.lock(Action.UPDATE)
    immovable = Spy(world.stacks)
    immovable.fail("update", StackBusyError("is in ROLLBACK_COMPLETE state and can not be updated"))

    with pytest.raises(LeftoverStackError):
        submit(world, given, stacks=immovable)
    world.stacks.settle(stack_id, "DELETE_COMPLETE")

    assert submit(world, given).operation == "create"


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "DELETE_FAILED"])
def test_an_update_of_a_stuck_stack_needs_an_operator(status: str) -> None:
    """A stack at rest that CloudFormation does not update is neither deleted nor waited for."""
    world = World()
    standing(world, status)
    immovable = Spy(world.stacks)
    immovable.fail("update", StackBusyError(f"is in {status} state and can not be updated"))

    with pytest.raises(StackNeedsOperatorError):
        submit(world, world.lock(Action.UPDATE), stacks=immovable)


def test_a_delete_deletes_the_stack_by_its_id() -> None:
    """The id, not the name: a later stack of the same name is another one."""
    world = World()
    stack_id = standing(world)

    assert submit(world, world.lock(Action.DELETE)) == SubmittedOperation(stack_id=stack_id, operation="delete")


@pytest.mark.parametrize("tags", [None, {"owner": "somebody"}])
def test_a_delete_without_a_stack_of_ours_has_nothing_to_do(tags: dict[str, str] | None) -> None:
    """A stack that is gone is deleted already; one of somebody else's is not ours to delete."""
    world = World()
    world.resources.put(resource_row("apollo", "crate", "apples"))
    if tags is not None:
        world.stack("CREATE_COMPLETE", tags=tags)

    assert submit(world, world.lock(Action.DELETE)) == SubmittedOperation(stack_id=None, operation="none")
    assert world.stacks.operations == []


def test_a_project_or_kind_that_is_gone_ends_the_change() -> None:
    """Neither is worth a retry."""
    world = World()
    given = world.lock()
    unknown = given.change.model_copy(update={"kind": "unknown"})
    world.resources.rows[ResourceKey("apollo", "unknown", "apples")] = world.row

    with pytest.raises(KindMissingError):
        submit(world, given.model_copy(update={"change": unknown}))
    world.projects.projects.clear()
    with pytest.raises(ProjectMissingError):
        submit(world, given)
