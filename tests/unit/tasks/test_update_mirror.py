"""State UpdateMirror."""

from typing import Any

import pytest

from stowage.domain.changes import Action, Mode
from stowage.domain.errors import LockLostError
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import ResourceStatus
from tasks.update_mirror import UpdateMirrorRequest, update_mirror
from tests.unit.fakes.resources import resource_row
from tests.unit.fakes.world import World


def given(world: World, action: Action, **result: Any) -> UpdateMirrorRequest:
    """Give the state's input."""
    stack = {"stack_id": "arn:s", "stack_status": "CREATE_COMPLETE", "outputs": {"A": "1"}, "outcome": "SUCCEEDED"}
    return UpdateMirrorRequest.model_validate({**world.lock(action).model_dump(), "result": {**stack, **result}})


@pytest.mark.parametrize(("action", "outcome"), [(Action.CREATE, "SUCCEEDED"), (Action.UPDATE, "NO_CHANGE")])
def test_a_success_shows_the_new_spec_and_what_cloudformation_says(action: Action, outcome: str) -> None:
    """The lock stays until ReleaseLock, and the change has no end yet: who reads one may begin the next."""
    world = World()
    if action is Action.UPDATE:
        world.resources.put(resource_row("apollo", "crate", "apples", spec={"description": "Pears"}))
    request = given(world, action, outcome=outcome)

    update_mirror(request, resources=world.resources, clock=world.clock)

    resource = world.row.resource
    assert (resource.status, resource.spec, resource.outputs) == (
        ResourceStatus.ACTIVE,
        request.change.spec,
        {"A": "1"},
    )
    assert (resource.version, resource.outcome, resource.verified_at) == (
        request.change.version,
        Outcome(outcome),
        world.clock.iso(),
    )
    assert resource.lock is not None
    assert world.changes.rows == {}


def test_a_deletion_leaves_a_tombstone_with_version_and_fence() -> None:
    """Spec and outputs go, version and fence stay (M2)."""
    world = World()
    world.resources.put(resource_row("apollo", "crate", "apples", version=4, fence=6, stack_id="arn:old"))
    locked = world.lock(Action.DELETE, expected_version=4, version=4)
    nothing: dict[str, Any] = {"stack_id": None, "stack_status": None, "outputs": {}, "outcome": "SUCCEEDED"}
    request = UpdateMirrorRequest.model_validate({**locked.model_dump(), "result": nothing})

    update_mirror(request, resources=world.resources, clock=world.clock)

    row = world.row
    assert (row.deleted, row.resource.status, row.resource.spec) == (True, ResourceStatus.DELETED, {})
    assert (row.resource.version, row.fence, row.stack_id) == (4, 7, "arn:old")


def test_an_execution_that_lost_its_lock_writes_nothing() -> None:
    """The row is another change's (L5)."""
    world = World()
    request = given(world, Action.CREATE)
    before = world.row.model_copy(update={"fence": 8})
    world.resources.put(before)

    with pytest.raises(LockLostError):
        update_mirror(request, resources=world.resources, clock=world.clock)

    assert world.row == before


def test_a_repeat_writes_the_same() -> None:
    """The state may be tried again after its write took effect."""
    world = World()
    request = given(world, Action.CREATE)
    update_mirror(request, resources=world.resources, clock=world.clock)
    once = world.row

    update_mirror(request, resources=world.resources, clock=world.clock)

    assert world.row == once


@pytest.mark.parametrize(
    ("spec", "known_since"), [({"description": "Apples"}, "2026-11-23T08:00:00.000Z"), (None, None)]
)
def test_a_recovery_whose_stack_did_not_tell_its_spec_is_left_for_reconcile(
    spec: dict[str, Any] | None, known_since: str | None
) -> None:
    """A row without the time of its stack's update counts as older than the stack."""
    world = World()
    world.resources.put(resource_row("apollo", "crate", "apples", spec={"description": "Pears"}))
    locked = world.lock(Action.UPDATE, mode=Mode.CONTINUE_ROLLBACK)
    result = {
        "stack_id": "arn:s",
        "stack_status": "UPDATE_ROLLBACK_COMPLETE",
        "stack_updated_at": "2026-11-23T08:00:00.000Z",
        "outputs": {},
        "outcome": "SUCCEEDED",
        "spec": spec,
    }

    update_mirror(
        UpdateMirrorRequest.model_validate({**locked.model_dump(), "result": result}),
        resources=world.resources,
        clock=world.clock,
    )

    assert world.row.stack_updated_at == known_since
