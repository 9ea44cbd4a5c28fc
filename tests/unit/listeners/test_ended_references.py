"""Marks of references, where an execution has ended without taking them: the listener does."""

import pytest

from listeners.execution_ended import execution_ended
from stowage.domain.changes import Action
from stowage.domain.errors import StackBusyError
from tests.unit.fakes.freight import (
    APPLES,
    PALLET,
    PEARS,
    Freight,
    ask,
    find_kind,
    lay_pallets_stack,
    load,
    marks,
    row,
    stand,
)
from tests.unit.fakes.world import CHANGE, World


@pytest.fixture
def world() -> World:
    """Give two crates, and a pallet with apples whose update to pears was aborted after its stack was asked for."""
    world = World()
    stand(world, APPLES)
    stand(world, PEARS)
    load(world, APPLES)
    change = Freight(world, ask(Action.UPDATE, PALLET, PEARS))
    change.submit()
    world.executions.start(CHANGE, change.asked.to_input())
    world.executions.end(CHANGE, "ABORTED")
    return world


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
        find_kind=find_kind,
    )


@pytest.mark.parametrize(("status", "stands"), [("UPDATE_COMPLETE", PEARS), ("UPDATE_ROLLBACK_COMPLETE", APPLES)])
def test_the_marks_of_what_stands_stay_and_the_others_go(world: World, status: str, stands: object) -> None:
    """By the spec in the stack's own template, with the lock; open pages see both crates."""
    lay_pallets_stack(world, status, PEARS if stands is PEARS else APPLES)
    world.listen("page")

    assert run(world)

    assert row(world, PALLET).resource.lock is None
    assert marks(world, APPLES) == (["monday"] if stands is APPLES else [])
    assert marks(world, PEARS) == (["monday"] if stands is PEARS else [])
    told = [each["resource"]["name"] for each in world.connections.messages("page") if each["type"] == "resource"]
    assert told == ["monday", "apples", "pears"]


def test_no_mark_goes_while_the_stack_still_runs(world: World) -> None:
    """Either spec may come to stand."""
    lay_pallets_stack(world, "UPDATE_IN_PROGRESS", PEARS)

    with pytest.raises(StackBusyError):
        run(world)

    assert (marks(world, APPLES), marks(world, PEARS)) == (["monday"], ["monday"])


def test_a_creation_that_came_to_nothing_names_nothing() -> None:
    """Its stack never stood."""
    world = World()
    stand(world, APPLES)
    change = Freight(world, ask(Action.CREATE, PALLET, APPLES))
    change.submit()
    lay_pallets_stack(world, "ROLLBACK_COMPLETE", APPLES)
    world.stacks.by_id.pop(next(iter(world.stacks.by_id)))
    world.executions.start(CHANGE, change.asked.to_input())
    world.executions.end(CHANGE, "TIMED_OUT")

    assert run(world)

    assert marks(world, APPLES) == []
