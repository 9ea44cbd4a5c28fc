"""State SubmitStackOperation of a change that somebody wants stopped, and the deadline that it gives."""

import pytest

from stowage.domain.changes import Action
from stowage.domain.errors import StoppedError
from stowage.domain.kinds import deadline_seconds
from stowage.domain.resources import StopWish
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.world import CHANGE, KEY, World
from tests.unit.tasks.test_submit_stack_operation import submit, submit_with_deadline

WISH = StopWish(change=CHANGE, actor="olaf@example.com", actor_id="p-olaf", at="2026-11-23T09:00:10.000Z")


@pytest.mark.parametrize("action", list(Action))
def test_a_stop_before_anything_was_asked_of_cloudformation_ends_the_change_at_once(action: Action) -> None:
    """Even while another operation runs on the stack, which is not touched."""
    world = World()
    if action is not Action.CREATE:
        stack = world.stack("UPDATE_IN_PROGRESS")
        world.resources.put(resource_row("apollo", "crate", "apples", stack_id=stack.stack_id))
    given = world.lock(action)
    world.resources.wish_stop(KEY, WISH)

    with pytest.raises(StoppedError, match="before anything was done"):
        submit(world, given)

    assert world.stacks.operations == []


def test_a_stop_after_a_lost_answer_is_left_to_the_state_that_waits() -> None:
    """The operation runs already: to end here would leave it alone with the lock."""
    world = World()
    given = world.lock()
    first = submit(world, given)
    world.resources.wish_stop(KEY, WISH)

    assert submit(world, given) == first
    assert len(world.stacks.operations) == 1


@pytest.mark.parametrize(
    ("usual", "seconds"), [(1, 900), (45, 900), (60, 1200), (180, 3600), (900, 3600), (None, 3600)]
)
def test_a_deadline_is_twenty_times_the_usual_time_within_bounds(usual: int | None, seconds: int) -> None:
    """At least a quarter of an hour, at most the hour that AwaitStack can wait."""
    assert deadline_seconds(usual) == seconds


def test_the_deadline_is_reckoned_from_the_submission() -> None:
    """What waited for another operation before has its whole time yet."""
    world = World()

    assert submit_with_deadline(world, world.lock()).deadline_at == "2026-11-23T09:15:00.000Z"
