"""State RecordFailure."""

import json
from typing import Any

import pytest

from stowage.domain import errors
from stowage.domain.changes import Action
from stowage.domain.errors import AccessDeniedError, ServiceUnavailableError
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import ResourceStatus
from stowage.domain.stacks import operation_token
from stowage.domain.task_requests import LockedTaskRequest
from tasks.record_failure import RecordedFailure, RecordFailureRequest, record_failure
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.world import CHANGE, KEY, OTHER_CHANGE, World, request

OLD = {"description": "Pears"}


def run(world: World, locked: LockedTaskRequest, error: str, cause: str = "", **fields: Any) -> RecordedFailure:
    """Run the state on a caught failure."""
    stacks = fields.pop("stacks", world.stacks)
    given = RecordFailureRequest.model_validate(
        {**locked.model_dump(), "failure": {"error": error, "cause": cause}, "stack_id": None, **fields}
    )
    return record_failure(
        given,
        projects=world.projects,
        resources=world.resources,
        stacks=stacks,
        clock=world.clock,
    )


def standing(world: World, status: str, **stack_fields: Any) -> str:
    """Give a resource with an old spec whose stack stands in `status`, and the stack's id."""
    stack = world.stack(status, **stack_fields)
    world.resources.put(
        resource_row("apollo", "crate", "apples", spec=OLD, stack_id=stack.stack_id, stack_status="CREATE_COMPLETE")
    )
    return stack.stack_id


def test_a_failed_creation_is_told_with_its_cause_and_can_be_tried_again() -> None:
    """The row says CREATE_FAILED and why, and the lock may go; the change's end is told when it is gone."""
    world = World()
    stack = world.stack("ROLLBACK_COMPLETE")

    recorded = run(world, world.lock(), "StackCreateFailedError", "No such key", stack_id=stack.stack_id)

    assert recorded == RecordedFailure(outcome=Outcome.CREATE_FAILED, cause="No such key", keep_lock=False)
    resource = world.row.resource
    assert (resource.status, resource.outcome, resource.cause) == (
        ResourceStatus.CREATE_FAILED,
        Outcome.CREATE_FAILED,
        "No such key",
    )
    assert resource.stack_status == "ROLLBACK_COMPLETE"
    assert world.row.resource.lock is not None
    assert world.changes.rows == {}


def test_a_rolled_back_update_shows_the_old_spec() -> None:
    """What stands is what stood before; the version was spent all the same."""
    world = World()
    stack_id = standing(world, "UPDATE_ROLLBACK_COMPLETE")

    run(world, world.lock(Action.UPDATE), "StackRolledBackError", "Denied", stack_id=stack_id)

    resource = world.row.resource
    assert (resource.status, resource.spec, resource.version) == (ResourceStatus.ROLLED_BACK, OLD, 2)


@pytest.mark.parametrize(
    ("action", "stack_status", "expected"),
    [
        (Action.CREATE, None, ResourceStatus.CREATE_FAILED),
        (Action.UPDATE, None, ResourceStatus.MISSING),
        (Action.UPDATE, "CREATE_COMPLETE", ResourceStatus.ACTIVE),
        (Action.UPDATE, "UPDATE_ROLLBACK_FAILED", ResourceStatus.NEEDS_OPERATOR),
        (Action.DELETE, "UPDATE_COMPLETE", ResourceStatus.ACTIVE),
        (Action.DELETE, "DELETE_FAILED", ResourceStatus.DELETE_FAILED),
    ],
)
def test_the_status_is_what_the_stack_says(action: Action, stack_status: str | None, expected: ResourceStatus) -> None:
    """Whatever failed, the row tells what stands now."""
    world = World()
    if stack_status is not None:
        standing(world, stack_status)
    elif action is not Action.CREATE:
        world.resources.put(resource_row("apollo", "crate", "apples", spec=OLD))

    run(
        world,
        world.lock(action, **({"expected_version": 1} if world.resources.rows else {})),
        "AccessDeniedError",
        "No.",
    )

    assert world.row.resource.status is expected
    assert world.row.resource.spec == (OLD if action is not Action.CREATE else {"description": "Apples"})


def test_a_stack_that_still_runs_keeps_the_lock() -> None:
    """The deadline is over, the operation is not: STILL_RUNNING, and nobody else may begin (L7)."""
    world = World()
    stack_id = standing(world, "UPDATE_IN_PROGRESS")

    recorded = run(world, world.lock(Action.UPDATE), "States.Timeout", stack_id=stack_id)

    assert (recorded.outcome, recorded.keep_lock) == (Outcome.STILL_RUNNING, True)
    assert world.row.resource.status is ResourceStatus.UPDATING
    assert world.row.resource.lock is not None


def test_any_failure_beside_a_running_stack_keeps_the_lock() -> None:
    """A function that broke does not free a resource on which CloudFormation works (L3)."""
    world = World()
    stack = world.stack("CREATE_IN_PROGRESS")

    recorded = run(world, world.lock(), "KeyError", "{}", stack_id=stack.stack_id)

    assert (recorded.outcome, recorded.keep_lock) == (Outcome.STILL_RUNNING, True)


@pytest.mark.parametrize(("token", "foreign"), [("somebody's", True), ("clear", False)])
def test_what_somebody_does_outside_stowage_is_called_so(token: str, *, foreign: bool) -> None:
    """Nothing was submitted in all that time; what this change itself clears away is nobody else's."""
    world = World()
    locked = world.lock()
    own = operation_token(locked.change, token, locked.fence)
    world.stack("DELETE_IN_PROGRESS", token=own if token == "clear" else token)

    recorded = run(world, locked, "StackBusyError", "Another operation runs.", stack_id=None)

    assert (recorded.outcome, recorded.keep_lock) == (Outcome.STILL_RUNNING, True)
    assert ("is being changed outside Stowage" in recorded.cause) == foreign


def test_a_foreign_operation_that_has_ended_by_then_frees_the_resource() -> None:
    """The change was not done; the sentence says whose work was in its way."""
    world = World()
    standing(world, "UPDATE_COMPLETE")

    recorded = run(world, world.lock(Action.UPDATE), "StackBusyError", "Another operation runs.", stack_id=None)

    assert (recorded.outcome, recorded.keep_lock) == (Outcome.TIMED_OUT, False)
    assert "changed outside Stowage" in recorded.cause


def test_a_deadline_that_the_stack_had_met_by_now_is_judged_by_the_stack() -> None:
    """It failed: the outcome is the stack's, with its first failing event."""
    world = World()
    stack_id = standing(world, "UPDATE_ROLLBACK_COMPLETE")
    world.stacks.by_id[stack_id].failures["given"] = "Denied"

    recorded = run(world, world.lock(Action.UPDATE), "States.Timeout", stack_id=stack_id)

    assert recorded == RecordedFailure(outcome=Outcome.ROLLED_BACK, cause="Denied", keep_lock=False)


def test_a_stack_that_was_late_but_did_it_shows_the_new_spec() -> None:
    """The change failed by time; the mirror tells what stands nevertheless, by the stack's own template (M3)."""
    world = World()
    stack_id = standing(world, "UPDATE_COMPLETE", spec={"description": "Apples"})

    recorded = run(world, world.lock(Action.UPDATE), "States.Timeout", stack_id=stack_id)

    assert recorded.outcome is Outcome.TIMED_OUT
    assert world.row.resource.status is ResourceStatus.ACTIVE
    assert world.row.resource.spec == {"description": "Apples"}


def test_what_stands_is_told_by_the_stack_whatever_failed_and_whoever_submitted() -> None:
    """UpdateStack was accepted, its answer lost and every repeat refused: nobody but the stack knows (M3)."""
    world = World()
    standing(world, "UPDATE_COMPLETE", spec={"description": "Apples"})

    run(world, world.lock(Action.UPDATE), "ServiceUnavailableError", stack_id=None)

    assert world.row.resource.spec == {"description": "Apples"}


def test_a_template_that_may_not_be_read_leaves_the_spec_and_the_verdict() -> None:
    """Finding out more must not change what is known."""
    world = World()
    stack_id = standing(world, "UPDATE_ROLLBACK_COMPLETE")
    stacks = Spy(world.stacks)
    stacks.fail("spec_of", AccessDeniedError("GetTemplate: no"))

    recorded = run(world, world.lock(Action.UPDATE), "StackRolledBackError", "Denied", stack_id=stack_id, stacks=stacks)

    assert (recorded.outcome, recorded.keep_lock, world.row.resource.spec) == (Outcome.ROLLED_BACK, False, OLD)
    assert world.row.stack_updated_at is None, "reconcile looks again at what agrees but for the time of its update"


def test_a_denied_diagnosis_of_a_late_end_leaves_the_reason_that_is_known() -> None:
    """The stack's status is the verdict; its events only explain it."""
    world = World()
    stack_id = standing(world, "UPDATE_ROLLBACK_COMPLETE", reason="The following resource(s) failed to update: [B].")
    stacks = Spy(world.stacks)
    stacks.fail("first_failure", AccessDeniedError("DescribeStackEvents: no"))

    recorded = run(world, world.lock(Action.UPDATE), "States.Timeout", stack_id=stack_id, stacks=stacks)

    assert (recorded.outcome, recorded.cause) == (
        Outcome.ROLLED_BACK,
        "The following resource(s) failed to update: [B].",
    )


@pytest.mark.parametrize("action", list(Action))
def test_an_operation_that_nobody_can_see_the_end_of_keeps_the_lock(action: Action) -> None:
    """CreateStack was accepted, then the role was taken away: CloudFormation works on, unseen (L3)."""
    world = World()
    stack_id = standing(world, f"{action.value.upper()}_IN_PROGRESS")
    blind = Spy(world.stacks)
    blind.fail("describe", AccessDeniedError("AssumeRole: not authorized to perform sts:AssumeRole."))
    locked = world.lock(action, expected_version=1)
    before = world.row.resource.status

    recorded = run(world, locked, "AccessDeniedError", "AssumeRole", stack_id=stack_id, stacks=blind)

    assert (recorded.outcome, recorded.keep_lock) == (Outcome.STILL_RUNNING, True)
    assert "not authorized to perform sts:AssumeRole." in recorded.cause
    assert "stays locked until an operator has mended this" in recorded.cause
    assert (world.row.resource.status, world.row.resource.outcome) == (before, Outcome.STILL_RUNNING)


def test_an_operation_that_was_begun_and_never_told_of_keeps_the_lock() -> None:
    """SubmitStackOperation began to clear away what never stood, was denied, and so is whoever looks (L3)."""
    world = World()
    standing(world, "DELETE_IN_PROGRESS")
    blind = Spy(world.stacks)
    blind.fail("describe", AccessDeniedError("AssumeRole: no"))
    locked = world.lock(expected_version=1)
    world.resources.note_begun(KEY, change=locked.change.change, fence=locked.fence, begun=True)

    recorded = run(world, locked, "AccessDeniedError", "AssumeRole: no", stacks=blind)

    assert (recorded.outcome, recorded.keep_lock) == (Outcome.STILL_RUNNING, True)


def test_an_end_that_was_seen_frees_the_lock_though_the_stack_cannot_be_read_any_more() -> None:
    """AwaitStack saw the rollback: nothing runs, whoever may look now."""
    world = World()
    stack_id = standing(world, "UPDATE_ROLLBACK_COMPLETE")
    blind = Spy(world.stacks)
    blind.fail("describe", AccessDeniedError("AssumeRole: no"))

    recorded = run(world, world.lock(Action.UPDATE), "StackRolledBackError", "Denied", stack_id=stack_id, stacks=blind)

    assert (recorded.outcome, recorded.cause, recorded.keep_lock) == (Outcome.ROLLED_BACK, "Denied", False)


def test_a_deletion_that_happened_in_spite_of_a_failure_leaves_a_tombstone() -> None:
    """A resource without a stack is not shown as standing."""
    world = World()
    stack_id = standing(world, "DELETE_COMPLETE")

    run(world, world.lock(Action.DELETE), "ServiceUnavailableError", stack_id=stack_id)

    assert world.row.deleted


def test_a_stack_of_somebody_else_is_no_truth_about_ours() -> None:
    """The name was taken: our resource does not stand, though a stack of its name does."""
    world = World()
    world.stack("CREATE_COMPLETE", tags={})

    recorded = run(world, world.lock(), "NameTakenError", "Taken.")

    assert recorded.outcome is Outcome.NAME_TAKEN
    assert world.row.resource.status is ResourceStatus.CREATE_FAILED
    assert world.row.resource.outputs == {}


def test_a_lost_lock_writes_nothing() -> None:
    """The row belongs to another change now (L5)."""
    world = World()
    locked = world.lock()
    world.resources.put(world.row.model_copy(update={"fence": 5}))
    before = world.row

    recorded = run(world, locked, "LockLostError", "Lost.")

    assert (recorded.outcome, recorded.keep_lock) == (Outcome.LOCK_LOST, False)
    assert world.row == before


def test_a_stack_that_cannot_be_read_leaves_what_was_known() -> None:
    """No access means no guess: the row shows what it last knew, the change why it failed."""
    world = World()
    standing(world, "UPDATE_COMPLETE")
    blind = Spy(world.stacks)
    blind.fail("describe", AccessDeniedError("sts:AssumeRole"))

    recorded = run(world, world.lock(Action.UPDATE), "AccessDeniedError", "sts:AssumeRole", stacks=blind)

    assert (recorded.outcome, recorded.cause) == (Outcome.ACCESS_DENIED, "sts:AssumeRole")
    assert (world.row.resource.status, world.row.resource.stack_status) == (ResourceStatus.ACTIVE, "CREATE_COMPLETE")


def test_a_throttled_look_is_tried_again() -> None:
    """Nothing is written from not knowing; the machine repeats the state."""
    world = World()
    stacks = Spy(world.stacks)
    stacks.fail("describe", ServiceUnavailableError("No answer."))

    locked = world.lock()
    before = world.row

    with pytest.raises(ServiceUnavailableError):
        run(world, locked, "StackCreateFailedError", "x", stacks=stacks)

    assert world.row == before


def test_an_unknown_error_names_the_change_and_no_stack_trace() -> None:
    """Persons get a sentence, operators the id; what broke stays in the log."""
    world = World()
    cause = json.dumps({"errorMessage": "'secret'", "errorType": "KeyError", "stackTrace": ["File x"]})

    recorded = run(world, world.lock(), "KeyError", cause)

    assert recorded.outcome is Outcome.INTERNAL_ERROR
    assert CHANGE in recorded.cause
    assert "secret" not in recorded.cause
    assert "File x" not in recorded.cause


@pytest.mark.parametrize("name", sorted(name for name in vars(errors) if name.endswith("Error")))
def test_every_error_of_ours_has_an_outcome_and_a_sentence(name: str) -> None:
    """Lambda's JSON is read for the sentence; no error of the tree is left without an outcome."""
    world = World()
    cause = json.dumps({"errorMessage": "Because.", "errorType": name, "stackTrace": ["File x"]})

    recorded = run(world, world.lock(), name, cause)

    told = getattr(getattr(errors, name), "outcome", None)
    if told is not None and told is not Outcome.INTERNAL_ERROR:
        assert recorded.outcome is told
    assert recorded.cause
    assert "stackTrace" not in recorded.cause


def test_the_other_changes_lock_is_not_touched() -> None:
    """A row held by another change is not ours to write."""
    world = World()
    world.lock(change=OTHER_CHANGE)
    before = world.row
    mine = LockedTaskRequest(change=request(), fence=1, started_at="2026-11-23T09:00:00.000Z")

    assert run(world, mine, "LockLostError").outcome is Outcome.LOCK_LOST
    assert world.row == before
