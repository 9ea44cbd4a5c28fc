"""The API over the real adapters on moto: what its reads cost, and that its answers are what was written."""

from typing import Any

import pytest

from api.router import build_handler
from api.routes import routes_of
from stowage.adapters.dynamodb.changes import DynamoChanges
from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.adapters.dynamodb.tickets import DynamoTickets
from stowage.domain.projects import Role
from tests.integration.conftest import TABLE
from tests.integration.test_dynamodb_resources import put_row
from tests.unit.api.world import World
from tests.unit.fakes.kinds import crate, pallet
from tests.unit.fakes.people import MANAGER, STRANGER, member, project

LIST = "/v1/projects/apollo/resources"


@pytest.fixture
def world(dynamodb: Any) -> World:
    """Give the API whose table is real and holds the project apollo with its manager."""
    world = World()
    projects = DynamoProjects(dynamodb, TABLE)
    projects.put_project(project())
    projects.put_person(MANAGER)
    projects.put_membership(member(project(), MANAGER, Role.MANAGER))
    world.spies |= {
        "projects": projects,
        "resources": DynamoResources(dynamodb, TABLE),
        "changes": DynamoChanges(dynamodb, TABLE),
        "tickets": DynamoTickets(dynamodb, TABLE),
    }
    world.handler = build_handler(world, routes_of((crate(), pallet())))
    return world


def test_a_list_and_a_read_cost_two_reads_each(world: World, dynamodb: Any, calls: list[str]) -> None:
    """One GetItem and one Query, one GetItem and one GetItem, and no call to anything else (P1)."""
    for number in range(30):
        put_row(dynamodb, f"crate-{number:02}", change=None)
    calls.clear()

    listed = world.call("GET", LIST)
    listing = sorted(calls)
    calls.clear()
    read = world.call("GET", "/v1/projects/apollo/crates/crate-07")

    assert (listed.status, len(listed.json["items"]), read.status) == (200, 30, 200)
    assert listing == ["DynamoDB_20120810.GetItem", "DynamoDB_20120810.Query"]
    assert calls == ["DynamoDB_20120810.GetItem"] * 2
    assert listed.json["items"][7] == read.json


def test_pages_of_the_real_table_are_the_whole_list(world: World, dynamodb: Any) -> None:
    """Cursors go to the client and back, and every row comes once."""
    for number in range(7):
        put_row(dynamodb, f"crate-{number}", change=None)
    names: list[str] = []
    query: dict[str, str] = {"limit": "3"}
    while query.get("cursor") != "end":
        page = world.call("GET", LIST, query=query).json
        names += [item["name"] for item in page["items"]]
        query = {"limit": "3", "cursor": page["cursor"] or "end"}

    assert names == [f"crate-{number}" for number in range(7)]


def test_a_change_that_was_asked_for_stands_in_the_real_history(world: World) -> None:
    """The row that the API writes is the one that its lists read."""
    change = world.put().json["change"]

    assert world.call("GET", "/v1/projects/apollo/changes").json == {"items": [change], "cursor": None}
    assert world.call("GET", f"/v1/projects/apollo/changes/{change['id']}").json.items() >= change.items()


def test_a_resource_of_the_real_table_is_locked_and_versioned(world: World, dynamodb: Any) -> None:
    """Lock and version arrive in the form that refusals and ETags speak of."""
    put_row(dynamodb, "apples")
    put_row(dynamodb, "pears", change=None)

    locked = world.put("apples", {"description": "Apples"})
    pears = world.call("GET", "/v1/projects/apollo/crates/pears")

    assert (locked.slug, locked.json["lock"]["change"]) == ("locked", pears.json["change"])
    assert world.put("pears", {"description": "Pears"}, headers={"if-match": '"7"'}).slug == "stale-version"
    assert pears.headers["etag"] == '"1"'


def test_who_is_no_member_is_told_so_from_the_real_table(world: World) -> None:
    """403 for a project that exists, 404 for one that does not, and /v1/me for both."""
    assert world.call("GET", LIST, person=STRANGER).slug == "forbidden"
    assert world.call("GET", "/v1/projects/nowhere/resources").slug == "not-found"
    assert world.call("GET", "/v1/me", person=STRANGER).json["projects"] == []
    assert world.call("GET", "/v1/me").json["projects"] == [{"id": "apollo", "name": "Apollo", "role": "manager"}]


def test_a_creation_costs_four_reads_and_one_write(world: World, calls: list[str]) -> None:
    """Membership, project, row and the quota's count, then the change's row; an update does without the count."""
    calls.clear()

    assert world.put().status == 202

    assert sorted(calls) == [
        "DynamoDB_20120810.GetItem",
        "DynamoDB_20120810.GetItem",
        "DynamoDB_20120810.GetItem",
        "DynamoDB_20120810.PutItem",
        "DynamoDB_20120810.Query",
    ]


def test_who_names_a_resource_costs_no_read_more(world: World, dynamodb: Any, calls: list[str]) -> None:
    """The marks stand on the row itself: a list stays one query, a read one get, beside the membership's (P1)."""
    users = {"SS": [f"pallet/pallet-{number:02}" for number in range(40)]}
    for number in range(5):
        put_row(dynamodb, f"crate-{number}", change=None, referencedBy=users)
    calls.clear()

    listed = world.call("GET", LIST)
    read = world.call("GET", "/v1/projects/apollo/crates/crate-0")

    assert sorted(calls) == ["DynamoDB_20120810.GetItem"] * 3 + ["DynamoDB_20120810.Query"]
    assert len(read.json["referencedBy"]) == 40
    assert listed.json["items"][0] == read.json


def test_what_is_named_costs_one_read_however_much_it_is(world: World, dynamodb: Any, calls: list[str]) -> None:
    """All of it at once, and so for who names what is to be deleted."""
    names = [f"crate-{number:02}" for number in range(20)]
    users = {"SS": ["pallet/monday", "pallet/friday"]}
    for name in names:
        put_row(dynamodb, name, change=None, status={"S": "ACTIVE"}, referencedBy=users)
    put_row(dynamodb, "monday", kind="pallet", status={"S": "ACTIVE"})
    calls.clear()

    asked = world.call("PUT", "/v1/projects/apollo/pallets/friday", json={"crates": names})
    asking = calls.count("DynamoDB_20120810.BatchGetItem")
    refused = world.call("DELETE", "/v1/projects/apollo/crates/crate-00")

    assert (asked.status, asking) == (202, 1)
    assert (refused.slug, refused.json["users"]) == ("resource-in-use", [{"kind": "pallet", "name": "monday"}])
    assert calls.count("DynamoDB_20120810.BatchGetItem") == 2
