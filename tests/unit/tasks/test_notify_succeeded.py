"""State NotifySucceeded."""

from typing import Any

import pytest

from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.errors import ThrottledError
from stowage.domain.outcomes import Outcome
from stowage.domain.task_requests import LockedTaskRequest
from tasks.notify_succeeded import NotifySucceededRequest, notify_succeeded
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.world import CHANGE, KEY, STARTED_AT, World


def run(world: World, locked: LockedTaskRequest, outcome: str = "SUCCEEDED", **ports: Any) -> None:
    """Run the state after ReleaseLock."""
    request = NotifySucceededRequest.model_validate({**locked.model_dump(), "outcome": outcome})
    notify_succeeded(request, **{"changes": world.changes, "notifier": world.notifier, "clock": world.clock, **ports})


@pytest.mark.parametrize("outcome", ["SUCCEEDED", "NO_CHANGE"])
def test_the_change_ends_and_open_pages_learn_it_and_that_the_resource_is_free(outcome: str) -> None:
    """Who is told of the end finds it written, and the lock gone."""
    world = World()
    locked = world.lock()
    world.listen("page")
    world.changes.put_started(Change.started(locked.change, STARTED_AT))
    world.resources.release_lock(KEY, CHANGE, 1)

    run(world, locked, outcome)

    resource, told = world.connections.messages("page")
    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert (change.status, change.outcome, change.ended_at) == (
        ChangeStatus.SUCCEEDED,
        Outcome(outcome),
        world.clock.iso(),
    )
    assert resource["resource"]["lock"] is None
    assert (told["change"], told["state"]) == (change.to_wire(), "NotifySucceeded")


def test_an_end_is_written_before_it_is_told() -> None:
    """If it cannot be written nobody hears of it: the state is tried again, or its listener does it."""
    world = World()
    locked = world.lock()
    world.listen("page")
    changes = Spy(world.changes)
    changes.fail("put_ended", ThrottledError("Slow down."))

    with pytest.raises(ThrottledError):
        run(world, locked, changes=changes)

    assert world.connections.sent == []


def test_an_end_that_was_told_already_stays() -> None:
    """A repeat moves no time and turns no stopped change into a success."""
    world = World()
    locked = world.lock()
    ended = Change.started(locked.change, STARTED_AT).ended(ChangeStatus.STOPPED, Outcome.STOPPED, "Mia.", STARTED_AT)
    world.changes.put_ended(ended)

    run(world, locked)

    assert world.changes.get("apollo", CHANGE) == ended
