"""A request that is repeated with its Idempotency-Key is the change that it began, however the two are timed."""

from collections.abc import Callable
from typing import Any

import pytest

from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.errors import ExecutionNotFoundError, ServiceUnavailableError
from stowage.domain.ports import Execution
from tests.unit.api.world import World
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.people import MANAGER, OPERATOR
from tests.unit.fakes.resources import resource_row

APPLES = "/v1/projects/apollo/crates/apples"
KEY = {"idempotency-key": "wish-1"}


def test_a_repeat_with_the_same_key_is_the_same_change(world: World) -> None:
    """One execution, whatever became of the resource in between: the repeat is looked up first."""
    first = world.put(headers=KEY)
    world.fake_resources.put(
        resource_row(
            "apollo",
            "crate",
            "apples",
            status="CREATING",
            lock={
                "change": first.json["change"]["id"],
                "actor": MANAGER.email,
                "actorId": MANAGER.id,
                "since": "2026-11-23T09:00:00.000Z",
                "action": "create",
            },
        )
    )
    world.fake_clock.advance(5)

    again = world.put(headers=KEY)

    assert (again.status, again.json, again.headers["location"]) == (202, first.json, first.headers["location"])
    assert len(world.fake_executions.by_name) == 1


def test_a_repeat_after_the_end_tells_the_end(world: World) -> None:
    """The change is told as it is by now, not begun again."""
    change = world.put(headers=KEY).json["change"]["id"]
    world.fake_executions.end(change, "FAILED", error="NAME_TAKEN", cause="apples already exists")

    again = world.put(headers=KEY).json["change"]

    assert (again["id"], again["status"], again["outcome"]) == (change, "FAILED", "NAME_TAKEN")
    assert len(world.fake_executions.by_name) == 1


@pytest.mark.parametrize(
    ("method", "path", "spec", "headers"),
    [
        ("PUT", APPLES, {"description": "Other apples"}, {}),
        ("PUT", "/v1/projects/apollo/crates/pears", {"description": "Apples"}, {}),
        ("PUT", APPLES, {"description": "Apples"}, {"if-match": '"1"'}),
        ("PUT", APPLES, {"description": "Apples"}, {"if-none-match": "*"}),
        ("DELETE", APPLES, None, {}),
    ],
)
def test_a_key_used_for_another_request_is_409(
    world: World, method: str, path: str, spec: object, headers: dict[str, str]
) -> None:
    """Body, resource, method and precondition all belong to the request."""
    world.put(headers=KEY)

    reply = world.call(method, path, json=spec, headers={**headers, **KEY})

    assert (reply.status, reply.slug) == (409, "idempotency-key-reused")
    assert len(world.fake_executions.by_name) == 1


def test_a_key_belongs_to_its_person(world: World) -> None:
    """Somebody else's equal key is another key."""
    mine = world.put("apples", headers=KEY).json["change"]["id"]
    theirs = world.put("pears", person=OPERATOR, headers=KEY).json["change"]["id"]

    assert mine != theirs


def test_a_lost_answer_of_start_execution_is_repaired_by_the_key(world: World) -> None:
    """A timeout after the effect is 503; the repeat finds the one execution."""
    world.spies["executions"].fail("start", ServiceUnavailableError("timed out"), after_effect=True)

    first, again = world.put(headers=KEY), world.put(headers=KEY)

    assert (first.status, first.slug, again.status) == (503, "unavailable", 202)
    assert list(world.fake_executions.by_name) == [again.json["change"]["id"]]


def test_two_equal_requests_that_race_become_one_execution(world: World) -> None:
    """Both saw no execution; the one that is told it exists compares and gives the same change."""
    first = world.put(headers=KEY).json["change"]
    world.fake_executions.end(first["id"], "SUCCEEDED")
    executions = world.spies["executions"]
    executions.fail("describe", ExecutionNotFoundError("not yet visible"))

    again = world.put(headers=KEY)

    assert (again.status, again.json["change"]["id"]) == (202, first["id"])
    assert len(world.fake_executions.by_name) == 1


class Overtaking:
    """Port `Executions`, empty to the first look: what has begun becomes visible only after it."""

    def __init__(self, world: World, looks: int = 1) -> None:
        self._executions = world.fake_executions
        self.looks = looks

    def describe(self, name: str) -> Execution:
        """Find nothing at the first looks."""
        self.looks -= 1
        if self.looks >= 0:
            raise ExecutionNotFoundError(f"There is no execution {name}.")
        return self._executions.describe(name)

    def start(self, name: str, input_json: str) -> str:
        """Start as ever."""
        return self._executions.start(name, input_json)


def _locked(world: World) -> None:
    """Let the change that has begun take its lock."""
    [execution] = world.fake_executions.by_name.values()
    request = ChangeRequest.model_validate_json(execution.input)
    assert world.fake_resources.acquire_lock(request, execution.started_at)


def _done(world: World) -> None:
    """Let the change that has begun take effect and end."""
    [execution] = world.fake_executions.by_name.values()
    request = ChangeRequest.model_validate_json(execution.input)
    done = {"spec": request.spec, "version": request.version, "deleted": request.action is Action.DELETE}
    world.fake_resources.put(resource_row("apollo", "crate", "apples", **done))
    world.fake_executions.end(request.change, "SUCCEEDED")


def _name_gone(world: World) -> None:
    """Let the name be taken in AWS before the mirror shows anything."""
    world.fake_names.taken.add(("s3", "apples"))


@pytest.mark.parametrize(
    ("method", "headers", "stands", "meanwhile"),
    [
        ("PUT", {}, False, _locked),
        ("PUT", {"if-match": '"1"'}, True, _done),
        ("PUT", {"if-none-match": "*"}, False, _done),
        ("PUT", {}, False, _name_gone),
        ("DELETE", {}, True, _locked),
        ("DELETE", {}, True, _done),
    ],
    ids=["locked", "stale", "exists", "name taken", "delete locked", "delete not found"],
)
def test_a_repeat_that_its_first_request_overtakes_is_the_same_change(
    method: str,
    headers: dict[str, str],
    stands: bool,  # noqa: FBT001
    meanwhile: Callable[[World], None],
) -> None:
    """The first one begins and takes effect after the repeat was looked up and before the mirror is judged."""
    world = World(crate(name_is_global_in="s3"))
    if stands:
        world.fake_resources.put(resource_row("apollo", "crate", "apples", spec={"size": "small"}))
    body = {"description": "Apples"} if method == "PUT" else None
    wish: dict[str, Any] = {"json": body, "headers": {**headers, **KEY}}
    first = world.call(method, APPLES, **wish).json["change"]["id"]
    meanwhile(world)
    world.spies["executions"] = Overtaking(world)

    again = world.call(method, APPLES, **wish)

    assert (again.status, again.json["change"]["id"]) == (202, first), again
    assert list(world.fake_executions.by_name) == [first]


def test_another_request_under_the_key_of_the_locks_holder_is_409(world: World) -> None:
    """It is told from a repeat by its fingerprint, however late it is looked up."""
    world.put(headers=KEY)
    _locked(world)
    world.spies["executions"] = Overtaking(world)

    reply = world.put(spec={"description": "Pears"}, headers=KEY)

    assert (reply.status, reply.slug) == (409, "idempotency-key-reused")


@pytest.mark.parametrize("headers", [{}, {"idempotency-key": "another"}])
def test_somebody_elses_lock_is_409_with_and_without_a_key(world: World, headers: dict[str, str]) -> None:
    """The second look finds nothing of this request's own: what was to be refused is refused."""
    holder = world.put(headers=KEY).json["change"]["id"]
    _locked(world)

    reply = world.put(headers=headers)

    assert (reply.status, reply.slug, reply.json["lock"]["change"]) == (409, "locked", holder)
    assert list(world.fake_executions.by_name) == [holder]


@pytest.mark.parametrize("meanwhile", [_locked, _done])
def test_a_change_that_has_begun_but_is_not_visible_yet_is_503(
    world: World, meanwhile: Callable[[World], None]
) -> None:
    """Repeating is right, and neither a refusal nor a second execution is."""
    first = world.put(headers=KEY).json["change"]["id"]
    meanwhile(world)
    world.spies["executions"] = Overtaking(world, looks=2)

    reply, again = world.put(headers=KEY), world.put(headers=KEY)

    assert (reply.status, reply.slug, reply.headers["retry-after"]) == (503, "unavailable", "2")
    assert (again.status, again.json["change"]["id"]) == (202, first)
