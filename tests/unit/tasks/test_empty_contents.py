"""State EmptyContents, and the look before a deletion."""

from dataclasses import replace
from typing import Any

import pytest

from stowage.domain.changes import Action, Mode
from stowage.domain.errors import (
    AccessDeniedError,
    BucketNotEmptyError,
    ContentsRemainError,
    KindMissingError,
    LockLostError,
    StoppedError,
)
from stowage.domain.kinds import ContentRules, Kind
from stowage.domain.resources import StopWish
from stowage.domain.task_requests import LockedTaskRequest
from tasks.empty_contents import Emptied, EmptyContentsRequest, empty_contents
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.world import CHANGE, KEY, World
from tests.unit.tasks.test_submit_stack_operation import submit

STORE = "store-of-apples"


def find_kind(_name: str) -> Kind:
    """Give a crate that holds something."""
    return replace(
        crate(),
        contents=ContentRules(store_of=lambda name: f"store-of-{name}", logical_id="Store", is_locked=lambda _: True),
    )


def deletion(world: World, mode: Mode | None = Mode.EMPTY_AND_DELETE, status: str = "CREATE_COMPLETE") -> Any:
    """Let a deletion of a standing crate take its lock."""
    stack = world.stack(status)
    world.resources.put(resource_row("apollo", "crate", "apples", stack_id=stack.stack_id, stack_status=status))
    return world.lock(Action.DELETE, mode=mode)


def run(world: World, locked: LockedTaskRequest, removed: int = 0, **ports: Any) -> Emptied:
    """Run the state."""
    used: dict[str, Any] = {
        "projects": world.projects,
        "resources": world.resources,
        "contents": world.contents,
        "notifier": world.notifier,
        "clock": world.clock,
        "find_kind": find_kind,
        **ports,
    }
    return empty_contents(EmptyContentsRequest.model_validate({**locked.model_dump(), "removed": removed}), **used)


def test_what_it_holds_goes_stretch_by_stretch_and_pages_hear_how_many() -> None:
    """The count goes on from stretch to stretch; the last one tells that nothing remains."""
    world = World()
    world.listen("page")
    locked = deletion(world)
    world.contents.held[STORE] = 1500

    first = run(world, locked)
    second = run(world, locked, first.removed)

    assert (first, second) == (Emptied(removed=1000, more=True), Emptied(removed=1500, more=False))
    told = world.connections.messages("page")
    assert [(each["type"], each["removed"], each["change"]) for each in told] == [
        ("progress", 1000, CHANGE),
        ("progress", 1500, CHANGE),
    ]


def test_a_stop_ends_it_and_the_resource_stands() -> None:
    """What is gone is told; the stack was not touched."""
    world = World()
    locked = deletion(world)
    wish = StopWish(change=CHANGE, actor="olaf@example.com", actor_id="p", at="2026-11-23T09:00:10.000Z")
    world.resources.wish_stop(KEY, wish)

    with pytest.raises(StoppedError, match="1,000 objects or versions are gone, apples stands"):
        run(world, locked, 1000)

    assert world.contents.people == []


def test_a_lost_lock_removes_nothing() -> None:
    """A redriven execution must not empty what another change holds (L5)."""
    world = World()
    locked = deletion(world)

    with pytest.raises(LockLostError):
        run(world, locked.model_copy(update={"fence": locked.fence - 1}))

    assert world.contents.people == []


def test_it_ends_before_the_machine_does() -> None:
    """Another change goes on where this one ended."""
    world = World()
    locked = deletion(world)
    world.clock.advance(4 * 3600)

    with pytest.raises(BucketNotEmptyError, match="ask again"):
        run(world, locked, 10)


def test_a_kind_that_holds_nothing_is_not_emptied() -> None:
    """The machine knows no kind by name: its rules say where to look."""
    world = World()

    with pytest.raises(KindMissingError):
        run(world, deletion(world), find_kind=lambda _: crate())


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (1, "holds 1 object, old version, delete marker or unfinished upload:"),
        (3, "holds 3 objects"),
        (1000, "holds 1,000 objects"),
        (1001, "1,000\\+ objects"),
    ],
)
def test_a_deletion_looks_first_and_leaves_the_stack_alone(held: int, told: str) -> None:
    """The sentence has the count; no operation is begun, and no key deleted."""
    world = World()
    locked = deletion(world, None)
    world.contents.held[STORE] = held

    with pytest.raises(BucketNotEmptyError, match=told):
        submit(world, locked, find_kind=find_kind)

    assert world.stacks.operations == []


@pytest.mark.parametrize("mode", [None, Mode.EMPTY_AND_DELETE])
def test_what_object_lock_keeps_is_said_before_anything_is_removed(mode: Mode | None) -> None:
    """Nothing could remove it; the sentence tells until when."""
    world = World()
    locked = deletion(world, mode)
    world.contents.held[STORE], world.contents.kept = 1500, "until 2027-01-31"

    with pytest.raises(BucketNotEmptyError, match="at least one of which Object Lock keeps until 2027-01-31"):
        submit(world, locked, find_kind=find_kind)

    assert (world.contents.held[STORE], world.stacks.operations) == (1500, [])


def test_a_change_that_is_to_empty_it_goes_that_way_first_and_then_deletes() -> None:
    """The same state is come back to when nothing remains."""
    world = World()
    locked = deletion(world)
    world.contents.held[STORE] = 2

    with pytest.raises(ContentsRemainError):
        submit(world, locked, find_kind=find_kind)
    run(world, locked)

    assert submit(world, locked, find_kind=find_kind).operation == "delete"


def test_an_empty_one_is_deleted_at_once() -> None:
    """One look, and the deletion."""
    world = World()

    assert submit(world, deletion(world, None), find_kind=find_kind).operation == "delete"
    assert len(world.contents.people) == 1


def test_where_the_baseline_is_too_old_to_look_cloudformation_finds_out() -> None:
    """Deletions work as before; only emptying needs the permission."""
    world, other = World(), World()
    world.contents.raises = other.contents.raises = AccessDeniedError("no s3:ListBucketVersions")

    assert submit(world, deletion(world, None), find_kind=find_kind).operation == "delete"
    with pytest.raises(AccessDeniedError):
        submit(other, deletion(other), find_kind=find_kind)


def test_what_never_stood_is_not_looked_into() -> None:
    """Its name may be that of somebody else's store."""
    world = World()

    submit(world, deletion(world, None, "ROLLBACK_COMPLETE"), find_kind=find_kind)

    assert world.contents.people == []
