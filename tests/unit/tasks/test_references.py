"""References between resources, on their way through the states: pallets that name crates."""

from typing import Any

import pytest

from stowage.domain.changes import Action
from stowage.domain.errors import LockLostError, ReferenceMissingError, StackMissingError, StillReferencedError
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import ResourceName, ResourceStatus
from tests.unit.fakes.freight import (
    APPLES,
    PALLET,
    PEARS,
    Freight,
    ask,
    key,
    lay_pallets_stack,
    load,
    marks,
    row,
    stand,
)
from tests.unit.fakes.world import CHANGE, OTHER_CHANGE, World

REFUSING = [
    ({"status": ResourceStatus.CREATING}, "The crate apples is still being created: try again when it stands."),
    ({"status": ResourceStatus.DELETING}, "The crate apples is being deleted: it cannot be named any more."),
    ({"status": ResourceStatus.DELETED, "deleted": True}, "There is no crate apples in this project: create it first."),
    ({"status": ResourceStatus.CREATE_FAILED}, "The crate apples does not stand (CREATE_FAILED): create it again"),
    ({"status": ResourceStatus.MISSING}, "The crate apples does not stand (MISSING): create it again first."),
]


@pytest.fixture
def world() -> World:
    """Give a project with two crates."""
    world = World()
    stand(world, APPLES)
    stand(world, PEARS)
    return world


def test_what_a_creation_names_is_marked_before_its_stack_is_asked_for(world: World) -> None:
    """Each crate tells who names it; a repeat of the state marks nothing twice."""
    change = Freight(world, ask(Action.CREATE, PALLET, APPLES, PEARS))

    change.submit()
    change.submit()

    assert (marks(world, APPLES), marks(world, PEARS)) == (["monday"], ["monday"])
    assert row(world, APPLES).resource.to_wire()["referencedBy"] == [{"kind": "pallet", "name": "monday"}]


@pytest.mark.parametrize(("fields", "sentence"), REFUSING)
def test_what_does_not_stand_cannot_be_named(world: World, fields: dict[str, Any], sentence: str) -> None:
    """The change ends REFERENCE_MISSING; no stack was asked for, and what was marked before is not any more."""
    stand(world, APPLES, **fields)
    change = Freight(world, ask(Action.CREATE, PALLET, PEARS, APPLES))

    with pytest.raises(ReferenceMissingError) as refused:
        change.submit()
    recorded = change.record_failure("ReferenceMissingError", str(refused.value))

    assert str(refused.value).startswith(sentence)
    assert recorded.outcome is Outcome.REFERENCE_MISSING
    assert world.stacks.operations == []
    assert (marks(world, APPLES), marks(world, PEARS)) == ([], [])
    assert row(world, PALLET).resource.status is ResourceStatus.CREATE_FAILED


def test_what_has_no_row_cannot_be_named_and_gets_none(world: World) -> None:
    """A mark makes no row of a resource that never was."""
    change = Freight(world, ask(Action.CREATE, PALLET, ResourceName(kind="crate", name="plums")))

    with pytest.raises(ReferenceMissingError, match="There is no crate plums in this project"):
        change.submit()
    change.record_failure("ReferenceMissingError")

    assert ("crate", "plums") not in {(each.kind, each.name) for each in world.resources.rows}


def test_an_update_marks_what_is_new_and_unmarks_what_is_gone(world: World) -> None:
    """The old mark goes with the write of the end, not before: until then the old spec may come back."""
    load(world, APPLES)
    change = Freight(world, ask(Action.UPDATE, PALLET, PEARS))

    change.submit()
    assert (marks(world, APPLES), marks(world, PEARS)) == (["monday"], ["monday"])
    change.update_mirror()

    assert (marks(world, APPLES), marks(world, PEARS)) == ([], ["monday"])


def test_a_rollback_takes_the_new_marks_and_leaves_the_old(world: World) -> None:
    """The spec that stands decides, by the stack's own template."""
    load(world, APPLES)
    change = Freight(world, ask(Action.UPDATE, PALLET, PEARS))
    change.submit()
    stack_id = lay_pallets_stack(world, "UPDATE_ROLLBACK_COMPLETE", APPLES)

    change.record_failure("StackRolledBackError", "No.", stack_id)

    assert (marks(world, APPLES), marks(world, PEARS)) == (["monday"], [])


def test_an_update_that_was_late_but_is_done_keeps_the_new_marks(world: World) -> None:
    """The change failed by time; what stands names the pears."""
    load(world, APPLES)
    change = Freight(world, ask(Action.UPDATE, PALLET, PEARS))
    submitted = change.submit()

    assert change.record_failure("States.Timeout", "", submitted.stack_id).outcome is Outcome.TIMED_OUT

    assert (marks(world, APPLES), marks(world, PEARS)) == ([], ["monday"])


def test_a_resource_whose_stack_is_gone_names_nothing(world: World) -> None:
    """MISSING: nobody reaches the crates through it, whatever its spec says."""
    load(world, APPLES)
    world.stacks.by_id.clear()
    change = Freight(world, ask(Action.UPDATE, PALLET, PEARS))
    with pytest.raises(StackMissingError):
        change.submit()

    change.record_failure("StackMissingError")

    assert row(world, PALLET).resource.status is ResourceStatus.MISSING
    assert (marks(world, APPLES), marks(world, PEARS)) == ([], [])


def test_an_unseen_stack_keeps_every_mark_while_it_may_still_run(world: World) -> None:
    """Either spec may come to stand: STILL_RUNNING takes nothing."""
    load(world, APPLES)
    change = Freight(world, ask(Action.UPDATE, PALLET, PEARS))
    submitted = change.submit()
    world.projects.projects.clear()

    recorded = change.record_failure("States.Timeout", "", submitted.stack_id)

    assert recorded.keep_lock
    assert (marks(world, APPLES), marks(world, PEARS)) == (["monday"], ["monday"])


def test_a_deletion_of_the_referrer_takes_all_its_marks(world: World) -> None:
    """With the tombstone, in one write."""
    load(world, APPLES, PEARS)

    Freight(world, ask(Action.DELETE)).succeed()

    assert row(world, PALLET).deleted
    assert (marks(world, APPLES), marks(world, PEARS)) == ([], [])


def test_a_change_that_lost_its_lock_takes_no_mark(world: World) -> None:
    """The next holder may have set it anew (L5)."""
    load(world, APPLES)
    change = Freight(world, ask(Action.UPDATE, PALLET))
    change.acquire()
    world.resources.put(row(world, PALLET).model_copy(update={"fence": 9}))

    with pytest.raises(LockLostError):
        change.update_mirror()
    assert change.record_failure("LockLostError").outcome is Outcome.LOCK_LOST

    assert marks(world, APPLES) == ["monday"]


def test_a_resource_that_is_named_is_not_deleted_and_stays_as_it_was(world: World) -> None:
    """IN_USE names the user; stack, marks and status are untouched, and the lock may go."""
    stack = world.stack("CREATE_COMPLETE")
    stand(world, APPLES, stack_id=stack.stack_id, spec={"description": "apples"})
    load(world, APPLES)
    deletion = Freight(world, ask(Action.DELETE, APPLES))

    with pytest.raises(StillReferencedError) as refused:
        deletion.submit()
    recorded = deletion.record_failure("StillReferencedError", str(refused.value))

    sentence = "The crate apples is still used by pallet monday. Take it out of these, or delete them, and try again."
    assert (recorded.outcome, recorded.cause, recorded.keep_lock) == (Outcome.IN_USE, sentence, False)
    assert world.stacks.operations == []
    assert (row(world, APPLES).resource.status, marks(world, APPLES)) == (ResourceStatus.ACTIVE, ["monday"])


def test_a_resource_whose_stack_is_gone_is_no_tombstone_while_it_is_named(world: World) -> None:
    """Who names it would not be known any more, once somebody creates it again."""
    load(world, APPLES)
    deletion = Freight(world, ask(Action.DELETE, APPLES))
    with pytest.raises(StillReferencedError):
        deletion.submit()

    deletion.record_failure("StillReferencedError")

    assert (row(world, APPLES).resource.status, marks(world, APPLES)) == (ResourceStatus.MISSING, ["monday"])


def test_ten_users_are_told_and_the_others_counted(world: World) -> None:
    """The sentence stays one."""
    for number in range(12):
        referrer = ResourceName(kind="pallet", name=f"pallet-{number:02}")
        stand(world, referrer, spec={"crates": ["apples"]})
        world.resources.add_referrer(key(APPLES), referrer)

    with pytest.raises(StillReferencedError, match="pallet pallet-09 and 2 more"):
        Freight(world, ask(Action.DELETE, APPLES)).submit()


@pytest.mark.parametrize(
    "fields",
    [
        {"spec": {"crates": ["pears"]}},
        {"spec": {"crates": ["apples"]}, "status": ResourceStatus.CREATE_FAILED},
        {"spec": {}, "status": ResourceStatus.DELETED, "deleted": True},
        None,
    ],
)
def test_a_mark_that_nobody_stands_for_is_no_hindrance(world: World, fields: dict[str, Any] | None) -> None:
    """A crash may leave one: who set it is asked by its own row, and the mark goes."""
    if fields is not None:
        stand(world, PALLET, **fields)
    world.resources.add_referrer(key(APPLES), PALLET)

    Freight(world, ask(Action.DELETE, APPLES)).submit()

    assert marks(world, APPLES) == []


@pytest.mark.parametrize("action", list(Action))
def test_a_referrer_that_is_being_changed_counts_whatever_its_spec_says_yet(world: World, action: Action) -> None:
    """Its change may come to name the resource, or to fail and still do so."""
    if action is not Action.CREATE:
        stand(world, PALLET, spec={"crates": []})
    Freight(world, ask(action)).acquire()
    world.resources.add_referrer(key(APPLES), PALLET)

    with pytest.raises(StillReferencedError):
        Freight(world, ask(Action.DELETE, APPLES, change=OTHER_CHANGE)).submit()


def test_a_mark_that_was_lost_is_set_again_by_the_next_change(world: World) -> None:
    """The spec has named the crate before; the crate does not know it any more."""
    load(world, APPLES)
    stand(world, APPLES)

    Freight(world, ask(Action.UPDATE, PALLET, APPLES)).submit()

    assert marks(world, APPLES) == ["monday"]


def test_what_is_named_already_and_gone_hinders_no_change(world: World) -> None:
    """Somebody must be shut out though a bucket of theirs was removed behind Stowage's back."""
    load(world, APPLES)
    stand(world, APPLES, PALLET, status=ResourceStatus.MISSING)
    Freight(world, ask(Action.UPDATE, PALLET, APPLES)).succeed()

    assert row(world, PALLET).resource.status is ResourceStatus.ACTIVE
    assert marks(world, APPLES) == ["monday"]


def test_the_end_of_a_resources_own_change_leaves_its_marks(world: World) -> None:
    """They are others' to write, also those set while the change ran."""
    update = Freight(world, ask(Action.UPDATE, APPLES))
    update.acquire()
    load(world, APPLES)

    update.update_mirror()

    assert marks(world, APPLES) == ["monday"]


def test_open_pages_see_the_marks_come_and_go_before_the_changes_end(world: World) -> None:
    """First the resource, then whom it names or named, then the change: without a gap in `seq`."""
    load(world, APPLES)
    world.listen("page")

    Freight(world, ask(Action.UPDATE, PALLET, PEARS)).succeed()

    *resources, told = world.connections.messages("page")
    assert [each["resource"]["name"] for each in resources] == ["monday", "apples", "pears"]
    assert [each["resource"]["referencedBy"] for each in resources[1:]] == [[], [PALLET.to_wire()]]
    assert [each["seq"] for each in (*resources, told)] == [1, 2, 3, 4]
    assert (told["type"], told["change"]["id"], world.resources.get_seq("apollo")) == ("change", CHANGE, 4)


def test_a_repeated_end_tells_what_the_first_one_touched(world: World) -> None:
    """UpdateMirror wrote, and its answer was lost: the old spec is not there any more."""
    load(world, APPLES)
    change = Freight(world, ask(Action.UPDATE, PALLET))
    change.acquire()

    change.update_mirror()
    change.update_mirror()

    assert row(world, PALLET).touched == (APPLES,)


def test_two_edits_of_one_version_are_not_both_made(world: World) -> None:
    """The second finds another version: AcquireLock refuses it, before any mark is set."""
    load(world, APPLES)
    Freight(world, ask(Action.UPDATE, PALLET, APPLES, PEARS)).acquire()
    assert world.resources.acquire_lock(ask(Action.UPDATE, PALLET, change=OTHER_CHANGE), "later") is None
    world.resources.release_lock(key(PALLET), CHANGE, 2)

    assert world.resources.acquire_lock(ask(Action.UPDATE, PALLET, change=OTHER_CHANGE), "later") is None
    assert marks(world, PEARS) == []
