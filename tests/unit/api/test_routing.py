"""Addresses, methods, and the one boundary where defects end."""

import json
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest

from api.problems import KINDS, problem_of
from api.routes import PROJECT, routes_of
from stowage.catalog.registry import RESERVED_PATHS
from stowage.domain.errors import AccessDeniedError, RequestError, RetryableError, StowageError
from tests.unit.api.world import World, event
from tests.unit.fakes.kinds import crate


def _leaves(of: type[StowageError]) -> set[type[StowageError]]:
    below = of.__subclasses__()
    return {leaf for each in below for leaf in _leaves(each)} if below else {of}


@pytest.mark.parametrize("leaf", sorted(_leaves(RequestError), key=str))
def test_every_error_of_a_request_is_a_problem(leaf: type[StowageError]) -> None:
    """A new leaf of the error tree must say which status it is, as 4xx."""
    assert leaf in KINDS
    assert 400 <= KINDS[leaf].status < 500


def test_every_trouble_of_aws_that_a_read_can_meet_is_503() -> None:
    """Retryable errors that ports may raise are told as 503; the others are of changes."""
    mapped = {error for error in KINDS if issubclass(error, RetryableError)}

    assert {KINDS[error].status for error in mapped} == {503}
    of_tasks = {"KeyNotReadyError", "StackBusyError", "LeftoverStackError"}
    assert {error.__name__ for error in _leaves(RetryableError) - mapped} == of_tasks


def test_an_error_of_a_change_is_no_problem_of_a_request() -> None:
    """What only an execution can end in would be a defect here."""
    assert problem_of(AccessDeniedError("denied")) is None


@pytest.mark.parametrize(
    "path", ["/", "/v1", "/v2/me", "/v1/me/", "/v1/projects/apollo/bottles/x", "/v1/projects//x", "/%00"]
)
def test_an_unknown_address_is_a_404_problem(world: World, path: str) -> None:
    """The Lambda's own 404, in the form of every other problem."""
    reply = world.call("GET", path)

    assert (reply.status, reply.slug, world.calls) == (404, "not-found", [])


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/v1/me", "GET"),
        ("GET", "/v1/socket-tickets", "POST"),
        ("PUT", "/v1/projects/apollo/changes/chg-1", "GET"),
        ("PATCH", "/v1/projects/apollo/crates/apples", "GET, PUT, DELETE"),
        ("HEAD", "/v1/projects/apollo/resources", "GET"),
        ("DELETE", "/v1/projects/apollo", "GET"),
        ("GET", "/v1/projects/apollo/crates/apples/lock/break", "POST"),  # which another function serves
    ],
)
def test_a_known_address_with_another_method_is_405(world: World, method: str, path: str, allow: str) -> None:
    """`Allow` lists what the address answers."""
    reply = world.call(method, path)

    assert (reply.status, reply.slug, reply.headers["allow"], world.calls) == (405, "method-not-allowed", allow, [])


@pytest.mark.parametrize(("path", "allow"), [("/v1/projects/apollo/crates/apples", "GET, PUT, DELETE"), ("/v2", None)])
def test_a_preflight_passes_without_a_token(world: World, path: str, allow: str | None) -> None:
    """A browser asks before it sends a token; the gateway adds its CORS headers to any 2xx."""
    reply = world.call("OPTIONS", path, person=None)

    assert (reply.status, reply.text, reply.headers.get("allow"), world.calls) == (204, "", allow, [])


def test_a_stage_in_the_path_is_not_part_of_the_address(world: World) -> None:
    """A deployment under a named stage answers the same addresses."""
    given: dict[str, Any] = event("GET", "/dev/v1/health")
    given["requestContext"]["stage"] = "dev"

    assert world.handler(given, SimpleNamespace())["statusCode"] == 200


def test_a_defect_is_a_500_without_its_inside(world: World, log: StringIO) -> None:
    """The person gets the request's id, the log gets the exception."""
    world.spies["resources"].fail("get", ValueError("table StowageTable-1A2B"))

    reply = world.call("GET", "/v1/projects/apollo/crates/apples")

    assert (reply.status, reply.slug) == (500, "internal-error")
    assert "StowageTable" not in reply.text
    assert "request-1" in reply.json["detail"]
    [defect] = [line for line in map(json.loads, log.getvalue().splitlines()) if line["level"] == "ERROR"]
    assert "StowageTable" in defect["exception"]


def test_a_denied_call_to_aws_is_a_500(world: World) -> None:
    """A role that lacks a right is our defect, not the person's missing role."""
    world.spies["resources"].fail("get", AccessDeniedError("arn:aws:iam::000000000000:role/Api may not"))

    reply = world.call("GET", "/v1/projects/apollo/crates/apples")

    assert (reply.status, reply.slug) == (500, "internal-error")
    assert "arn:aws" not in reply.text


def test_no_log_line_holds_a_body_or_a_token(world: World, log: StringIO) -> None:
    """One line per request, with request and change, without what was sent."""
    reply = world.put(spec={"description": "canary-body"}, headers={"authorization": "Bearer canary-token"})
    world.put(spec={"description": 1, "canary-field": "canary-body"}, headers={"authorization": "Bearer canary-token"})

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert "canary" not in log.getvalue()
    assert [(line["message"], line["request_id"], line["status"]) for line in lines] == [
        ("answered", "request-1", 202),
        ("answered", "request-1", 422),
    ]
    assert lines[0]["change"] == reply.json["change"]["id"]
    assert "change" not in lines[1]


def test_no_kind_can_stand_where_the_api_itself_does() -> None:
    """Whatever the API has under a project is reserved, so that no kind's folder can shadow it."""
    own = [route.path.split("/")[4] for route in routes_of(()) if route.path.startswith(f"{PROJECT}/")]

    assert own
    assert set(own) <= RESERVED_PATHS


def test_two_kinds_share_no_address() -> None:
    """Each kind has its own three routes; no method and path is served twice."""
    routes = routes_of((crate(), crate(kind="barrel", path="barrels")))
    addresses = [(route.method, route.path) for route in routes]

    assert len(addresses) == len(set(addresses))
    assert len({route.operation for route in routes}) == len(routes)
