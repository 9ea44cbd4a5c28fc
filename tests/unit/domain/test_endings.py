"""How an execution's end is read: once, and the same for everybody."""

import json

import pytest

from api.execution_truth import change_of
from listeners.execution_ended import execution_ended
from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.endings import as_ended
from stowage.domain.outcomes import Outcome
from tests.unit.fakes.world import CHANGE, KEY, STARTED_AT, World, request

WRAPPED = json.dumps({"errorMessage": "The bucket exists.", "errorType": "X", "stackTrace": ["File x"]})
BROKE_OFF = f"The execution broke off. An operator finds more under {CHANGE}."
ENDS = [
    ("SUCCEEDED", {"output": '{"outcome":"NO_CHANGE"}'}, (ChangeStatus.SUCCEEDED, Outcome.NO_CHANGE, None)),
    ("SUCCEEDED", {}, (ChangeStatus.SUCCEEDED, Outcome.SUCCEEDED, None)),
    (
        "FAILED",
        {"error": "NAME_TAKEN", "cause": WRAPPED},
        (ChangeStatus.FAILED, Outcome.NAME_TAKEN, "The bucket exists."),
    ),
    ("FAILED", {"error": "States.Runtime", "cause": "x"}, (ChangeStatus.FAILED, Outcome.INTERNAL_ERROR, BROKE_OFF)),
    ("TIMED_OUT", {}, (ChangeStatus.FAILED, Outcome.TIMED_OUT, "The execution ran out of time.")),
    ("ABORTED", {}, (ChangeStatus.STOPPED, Outcome.ABORTED, "The execution was aborted in AWS.")),
    ("ABORTED", {"error": "STOPPED", "cause": "Mia."}, (ChangeStatus.STOPPED, Outcome.STOPPED, "Mia.")),
]


def ended(status: str, end: dict[str, str]) -> World:
    """Give a change whose execution has ended, nothing being written of it."""
    world = World()
    world.executions.start(CHANGE, world.lock().change.to_input())
    world.clock.advance(60)
    world.executions.end(CHANGE, status, **end)
    return world


@pytest.mark.parametrize(("status", "end", "told"), ENDS)
def test_the_api_tells_the_end_that_the_listener_will_write(
    status: str, end: dict[str, str], told: tuple[ChangeStatus, Outcome, str | None]
) -> None:
    """Whoever asks in between reads what stands there later."""
    world = ended(status, end)
    shown = change_of(request(), world.executions.describe(CHANGE))
    if status == "SUCCEEDED":
        world.resources.release_lock(KEY, CHANGE, 1)

    execution_ended(
        CHANGE,
        executions=world.executions,
        projects=world.projects,
        resources=world.resources,
        changes=world.changes,
        stacks=world.stacks,
        notifier=world.notifier,
        clock=world.clock,
    )

    assert (shown.status, shown.outcome, shown.cause) == told
    assert shown.ended_at == world.clock.iso()
    assert world.changes.get("apollo", CHANGE) == shown


@pytest.mark.parametrize("status", ["RUNNING", "PENDING_REDRIVE"])
def test_a_change_whose_execution_runs_has_no_end(status: str) -> None:
    """PENDING_REDRIVE is not one: the execution goes on."""
    world = ended(status, {})
    change = Change.started(request(), STARTED_AT)

    assert as_ended(change, world.executions.describe(CHANGE)) == change
