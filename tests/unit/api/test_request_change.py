"""A request that is accepted becomes exactly one execution."""

import json
from typing import Any

import pytest

from stowage.domain.errors import (
    AccessDeniedError,
    StowageError,
    ThrottledError,
)
from tests.unit.api.world import World
from tests.unit.fakes.people import MANAGER, OPERATOR
from tests.unit.fakes.resources import resource_row

APPLES = "/v1/projects/apollo/crates/apples"
DEFAULTS = {"size": "small", "weight": 10, "lid": {"locked": True}, "labels": {}}


def _input(world: World) -> dict[str, Any]:
    [execution] = world.fake_executions.by_name.values()
    content: dict[str, Any] = json.loads(execution.input)
    return content


def test_a_put_begins_a_creation(world: World) -> None:
    """202 with the change, its address in Location, and one execution whose name is the change's id."""
    reply = world.put()

    change = reply.json["change"]
    assert reply.status == 202
    assert reply.headers["location"] == f"/v1/projects/apollo/changes/{change['id']}"
    assert change == {
        "id": change["id"],
        "project": "apollo",
        "kind": "crate",
        "name": "apples",
        "action": "create",
        "mode": None,
        "status": "RUNNING",
        "outcome": None,
        "cause": None,
        "actor": MANAGER.email,
        "actorId": MANAGER.id,
        "startedAt": "2026-11-23T09:00:00.000Z",
        "endedAt": None,
        "states": [],
    }
    assert list(world.fake_executions.by_name) == [change["id"]]
    assert world.call("GET", reply.headers["location"]).json.items() >= change.items()


def test_the_executions_input_is_the_whole_request_and_no_clock(world: World) -> None:
    """The spec has its defaults, the version is the next one, the actor is who asked."""
    change = world.put().json["change"]["id"]

    given = _input(world)
    assert len(given.pop("request")) == 64
    assert given == {
        "change": change,
        "project": "apollo",
        "kind": "crate",
        "name": "apples",
        "action": "create",
        "spec": {"description": "Apples", **DEFAULTS},
        "expectedVersion": 0,
        "version": 1,
        "actor": MANAGER.email,
        "actorId": MANAGER.id,
    }


def test_defaults_are_filled_in_below_what_is_given(world: World) -> None:
    """A nested object that is given keeps what it says and gets what it leaves out; 20.0 is 20."""
    world.call("PUT", APPLES, body='{"description":"a","lid":{},"weight":20.0}')

    spec = _input(world)["spec"]
    assert (spec["lid"], spec["weight"], type(spec["weight"])) == ({"locked": True}, 20, int)


@pytest.mark.parametrize("headers", [{}, {"if-match": '"3"'}, {"if-match": "*"}, {"if-match": '"2", "3"'}])
def test_a_put_of_what_stands_begins_an_update(world: World, headers: dict[str, str]) -> None:
    """The version seen is expected, the next one is wanted; the name is not asked for again."""
    world.fake_names.taken.add(("s3", "apples"))
    world.fake_resources.put(resource_row("apollo", "crate", "apples", version=3, spec={"size": "small"}))

    reply = world.put(headers=headers)

    given = _input(world)
    assert reply.json["change"]["action"] == "update"
    assert (given["action"], given["expectedVersion"], given["version"]) == ("update", 3, 4)


@pytest.mark.parametrize(("status", "deleted"), [("DELETED", True), ("CREATE_FAILED", False), ("MISSING", False)])
def test_a_put_of_what_does_not_stand_begins_a_creation(world: World, status: str, deleted: bool) -> None:  # noqa: FBT001
    """The version goes on from the row's, so that no old execution can be taken for a new one."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", version=5, status=status, deleted=deleted))

    world.put()

    given = _input(world)
    assert (given["action"], given["expectedVersion"], given["version"]) == ("create", 5, 6)


def test_create_only_creates(world: World) -> None:
    """If-None-Match: * is no obstacle where nothing is, or nothing any more."""
    world.fake_resources.put(resource_row("apollo", "crate", "pears", status="DELETED", deleted=True))

    assert world.put("apples", headers={"if-none-match": "*"}).status == 202
    assert world.put("pears", headers={"if-none-match": "*"}).status == 202


def test_a_delete_begins_a_deletion(world: World) -> None:
    """A delete has no spec and keeps the version."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", version=3))

    reply = world.call("DELETE", APPLES, person=OPERATOR, headers={"if-match": '"3"'})

    given = _input(world)
    assert reply.status == 202
    assert (given["action"], given["spec"], given["expectedVersion"], given["version"]) == ("delete", {}, 3, 3)
    assert given["actor"] == OPERATOR.email


@pytest.mark.parametrize("error", [ThrottledError("slow down"), AccessDeniedError("may not")])
def test_a_row_that_cannot_be_written_does_not_fail_a_change_that_runs(world: World, error: StowageError) -> None:
    """The execution has begun: 202, and the change is told from the execution until its row is there."""
    world.spies["changes"].fail("put_started", error)

    reply = world.put()

    assert reply.status == 202
    assert world.fake_changes.rows == {}
    assert world.call("GET", reply.headers["location"]).json.items() >= reply.json["change"].items()


def test_a_throttled_read_is_503_with_retry_after(world: World) -> None:
    """AWS's trouble is told as such, and nothing was begun."""
    world.spies["resources"].fail("get", ThrottledError("Rate exceeded for account 000000000000"))

    reply = world.put()

    assert (reply.status, reply.slug, reply.headers["retry-after"]) == (503, "throttled", "2")
    assert "000000000000" not in reply.text
    world.assert_nothing_begun()
