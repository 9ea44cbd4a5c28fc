"""Stopping a running change."""

from typing import Any

import pytest

from stowage.domain.changes import Action, Change, ChangeRequest, ChangeStatus
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import ResourceKey
from tests.unit.api.world import Reply, World
from tests.unit.fakes.people import MANAGER, OPERATOR

KEY = ResourceKey("apollo", "crate", "apples")


@pytest.fixture
def world() -> World:
    """Give the API with a change that holds its resource."""
    return World()


def begun(world: World, verb: str = "put") -> ChangeRequest:
    """Let a change begin, and take its lock."""
    if verb == "delete":
        begun(world)
        row = world.fake_resources.rows[KEY]
        resource = row.resource.model_copy(update={"lock": None})
        world.fake_resources.put(row.model_copy(update={"resource": resource}))
        reply = world.call("DELETE", "/v1/projects/apollo/crates/apples")
    else:
        reply = world.put()
    assert reply.status == 202, reply
    started = world.fake_executions.by_name[reply.json["change"]["id"]]
    request = ChangeRequest.model_validate_json(started.input)
    assert world.fake_resources.acquire_lock(request, started.started_at) is not None
    return request


def stop(world: World, change: str, **fields: Any) -> Reply:
    """Ask for the stop."""
    return world.call("POST", f"/v1/projects/apollo/changes/{change}/stop", **fields)


def test_the_wish_is_written_to_the_row_and_the_change_goes_on(world: World) -> None:
    """No execution is aborted: its own states stop it."""
    request = begun(world)

    reply = stop(world, request.change, person=OPERATOR)

    wish = world.fake_resources.rows[KEY].stop_of(request.change)
    assert (reply.status, reply.json["change"]["status"]) == (202, "RUNNING")
    assert wish is not None
    assert (wish.actor, wish.actor_id) == (OPERATOR.email, OPERATOR.id)
    assert world.fake_executions.by_name[request.change].status == "RUNNING"


def test_a_second_wish_leaves_the_first(world: World) -> None:
    """Who stopped it is who asked first."""
    request = begun(world)
    stop(world, request.change, person=OPERATOR)

    assert stop(world, request.change, person=MANAGER).status == 202
    wish = world.fake_resources.rows[KEY].stop_of(request.change)
    assert wish is not None
    assert wish.actor == OPERATOR.email


def test_a_change_that_has_not_got_its_lock_yet_is_to_be_asked_again(world: World) -> None:
    """In that moment there is no row on which a wish would count."""
    change = world.put().json["change"]["id"]

    assert stop(world, change).status == 503


def test_a_deletion_is_stopped_only_before_it_has_begun(world: World) -> None:
    """It may still wait for another operation; once CloudFormation deletes, nothing brings it back."""
    request = begun(world, "delete")
    row = world.fake_resources.rows[KEY]

    world.fake_resources.put(row.model_copy(update={"wake_token": "token"}))
    refused = stop(world, request.change)
    world.fake_resources.put(row)

    assert (refused.status, refused.slug) == (409, "not-stoppable")
    assert stop(world, request.change).status == 202


@pytest.mark.parametrize("stack", ["DELETE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_FAILED"])
def test_a_deletion_that_empties_can_be_stopped_and_is_offered_so(world: World, stack: str) -> None:
    """As long as CloudFormation does not delete; what is refused is not offered either."""
    request = begun(world, "delete")
    row = world.fake_resources.rows[KEY]
    seen = row.resource.model_copy(update={"stack_status": stack})
    world.fake_resources.put(row.model_copy(update={"resource": seen}))

    offered = world.call("GET", "/v1/projects/apollo/crates/apples").json["nextActions"]

    assert (stop(world, request.change).status == 202) == (offered == ["stop"]) == (stack != "DELETE_IN_PROGRESS")


def test_what_only_brings_back_the_former_state_is_not_stopped_but_a_wish_stands(world: World) -> None:
    """A wish that has taken effect is repeated without harm; one that comes after a failure is refused."""
    request = begun(world)
    row = world.fake_resources.rows[KEY]
    recovering = row.resource.model_copy(update={"stack_status": "UPDATE_ROLLBACK_IN_PROGRESS"})

    world.fake_resources.put(row.model_copy(update={"resource": recovering}))
    late = stop(world, request.change)
    world.fake_resources.put(row)
    first = stop(world, request.change)
    wished = world.fake_resources.rows[KEY]
    world.fake_resources.put(wished.model_copy(update={"resource": recovering}))

    assert (late.status, late.slug, first.status) == (409, "not-stoppable", 202)
    assert stop(world, request.change).status == 202


@pytest.mark.parametrize(("outcome", "status"), [(Outcome.SUCCEEDED, 409), (Outcome.STOPPED, 202)])
def test_an_ended_change_is_not_stopped_but_a_stopped_one_is(world: World, outcome: Outcome, status: int) -> None:
    """Repeating the request after it has taken effect is no fault."""
    request = begun(world)
    ended = Change.started(request, "2026-11-23T09:00:00.000Z").ended(
        ChangeStatus.STOPPED if outcome is Outcome.STOPPED else ChangeStatus.SUCCEEDED,
        outcome,
        None,
        "2026-11-23T09:01:00.000Z",
    )
    world.fake_changes.put_ended(ended)

    assert stop(world, request.change).status == status
    assert world.fake_resources.rows[KEY].stop_of(request.change) is None


@pytest.mark.parametrize("change", ["chg-" + "9" * 32, "chg-1", "rot-" + "9" * 32])
def test_an_unknown_change_is_404(world: World, change: str) -> None:
    """Whatever it looks like."""
    assert stop(world, change).status == 404


def test_a_stopped_change_is_named_so_by_its_execution(world: World) -> None:
    """Where its row is not written, the execution's own end tells it."""
    request = begun(world)
    world.fake_executions.end(request.change, "FAILED", error="STOPPED", cause="Stopped by olaf@example.com.")
    assert request.action is Action.CREATE

    told = world.call("GET", f"/v1/projects/apollo/changes/{request.change}").json

    assert (told["status"], told["outcome"], told["cause"]) == ("STOPPED", "STOPPED", "Stopped by olaf@example.com.")
