"""State NotifyRefused."""

import pytest

from stowage.domain.changes import Action, ChangeStatus
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import ResourceRow, RowState
from stowage.domain.task_requests import TaskRequest
from tasks.notify_refused import NotifyRefusedRequest, Refusal, notify_refused
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.world import CHANGE, OTHER_CHANGE, STARTED_AT, World, request


def run(world: World, row: ResourceRow, action: Action = Action.CREATE) -> Refusal:
    """Run the state on what DescribeLock read of the row."""
    given = TaskRequest(change=request(action, expected_version=3, version=4), started_at=STARTED_AT)
    state = RowState(lock=row.resource.lock, version=row.resource.version, deleted=row.deleted)
    return notify_refused(given, state, changes=world.changes, notifier=world.notifier, clock=world.clock)


def test_a_held_resource_is_locked_and_the_sentence_names_the_holder() -> None:
    """Who, what, since when, by which change."""
    world = World()
    world.lock(change=OTHER_CHANGE, actor="olaf@example.com")

    refusal = run(world, world.row)

    assert refusal.outcome is Outcome.LOCKED
    for part in ("olaf@example.com", "creating", STARTED_AT, OTHER_CHANGE):
        assert part in refusal.cause


def test_a_resource_that_moved_on_is_stale() -> None:
    """Both versions are named."""
    refusal = run(World(), resource_row("apollo", "crate", "apples", version=5))

    assert refusal.outcome is Outcome.STALE_VERSION
    assert "version 5" in refusal.cause
    assert "version 3" in refusal.cause


@pytest.mark.parametrize("action", [Action.UPDATE, Action.DELETE])
def test_a_resource_that_was_deleted_meanwhile_is_stale(action: Action) -> None:
    """Its version is the expected one still: the sentence says what has happened to it."""
    refusal = run(World(), resource_row("apollo", "crate", "apples", version=3, deleted=True), action)

    assert refusal.outcome is Outcome.STALE_VERSION
    assert "was deleted meanwhile" in refusal.cause


def test_a_resource_that_was_freed_in_between_was_locked() -> None:
    """The write was refused a moment ago; the holder is gone since."""
    assert run(World(), resource_row("apollo", "crate", "apples", version=3)).outcome is Outcome.LOCKED


def test_the_refused_change_has_an_end_and_is_told() -> None:
    """FAILED, with the refusal as outcome; the row stays the other's."""
    world = World()
    world.lock(change=OTHER_CHANGE)
    world.listen("page")
    before = world.row

    refusal = run(world, before)

    change = world.changes.get("apollo", CHANGE)
    assert change is not None
    assert (change.status, change.outcome, change.cause) == (ChangeStatus.FAILED, Outcome.LOCKED, refusal.cause)
    assert world.connections.messages("page")[1]["change"]["id"] == CHANGE
    assert world.row == before


def test_a_missing_row_is_taken_as_null() -> None:
    """DescribeLock hands over null when there is no row."""
    given = {"change": request().model_dump(), "started_at": STARTED_AT, "row": None}

    assert NotifyRefusedRequest.model_validate(given).row is None
