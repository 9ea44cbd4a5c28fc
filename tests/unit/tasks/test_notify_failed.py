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


def test_open_pages_learn_the_recorded_end() -> None:
    """What RecordFailure wrote stays and goes out."""
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


def test_a_change_without_a_recorded_end_gets_the_verdict() -> None:
    """Neither a failed RecordFailure nor a lock that was never got leaves a change running for ever."""
    world = World()
    never_locked = LockedTaskRequest(change=request(), fence=0, started_at=STARTED_AT)

    notify_failed(given(never_locked), changes=world.changes, notifier=world.notifier, clock=world.clock)

    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert (change.status, change.outcome, change.cause) == (ChangeStatus.FAILED, Outcome.INTERNAL_ERROR, "Broken.")
