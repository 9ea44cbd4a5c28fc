"""State NotifyFailed."""

from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.outcomes import Outcome
from stowage.domain.task_requests import LockedTaskRequest
from tasks.notify_failed import NotifyFailedRequest, notify_failed
from tests.unit.fakes.world import CHANGE, STARTED_AT, World, request


def given(locked: LockedTaskRequest) -> NotifyFailedRequest:
    """Give the state's input."""
    verdict = {"outcome": "INTERNAL_ERROR", "cause": "Broken."}
    return NotifyFailedRequest.model_validate({**locked.model_dump(), "failure": verdict})


def test_an_end_that_was_told_already_stays_and_goes_out() -> None:
    """A redriven execution of an ended change leaves its end as it was told."""
    world = World()
    locked = world.lock()
    world.listen("page")
    ended = Change.started(locked.change, STARTED_AT).ended(
        ChangeStatus.FAILED, Outcome.CREATE_FAILED, "No such key", STARTED_AT
    )
    world.changes.put_ended(ended)

    notify_failed(given(locked), changes=world.changes, notifier=world.notifier, clock=world.clock)

    assert world.connections.messages("page")[1]["change"]["outcome"] == "CREATE_FAILED"
    assert world.changes.get("apollo", CHANGE) == ended


def test_a_running_change_gets_the_verdict_as_its_end_before_anybody_is_told() -> None:
    """Whoever reads on a page's word finds what the page was told."""
    world = World()
    locked = world.lock()
    world.listen("page")
    world.changes.put_started(Change.started(locked.change, STARTED_AT))

    notify_failed(given(locked), changes=world.changes, notifier=world.notifier, clock=world.clock)

    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert (change.status, change.ended_at) == (ChangeStatus.FAILED, world.clock.iso())
    assert world.connections.messages("page")[1]["change"] == change.to_wire()


def test_a_change_that_never_got_its_lock_has_an_end_too() -> None:
    """A row that nobody wrote yet is written whole."""
    world = World()
    never_locked = LockedTaskRequest(change=request(), fence=0, started_at=STARTED_AT)

    notify_failed(given(never_locked), changes=world.changes, notifier=world.notifier, clock=world.clock)

    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert (change.status, change.outcome, change.cause) == (ChangeStatus.FAILED, Outcome.INTERNAL_ERROR, "Broken.")
