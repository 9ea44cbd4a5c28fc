"""State AwaitStack."""

import json
from datetime import timedelta
from typing import Any

import pytest

from stowage.domain.changes import Action
from stowage.domain.clock import to_iso
from stowage.domain.errors import AccessDeniedError, LockLostError, ServiceUnavailableError
from stowage.domain.kinds import deadline_seconds
from stowage.domain.merge import operation_of
from stowage.domain.stacks import Stack, operation_token
from tasks.await_stack import AwaitStackRequest, await_stack
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.stacks import FakeStacks
from tests.unit.fakes.world import KEY, World

BEFORE, LATER = "2026-11-23T08:00:00.000Z", "2026-11-23T09:00:01.000Z"


def given(world: World, action: Action = Action.CREATE, **fields: Any) -> AwaitStackRequest:
    """Give the state's input for a change under its lock."""
    locked = world.lock(action, **({"expected_version": 0} if not world.resources.rows else {}))
    return AwaitStackRequest.model_validate(
        {
            **locked.model_dump(),
            "stack_id": None,
            "operation": action.value,
            "no_change": False,
            "task_token": "token",
            **fields,
        }
    )


def run(world: World, request: AwaitStackRequest, calls: list[str] | None = None, **ports: Any) -> None:
    """Run the state."""
    used: dict[str, Any] = {
        "projects": world.projects,
        "resources": Spy(world.resources, calls),
        "stacks": Spy(world.stacks, calls),
        "waits": Spy(world.waits, calls) if calls is not None else world.waits,
        "clock": world.clock,
        **ports,
    }
    await_stack(request, **used)


def test_the_token_is_stored_before_the_stack_is_looked_at() -> None:
    """In this order no wake is lost: what ends after the look finds the token, what ended before is seen."""
    world, calls = World(), list[str]()
    stack = world.stack("CREATE_COMPLETE")

    run(world, given(world, stack_id=stack.stack_id), calls)

    assert calls == ["FakeResources.store_wake_token", "FakeStacks.describe", "FakeWaits.succeed"]


@pytest.mark.parametrize(
    ("action", "status", "error"),
    [
        (Action.CREATE, "ROLLBACK_FAILED", "StackCreateFailedError"),
        (Action.CREATE, "CREATE_FAILED", "StackCreateFailedError"),
        (Action.DELETE, "DELETE_FAILED", "StackDeleteFailedError"),
    ],
)
def test_what_is_left_of_a_stack_that_should_be_gone_is_named(action: Action, status: str, error: str) -> None:
    """Whoever decides what to do next must know what stands."""
    world = World()
    stack = world.stack("CREATE_COMPLETE", token="s")
    if action is not Action.CREATE:
        world.resources.put(resource_row("apollo", "crate", "apples", stack_id=stack.stack_id))
    request = given(world, action, stack_id=stack.stack_id)
    world.stacks.by_id[stack.stack_id].tokens.append(operation_token(request.change, action.value, request.fence))
    world.stacks.settle(stack.stack_id, status, failure="Broken.")
    world.stacks.by_id[stack.stack_id].left = ("Crate (AWS::SQS::Queue apples)", "Lid (AWS::SNS::Topic lid)")

    run(world, request)

    sentence = "Broken. What is left: Crate (AWS::SQS::Queue apples), Lid (AWS::SNS::Topic lid)."
    assert world.waits.failed["token"] == (error, sentence)


def test_a_running_stack_leaves_the_state_asleep_with_its_token_kept() -> None:
    """Nobody is answered; the row has the token by which a stack event wakes the state."""
    world = World()
    stack = world.stack("CREATE_IN_PROGRESS")

    run(world, given(world, stack_id=stack.stack_id))

    assert world.row.wake_token == "token"
    assert world.row.stack_id == stack.stack_id
    assert world.waits.waiting == {"token"}


def test_a_finished_stack_answers_the_token_with_what_stands() -> None:
    """The result carries the stack's id, status, outputs and when it was last updated."""
    world = World()
    stack = world.stack("CREATE_COMPLETE", updated_at=BEFORE)

    run(world, given(world, stack_id=stack.stack_id))

    assert json.loads(world.waits.succeeded["token"]) == {
        "stackId": stack.stack_id,
        "stackStatus": "CREATE_COMPLETE",
        "stackUpdatedAt": BEFORE,
        "outputs": {"Arn": "arn:given"},
        "outcome": "SUCCEEDED",
    }


def test_a_failed_stack_answers_with_the_first_failing_event() -> None:
    """The cause is CloudFormation's own, found by the operation's token, and the error's name says what it means."""
    world = World()
    stack = world.stack("ROLLBACK_COMPLETE", reason="The following resource(s) failed to create: [Bucket].")
    request = given(world, stack_id=stack.stack_id)
    world.stacks.by_id[stack.stack_id].failures[operation_token(request.change, "create", 1)] = "No such key"

    run(world, request)

    assert world.waits.failed["token"] == ("StackCreateFailedError", "No such key")


@pytest.mark.parametrize(
    ("action", "status"),
    [(Action.UPDATE, "CREATE_COMPLETE"), (Action.DELETE, "UPDATE_COMPLETE"), (Action.DELETE, "ROLLBACK_COMPLETE")],
)
def test_an_answer_older_than_the_operation_is_not_taken_for_its_end(action: Action, status: str) -> None:
    """An update never ends in CREATE_COMPLETE, a deletion only in DELETE_*: look again."""
    world = World()
    stack = world.stack(status)

    run(world, given(world, action, stack_id=stack.stack_id))

    assert world.waits.waiting == {"token"}


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (Action.UPDATE, "UPDATE_COMPLETE"),
        (Action.UPDATE, "UPDATE_ROLLBACK_COMPLETE"),
        (Action.DELETE, "DELETE_FAILED"),
    ],
)
def test_an_end_that_the_operation_before_could_have_left_is_taken_from_the_events(action: Action, status: str) -> None:
    """DescribeStacks may answer from before the submission; the newest event's token tells whose end it shows."""
    world = World()
    stack = world.stack(status, token="another operation's")
    request = given(world, action, stack_id=stack.stack_id)

    run(world, request)
    assert world.waits.waiting == {"token"}
    assert world.stacks.by_id[stack.stack_id].stack.status == status

    world.stacks.by_id[stack.stack_id].tokens.append(operation_token(request.change, action.value, request.fence))
    run(world, request)
    assert world.waits.waiting == set()


def test_an_old_description_beside_new_events_is_not_the_end() -> None:
    """The events show our operation at work while DescribeStacks still tells the end of the one before."""
    world = World()
    stack = world.stack("UPDATE_COMPLETE")
    request = given(world, Action.UPDATE, stack_id=stack.stack_id)
    token = operation_token(request.change, "update", request.fence)
    world.stack("UPDATE_IN_PROGRESS", token=token)
    stale = StaleStacks(world.stacks, stack)

    run(world, request, stacks=stale)

    assert world.waits.waiting == {"token"}


class StaleStacks(Spy):
    """CloudFormation whose DescribeStacks is older than its events."""

    def __init__(self, stacks: FakeStacks, stale: Stack) -> None:
        super().__init__(stacks)
        self.stale = stale

    def describe(self, *_: object, **__: object) -> Stack:
        """Give what was true before."""
        return self.stale


@pytest.mark.parametrize(("known", "looks"), [(BEFORE, 1), (LATER, 2), (None, 2)])
def test_an_update_that_began_after_the_one_the_mirror_knows_needs_no_second_look(
    known: str | None, looks: int
) -> None:
    """By CloudFormation's own clock: the normal end of an update costs one read."""
    world, calls = World(), list[str]()
    stack = world.stack("UPDATE_COMPLETE", updated_at=LATER)
    world.resources.put(resource_row("apollo", "crate", "apples", stack_id=stack.stack_id, stack_updated_at=known))
    request = given(world, Action.UPDATE, stack_id=stack.stack_id)
    world.stacks.by_id[stack.stack_id].tokens.append(operation_token(request.change, "update", request.fence))

    run(world, request, calls)

    reads = ["FakeStacks.describe", "FakeStacks.newest_operation"][:looks]
    assert calls == ["FakeResources.store_wake_token", *reads, "FakeWaits.succeed"]


def test_without_a_right_to_the_events_the_description_decides() -> None:
    """What is denied makes no change wait for ever."""
    world = World()
    stack = world.stack("UPDATE_COMPLETE")
    stacks = Spy(world.stacks)
    stacks.fail("newest_operation", AccessDeniedError("DescribeStackEvents: no"))

    run(world, given(world, Action.UPDATE, stack_id=stack.stack_id), stacks=stacks)

    assert "token" in world.waits.succeeded


def test_a_denied_diagnosis_leaves_the_reason_that_is_known() -> None:
    """The change failed for its own reason, not for ours to find a better one."""
    world = World()
    stack = world.stack("ROLLBACK_COMPLETE", reason="The following resource(s) failed to create: [Bucket].")
    stacks = Spy(world.stacks)
    stacks.fail("first_failure", AccessDeniedError("DescribeStackEvents: no"))

    run(world, given(world, stack_id=stack.stack_id), stacks=stacks)

    assert world.waits.failed["token"] == ("StackCreateFailedError", stack.reason)


def test_a_deleted_stack_is_a_finished_deletion() -> None:
    """DELETE_COMPLETE by id; a tombstone has no outputs."""
    world = World()
    stack = world.stack("DELETE_COMPLETE")

    run(world, given(world, Action.DELETE, stack_id=stack.stack_id))

    answer = json.loads(world.waits.succeeded["token"])
    assert (answer["stackStatus"], answer["outputs"]) == ("DELETE_COMPLETE", {})


@pytest.mark.parametrize(("action", "answered"), [(Action.DELETE, "succeeded"), (Action.UPDATE, "failed")])
def test_a_stack_that_cloudformation_has_forgotten_is_gone(action: Action, answered: str) -> None:
    """For a deletion that is the end; for anything else the stack is missing."""
    world = World()

    run(world, given(world, action, stack_id="arn:aws:cloudformation:eu-west-1:111111111111:stack/x/gone"))

    assert "token" in getattr(world.waits, answered)


@pytest.mark.parametrize(("age_seconds", "failed"), [(1, []), (59, []), (61, ["token"])])
def test_a_stack_that_was_created_a_moment_ago_may_not_be_seen_yet(age_seconds: int, failed: list[str]) -> None:
    """A description can be older than the stack: for a minute that is no end; the deadline tells when it began."""
    world = World()
    begun = world.clock.now() - timedelta(seconds=age_seconds)
    deadline = to_iso(begun + timedelta(seconds=deadline_seconds(None)))
    gone = "arn:aws:cloudformation:eu-west-1:111111111111:stack/x/unseen"

    run(world, given(world, stack_id=gone, deadline_at=deadline))

    assert list(world.waits.failed) == failed


def test_nothing_to_do_is_answered_at_once() -> None:
    """No stack is looked at when there was none to delete."""
    world, calls = World(), list[str]()

    run(world, given(world, Action.DELETE, operation="none"), calls)

    assert calls == ["FakeWaits.succeed"]


def test_no_change_is_answered_with_the_stacks_outputs() -> None:
    """An update that CloudFormation saw nothing in ends in whatever status the stack had."""
    world = World()
    stack = world.stack("CREATE_COMPLETE")

    run(world, given(world, Action.UPDATE, stack_id=stack.stack_id, no_change=True))

    answer = json.loads(world.waits.succeeded["token"])
    assert (answer["outcome"], answer["outputs"]) == ("NO_CHANGE", {"Arn": "arn:given"})


def test_an_answered_token_is_no_failure() -> None:
    """A stack event was quicker: the state has its answer."""
    world = World()
    stack = world.stack("CREATE_COMPLETE")
    world.waits.waiting.clear()

    run(world, given(world, stack_id=stack.stack_id))

    assert world.waits.succeeded == {}


def test_an_execution_that_lost_its_lock_stores_no_token() -> None:
    """It fails instead of waking on another's operation (L5)."""
    world = World()
    stack = world.stack("CREATE_COMPLETE")
    request = given(world, stack_id=stack.stack_id)
    world.resources.put(world.row.model_copy(update={"fence": 9}))

    with pytest.raises(LockLostError):
        run(world, request)

    assert world.waits.waiting == {"token"}


def test_a_look_that_fails_is_the_functions_own_failure() -> None:
    """Step Functions tries it again by its class; the token is not answered."""
    world = World()
    stacks = Spy(world.stacks)
    stacks.fail("describe", ServiceUnavailableError("No answer."))

    with pytest.raises(ServiceUnavailableError):
        run(world, given(world, stack_id=world.stack("CREATE_COMPLETE").stack_id), stacks=stacks)

    assert world.waits.waiting == {"token"}


def heard(world: World, request: AwaitStackRequest, status: str, **fields: Any) -> None:
    """Let the mirror have heard of the stack since the last look."""
    own = operation_of(operation_token(request.change, request.operation, request.fence))
    resource = world.row.resource.model_copy(update={"stack_status": status})
    row = {"resource": resource, "stack_id": request.stack_id, "heard": own, **fields}
    world.resources.rows[KEY] = world.row.model_copy(update=row)


def test_a_stack_that_was_heard_at_work_since_the_last_look_is_not_looked_at() -> None:
    """Only a silent interval costs a read of CloudFormation; the token is stored either way."""
    world, calls = World(), list[str]()
    request = given(world, stack_id=world.stack("CREATE_IN_PROGRESS").stack_id)
    heard(world, request, "CREATE_IN_PROGRESS")

    run(world, request, calls)
    assert calls == ["FakeResources.store_wake_token"]
    assert world.row.wake_token == "token"

    run(world, request, calls)
    assert calls[1:] == ["FakeResources.store_wake_token", "FakeStacks.describe"]


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ("CREATE_COMPLETE", {}),
        ("CREATE_IN_PROGRESS", {"heard": "another"}),
        ("CREATE_IN_PROGRESS", {"heard": None}),
        ("CREATE_IN_PROGRESS", {"stack_id": "arn:older"}),
    ],
)
def test_a_stack_that_may_have_ended_is_looked_at(status: str, fields: dict[str, Any]) -> None:
    """Its end was heard before there was a token to answer, or what was heard was no event of this operation."""
    world = World()
    request = given(world, stack_id=world.stack("CREATE_COMPLETE").stack_id)
    heard(world, request, status, **fields)

    run(world, request)

    assert "token" in world.waits.succeeded
