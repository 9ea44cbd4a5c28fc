"""Listener of ended executions."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from listeners.execution_ended import (
    ExecutionDetail,
    ExecutionStatusChanged,
    execution_ended,
    handler,
    leaves_nothing_open,
)
from stowage.adapters import bootstrap
from stowage.domain.changes import Action, Change, ChangeState, ChangeStatus
from stowage.domain.errors import StackBusyError, ThrottledError
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import ResourceStatus
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.world import CHANGE, KEY, OTHER_CHANGE, STARTED_AT, World, request


def ended(world: World, status: str, action: Action = Action.CREATE, **end: Any) -> None:
    """Let a change take the lock and its execution end."""
    request = world.lock(action)
    world.executions.start(CHANGE, request.change.to_input())
    world.executions.end(CHANGE, status, **end)


def run(world: World) -> bool:
    """Let the listener hear of it."""
    return execution_ended(
        CHANGE,
        executions=world.executions,
        projects=world.projects,
        resources=world.resources,
        changes=world.changes,
        stacks=world.stacks,
        notifier=world.notifier,
        clock=world.clock,
    )


@pytest.mark.parametrize(
    ("status", "end", "change_status", "outcome"),
    [
        ("ABORTED", {}, ChangeStatus.STOPPED, Outcome.ABORTED),
        (
            "ABORTED",
            {"error": "STOPPED", "cause": "mia@example.com stopped it."},
            ChangeStatus.STOPPED,
            Outcome.STOPPED,
        ),
        ("TIMED_OUT", {}, ChangeStatus.FAILED, Outcome.TIMED_OUT),
        ("FAILED", {"error": "States.Runtime"}, ChangeStatus.FAILED, Outcome.INTERNAL_ERROR),
        ("FAILED", {"error": "CREATE_FAILED", "cause": "No."}, ChangeStatus.FAILED, Outcome.CREATE_FAILED),
    ],
)
def test_an_execution_that_ended_badly_holds_nothing_afterwards(
    status: str, end: dict[str, str], change_status: ChangeStatus, outcome: Outcome
) -> None:
    """The lock is free, the change has its end, the row the stack's truth, the pages know (L2)."""
    world = World()
    ended(world, status, Action.CREATE, **end)
    world.listen("page")

    assert run(world)

    assert world.row.resource.lock is None
    assert (world.row.resource.status, world.row.resource.outcome) == (ResourceStatus.CREATE_FAILED, outcome)
    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert (change.status, change.outcome) == (change_status, outcome)
    assert world.connections.messages("page")[0]["resource"]["lock"] is None


def test_a_running_stack_keeps_the_lock() -> None:
    """The event is tried again, the resource stays locked (L3)."""
    world = World()
    world.stack("CREATE_IN_PROGRESS")
    ended(world, "ABORTED")

    with pytest.raises(StackBusyError):
        run(world)

    assert world.row.resource.lock is not None
    assert world.changes.rows == {}


def test_a_running_execution_keeps_the_lock_whatever_the_event_says() -> None:
    """A late event of an execution that was redriven since frees nothing (L3)."""
    world = World()
    request = world.lock()
    world.executions.start(CHANGE, request.change.to_input())

    assert not run(world)
    assert world.row.resource.lock is not None


def test_another_changes_lock_is_not_touched() -> None:
    """The resource went on to somebody else; only the ended change gets its end."""
    world = World()
    ended(world, "ABORTED")
    world.resources.release_lock(KEY, CHANGE, 1)
    world.resources.rows.clear()
    world.lock(change=OTHER_CHANGE)
    before = world.row

    assert run(world)

    assert world.row == before
    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert change.outcome is Outcome.ABORTED


def test_a_second_event_does_nothing() -> None:
    """EventBridge delivers at least once."""
    world = World()
    ended(world, "ABORTED")
    run(world)
    row, changes, seq = world.row, dict(world.changes.rows), world.resources.get_seq("apollo")

    assert not run(world)

    assert (world.row, world.changes.rows, world.resources.get_seq("apollo")) == (row, changes, seq)


def test_a_success_whose_end_is_written_costs_one_read() -> None:
    """The normal case: NotifySucceeded has done it, and no other AWS service is asked."""
    world = World()
    change = Change.started(request(), STARTED_AT)
    world.changes.put_ended(change.ended(ChangeStatus.SUCCEEDED, Outcome.NO_CHANGE, None, STARTED_AT))
    calls: list[str] = []
    event = ExecutionDetail(name=CHANGE, status="SUCCEEDED", input=request().to_input())

    assert leaves_nothing_open(event, changes=Spy(world.changes, calls))

    assert calls == ["FakeChanges.get"]


@pytest.mark.parametrize("status", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_a_change_without_an_end_is_looked_after_however_it_ended(status: Any) -> None:
    """RUNNING and missing are both open; so is whatever did not succeed, for it may hold its lock."""
    world = World()
    event = ExecutionDetail(name=CHANGE, status=status, input=request().to_input())

    assert not leaves_nothing_open(event, changes=world.changes)
    world.changes.put_started(Change.started(request(), STARTED_AT))
    assert not leaves_nothing_open(event, changes=world.changes)


def test_an_event_too_long_for_its_input_is_looked_after_by_the_execution_itself() -> None:
    """EventBridge leaves the input out then; nothing is taken for granted."""
    event = ExecutionDetail(name=CHANGE, status="SUCCEEDED")

    assert not leaves_nothing_open(event, changes=World().changes)


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_an_execution_that_has_not_ended_is_left_alone(status: Any) -> None:
    """Without a read."""
    calls: list[str] = []

    assert leaves_nothing_open(ExecutionDetail(name=CHANGE, status=status), changes=Spy(World().changes, calls))
    assert calls == []


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.NO_CHANGE])
def test_a_success_that_nobody_wrote_down_is_written_and_told(outcome: Outcome) -> None:
    """NotifySucceeded failed: the end comes from the execution's own output, the resource stays as it is."""
    world = World()
    ended(world, "SUCCEEDED", output=json.dumps({"outcome": outcome, "stackId": None}))
    world.resources.release_lock(KEY, CHANGE, 1)
    world.changes.put_started(Change.started(request(), STARTED_AT))
    world.listen("page")
    before = world.row

    assert run(world)

    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert (change.status, change.outcome, change.cause) == (ChangeStatus.SUCCEEDED, outcome, None)
    assert world.row == before
    assert world.connections.messages("page")[1]["change"]["outcome"] == outcome
    assert not run(world)


@pytest.mark.parametrize("stands", [{"description": "Apples"}, {"description": "Pears"}])
def test_the_spec_that_is_shown_is_the_one_that_stands(stands: dict[str, str]) -> None:
    """Aborted before or after UpdateStack was accepted, STILL_RUNNING or not: the stack's own template tells (M3)."""
    world = World()
    stack = world.stack("UPDATE_COMPLETE", spec=dict(stands))
    world.resources.put(
        resource_row("apollo", "crate", "apples", spec={"description": "Pears"}, stack_id=stack.stack_id)
    )
    ended(world, "ABORTED", Action.UPDATE)

    run(world)

    assert world.row.resource.spec == stands
    assert world.row.resource.status is ResourceStatus.ACTIVE


def test_a_deletion_that_finished_leaves_a_tombstone() -> None:
    """The stack is gone, so the resource is."""
    world = World()
    stack = world.stack("DELETE_COMPLETE")
    world.resources.put(resource_row("apollo", "crate", "apples", stack_id=stack.stack_id))
    ended(world, "TIMED_OUT", Action.DELETE)

    run(world)

    assert world.row.deleted


@pytest.mark.parametrize(
    "broken", [{"source": "aws.ec2"}, {"detail-type": "Other"}, {"detail": {"name": 1, "status": "FAILED"}}]
)
def test_an_event_of_another_form_is_refused(broken: dict[str, Any]) -> None:
    """A rule that sends something else is a defect, not a change that ended."""
    event = {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"name": CHANGE, "status": "FAILED", "redriveCount": 0},
    }
    assert ExecutionStatusChanged.model_validate(event).detail.name == CHANGE

    with pytest.raises(ValidationError):
        ExecutionStatusChanged.model_validate({**event, **broken})


PORTS = (
    "custodian",
    "rotations",
    "executions",
    "projects",
    "resources",
    "changes",
    "change_details",
    "stacks",
    "notifier",
    "clock",
)
CONTEXT = SimpleNamespace(aws_request_id="call-1")


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> World:
    """Give a world that the handler finds behind bootstrap."""
    world = World()
    for port in PORTS:
        monkeypatch.setattr(bootstrap, port, lambda port=port: getattr(world, port))
    return world


def message(status: str, *, identifier: str = "message-1") -> dict[str, Any]:
    """Give the queue's message of an ended execution, as Lambda hands it over."""
    told = {
        "version": "0",
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {"name": CHANGE, "status": status, "input": request().to_input(), "startDate": 1795424400000},
    }
    return {"messageId": identifier, "body": json.dumps(told), "eventSource": "aws:sqs", "attributes": {}}


def test_a_message_is_done_with_once_the_lock_is_free(wired: World) -> None:
    """Lambda deletes what is not named as failed."""
    ended(wired, "ABORTED")

    assert handler({"Records": [message("ABORTED")]}, CONTEXT) == {"batchItemFailures": []}

    assert wired.row.resource.lock is None


def test_a_message_comes_again_until_the_stack_is_at_rest(wired: World) -> None:
    """It goes back to the queue without an error, and the time that counts is the stack's (L3)."""
    wired.stack("CREATE_IN_PROGRESS")
    ended(wired, "TIMED_OUT")

    for _ in range(3):
        again = handler({"Records": [message("TIMED_OUT", identifier="message-7")]}, CONTEXT)
        assert again == {"batchItemFailures": [{"itemIdentifier": "message-7"}]}
        assert wired.row.resource.lock is not None
    wired.stack("CREATE_COMPLETE")

    assert handler({"Records": [message("TIMED_OUT")]}, CONTEXT) == {"batchItemFailures": []}
    assert wired.row.resource.lock is None


@pytest.mark.parametrize("count", [0, 2])
def test_a_batch_is_one_message(count: int) -> None:
    """A mapping that hands over more would lose what stands behind the first: it is refused instead, and kept."""
    with pytest.raises(ValidationError):
        handler({"Records": [message("ABORTED")] * count}, CONTEXT)


def _succeeded(world: World) -> None:
    asked = request()
    world.executions.start(CHANGE, asked.to_input())
    world.executions.history[CHANGE] = (
        ChangeState(name="AwaitStack", status="SUCCEEDED", entered_at=STARTED_AT, exited_at=STARTED_AT),
    )
    world.executions.end(CHANGE, "SUCCEEDED")
    begun = Change.started(asked, STARTED_AT)
    world.changes.put_ended(begun.ended(ChangeStatus.SUCCEEDED, Outcome.SUCCEEDED, None, STARTED_AT))


def test_a_success_teaches_what_its_states_took(wired: World) -> None:
    """Once, however often the event comes."""
    _succeeded(wired)

    for _ in range(2):
        handler({"Records": [message("SUCCEEDED")]}, CONTEXT)

    assert wired.change_details.durations["crate", Action.CREATE].changes == (CHANGE,)


def test_what_cannot_be_learnt_hands_no_event_back(wired: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a convenience: the lock and the end are what the event is for."""

    def refuse(_: str) -> None:
        raise ThrottledError("Rate exceeded")

    _succeeded(wired)
    monkeypatch.setattr(wired.executions, "states", refuse)

    assert handler({"Records": [message("SUCCEEDED")]}, CONTEXT) == {"batchItemFailures": []}

    assert wired.change_details.durations == {}
