"""References in requests: a pallet names crates, and a crate that is named is not deleted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api.preconditions import Precondition
from api.request_change import Wish, request_change
from api.spec_check import SpecCheck
from stowage.domain.changes import Action, canonical_json
from stowage.domain.resources import ResourceName, ResourceStatus
from tests.unit.api.world import Reply, World
from tests.unit.fakes.freight import find_kind
from tests.unit.fakes.kinds import crate, pallet
from tests.unit.fakes.people import MANAGER
from tests.unit.fakes.resources import resource_row

MONDAY = ResourceName(kind="pallet", name="monday")
APPLES = "/v1/projects/apollo/crates/apples"
LOCK = {"change": "chg-1", "actor": "ann@x", "actor_id": "ann", "since": "2026-11-23T08:59:00.000Z", "action": "update"}


@pytest.fixture
def world() -> World:
    """Give an API with crates and pallets, and one crate that stands."""
    world = World(crate(), pallet())
    world.fake_resources.put(resource_row("apollo", "crate", "apples"))
    return world


def load(world: World, *crates: str, **fields: Any) -> Reply:
    """PUT a pallet."""
    return world.call("PUT", "/v1/projects/apollo/pallets/monday", json={"crates": crates}, **fields)


def test_a_spec_that_names_what_stands_begins_a_change(world: World) -> None:
    """One read more tells it, of all that is named."""
    world.fake_resources.put(resource_row("apollo", "crate", "pears"))
    world.calls.clear()

    assert load(world, "apples", "pears").status == 202

    assert [call for call in world.calls if call.startswith("FakeResources")] == [
        "FakeResources.get",
        "FakeResources.get_all",
        "FakeResources.count",
    ]


def test_a_spec_that_names_nothing_costs_no_read(world: World) -> None:
    """Nor does any spec of a kind without references."""
    assert load(world).status == 202
    assert world.put("plums").status == 202

    assert "FakeResources.get_all" not in world.calls


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (None, "There is no crate pears in this project: create it first."),
        ({"status": ResourceStatus.DELETED, "deleted": True}, "There is no crate pears in this project"),
        ({"status": ResourceStatus.DELETING}, "The crate pears is being deleted"),
        ({"lock": {**LOCK, "action": Action.DELETE}}, "The crate pears is being deleted"),
        ({"status": ResourceStatus.CREATING}, "The crate pears is still being created"),
        ({"status": ResourceStatus.CREATE_FAILED}, "The crate pears does not stand"),
    ],
)
def test_what_does_not_stand_is_refused_where_it_is_named(
    world: World, fields: dict[str, Any] | None, sentence: str
) -> None:
    """422 with a pointer into the spec; nothing has begun, nothing is marked."""
    if fields is not None:
        world.fake_resources.put(resource_row("apollo", "crate", "pears", **fields))
    before = dict(world.fake_resources.rows)

    reply = load(world, "apples", "pears")

    assert (reply.status, reply.slug, reply.json["pointer"]) == (422, "invalid-spec", "/crates/1")
    assert reply.json["errors"][0]["detail"].startswith(sentence)
    world.assert_nothing_begun()
    assert world.fake_resources.rows == before


def test_another_projects_resource_is_none_of_this_one(world: World) -> None:
    """What gemini has, apollo cannot name."""
    world.fake_resources.put(resource_row("gemini", "crate", "pears"))

    assert load(world, "pears").status == 422


def test_what_was_named_before_may_stay_though_it_is_gone(world: World) -> None:
    """Somebody must be shut out though a bucket of theirs was removed behind Stowage's back; but nothing joins it."""
    spec = {"crates": ["pears"]}
    world.fake_resources.put(resource_row("apollo", "pallet", "monday", spec=spec))

    assert load(world, "pears").status == 202
    assert load(world, "pears", "plums").json["pointer"] == "/crates/1"


@pytest.mark.parametrize("status", [ResourceStatus.CREATE_FAILED, ResourceStatus.MISSING])
def test_what_never_stood_has_named_nothing(world: World, status: ResourceStatus) -> None:
    """Its PUT is a creation, and all that it names is asked for."""
    spec = {"crates": ["pears"]}
    world.fake_resources.put(resource_row("apollo", "pallet", "monday", spec=spec, status=status))

    assert load(world, "pears").status == 422


def test_what_is_named_is_not_deleted_and_the_refusal_names_who_does(world: World) -> None:
    """409 with the users, early: nothing has begun."""
    world.fake_resources.put(resource_row("apollo", "pallet", "monday", spec={"crates": ["apples"]}))
    world.fake_resources.put(resource_row("apollo", "crate", "apples", referenced_by=(MONDAY,)))

    reply = world.call("DELETE", APPLES)

    assert (reply.status, reply.slug) == (409, "resource-in-use")
    assert reply.json["users"] == [{"kind": "pallet", "name": "monday"}]
    assert "still used by pallet monday" in reply.json["detail"]
    world.assert_nothing_begun()
    assert world.call("GET", APPLES).json["referencedBy"] == [{"kind": "pallet", "name": "monday"}]


@pytest.mark.parametrize(
    ("fields", "headers", "refused"),
    [
        ({"lock": LOCK}, {"if-match": '"7"'}, (409, "locked")),
        ({}, {"if-match": '"7"'}, (412, "stale-version")),
        ({}, {"if-match": '"1"'}, (409, "resource-in-use")),
    ],
)
def test_a_deletion_is_refused_for_its_lock_first_then_its_version_then_its_users(
    world: World, fields: dict[str, Any], headers: dict[str, str], refused: tuple[int, str]
) -> None:
    """Each refusal tells what must be dealt with first."""
    world.fake_resources.put(resource_row("apollo", "pallet", "monday", spec={"crates": ["apples"]}))
    world.fake_resources.put(resource_row("apollo", "crate", "apples", referenced_by=(MONDAY,), **fields))

    reply = world.call("DELETE", APPLES, headers=headers)

    assert (reply.status, reply.slug) == refused
    world.assert_nothing_begun()


def test_a_mark_that_nobody_stands_for_refuses_nothing(world: World) -> None:
    """Else a mark that a crash left could never be found stale: the deletion would not begin."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", referenced_by=(MONDAY,)))

    assert world.call("DELETE", APPLES).status == 202


def test_a_user_that_names_it_no_more_refuses_nothing(world: World) -> None:
    """Its own row tells, by its kind's rules."""
    world.fake_resources.put(resource_row("apollo", "pallet", "monday", spec={"crates": []}))
    world.fake_resources.put(resource_row("apollo", "crate", "apples", referenced_by=(MONDAY,)))
    wish = Wish(
        person=MANAGER,
        project="apollo",
        check=SpecCheck(crate()),
        name="apples",
        verb="delete",
        spec={},
        precondition=Precondition(),
        idempotency_key=None,
        asked_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
        quota=0,
    )

    change = request_change(
        wish,
        resources=world.resources(),
        changes=world.changes(),
        details=world.change_details(),
        executions=world.executions(),
        names=world.global_names(),
        find_kind=find_kind,
    )

    assert change.action is Action.DELETE


def test_of_two_edits_of_a_resources_references_one_is_told(world: World) -> None:
    """Both looked at version 1: once the first has ended, the second is 412, and the grants of both are not mixed."""
    world.fake_resources.put(resource_row("apollo", "pallet", "monday", spec={"crates": []}))
    seen = {"if-match": '"1"'}
    assert load(world, "apples", headers=seen).status == 202
    world.fake_resources.put(resource_row("apollo", "pallet", "monday", spec={"crates": ["apples"]}, version=2))

    second = load(world, headers=seen)

    assert (second.status, second.slug) == (412, "stale-version")
    assert len(world.fake_executions.by_name) == 1


def test_a_list_tells_who_names_what(world: World) -> None:
    """Sorted by kind and name, [] where nobody does."""
    users = (ResourceName(kind="pallet", name="friday"), MONDAY)
    world.fake_resources.put(resource_row("apollo", "crate", "apples", referenced_by=users))
    world.fake_resources.put(resource_row("apollo", "crate", "pears"))

    items = world.call("GET", "/v1/projects/apollo/resources").json["items"]

    assert canonical_json([item["referencedBy"] for item in items]) == (
        '[[{"kind":"pallet","name":"friday"},{"kind":"pallet","name":"monday"}],[]]'
    )
