"""Sockets: a ticket opens one, and it follows its person's projects alone."""

import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from api.socket_router import build_socket_handler
from stowage.domain.errors import InvalidRequestError, SocketGoneError, ThrottledError
from stowage.domain.projects import Person, Role
from tests.unit.api.world import ORIGIN, World
from tests.unit.fakes.people import MANAGER, OPERATOR, STRANGER, member, project

ME = "connection-1"


def _event(route: str, **fields: Any) -> dict[str, Any]:
    return {
        "requestContext": {"routeKey": route, "connectionId": ME, "requestId": "request-1", "eventType": "MESSAGE"},
        "isBase64Encoded": False,
        **fields,
    }


def _handle(world: World, route: str, **fields: Any) -> int:
    response = build_socket_handler(world)(_event(route, **fields), SimpleNamespace())
    assert set(response) == {"statusCode"}
    return int(response["statusCode"])


def _ticket(world: World, person: Person = MANAGER) -> str:
    return str(world.call("POST", "/v1/socket-tickets", person=person).json["ticket"])


def _connect(world: World, ticket: str | None, origin: str | None = ORIGIN) -> int:
    headers = {"Host": "socket.example.com", **({"Origin": origin} if origin is not None else {})}
    query = {} if ticket is None else {"queryStringParameters": {"ticket": ticket}}
    return _handle(world, "$connect", headers=headers, **query)


def _say(world: World, body: object, route: str = "$default") -> list[dict[str, Any]]:
    """Send a message and give the answers to it."""
    before = len(world.fake_connections.messages(ME))
    text = body if isinstance(body, str) else json.dumps(body)
    assert _handle(world, route, body=text) == 200
    return world.fake_connections.messages(ME)[before:]


@pytest.fixture
def connected(world: World) -> World:
    """Give a world in which the operator's socket is open."""
    assert _connect(world, _ticket(world, OPERATOR)) == 200
    return world


def test_a_ticket_is_random_and_kept_as_its_hash_alone(world: World) -> None:
    """256 bits, 30 seconds, and nothing in the table that could open a socket."""
    reply = world.call("POST", "/v1/socket-tickets", person=STRANGER)

    ticket = reply.json["ticket"]
    assert (reply.status, reply.headers["cache-control"]) == (201, "no-store")
    assert (len(ticket), reply.json["expiresAt"]) == (43, "2026-11-23T09:00:30.000Z")
    expected = (STRANGER.id, world.fake_clock.epoch() + 30)
    assert world.fake_tickets.rows == {hashlib.sha256(ticket.encode()).hexdigest(): expected}
    assert _ticket(world) != _ticket(world)


@pytest.mark.parametrize("origin", [ORIGIN, None])
def test_a_fresh_ticket_opens_a_socket(world: World, origin: str | None) -> None:
    """From the console's origin, or from what is no browser."""
    assert _connect(world, _ticket(world), origin) == 200
    assert world.fake_sockets.people == {ME: MANAGER.id}
    assert world.fake_sockets.expiries[ME] > world.fake_clock.epoch() + 2 * 3600


def test_a_ticket_opens_one_socket(world: World) -> None:
    """A replay is refused."""
    ticket = _ticket(world)

    assert (_connect(world, ticket), _connect(world, ticket)) == (200, 401)


def test_a_ticket_of_30_seconds_ago_is_refused(world: World) -> None:
    """It expires by its condition, not when the table happens to clean up."""
    ticket = _ticket(world)
    world.fake_clock.advance(30)

    assert _connect(world, ticket) == 401
    assert world.fake_sockets.people == {}


@pytest.mark.parametrize("ticket", [None, "", "x", "x" * 5000, "ü"])
def test_an_invented_ticket_is_refused(world: World, ticket: str | None) -> None:
    """No ticket, no socket."""
    assert _connect(world, ticket) == 401


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "", ORIGIN + ".evil.com", ORIGIN.upper()])
def test_a_foreign_page_is_refused_and_cannot_use_up_a_ticket(world: World, origin: str) -> None:
    """The origin is judged first."""
    ticket = _ticket(world)

    assert _connect(world, ticket, origin) == 403
    assert _connect(world, ticket) == 200


def test_a_throttled_connect_is_503(world: World) -> None:
    """AWS's trouble refuses the handshake instead of crashing it."""
    world.spies["tickets"].fail("redeem", ThrottledError("slow down"))

    assert _connect(world, _ticket(world)) == 503


def test_hello_tells_the_sequence_number_of_each_project(connected: World) -> None:
    """From there on the page sees every gap."""
    connected.fake_resources.advance_seq("gemini", 7)

    answers = _say(connected, {"action": "subscribe", "projects": ["apollo", "gemini", "apollo"]}, "subscribe")

    assert answers == [{"type": "hello", "seq": {"apollo": 0, "gemini": 7}}]
    assert [each.person for each in connected.fake_sockets.subscribers("gemini")] == [OPERATOR.id]


def test_the_sequence_number_is_read_after_the_subscription_stands(connected: World) -> None:
    """Else a message in between would be neither counted nor delivered (N2)."""
    connected.calls.clear()

    _say(connected, {"action": "subscribe", "projects": ["apollo"]})

    order = [call for call in connected.calls if call in {"FakeSockets.subscribe", "FakeResources.get_seq"}]
    assert order == ["FakeSockets.subscribe", "FakeResources.get_seq"]


def test_foreign_and_unknown_projects_are_named_and_the_rest_subscribed(world: World) -> None:
    """The two are told alike, so that nobody learns which projects exist."""
    _connect(world, _ticket(world, MANAGER))

    answers = _say(world, {"action": "subscribe", "projects": ["gemini", "apollo", "nowhere"]})

    assert answers[0]["code"] == "forbidden"
    assert answers[0]["projects"] == ["gemini", "nowhere"]
    assert answers[1] == {"type": "hello", "seq": {"apollo": 0}}
    assert world.fake_sockets.subscriptions == {ME: ("apollo",)}


def test_a_removed_member_cannot_subscribe(connected: World) -> None:
    """Membership is what it is now, not what it was at the connect."""
    connected.fake_projects.delete_membership("apollo", OPERATOR.id)

    [refusal, hello] = _say(connected, {"action": "subscribe", "projects": ["apollo"]})

    assert (refusal["projects"], hello["seq"]) == (["apollo"], {})


def test_a_subscription_replaces_the_one_before(connected: World) -> None:
    """A page that moves on stops receiving the old project's messages."""
    _say(connected, {"action": "subscribe", "projects": ["apollo"]})
    _say(connected, {"action": "subscribe", "projects": ["gemini"]})

    assert connected.fake_sockets.subscriptions == {ME: ("gemini",)}


def test_a_hundred_projects_can_be_followed(connected: World) -> None:
    """A hundred are answered in one frame, one more is refused."""
    names = [f"project-{number:03}" for number in range(101)]
    for name in names:
        connected.fake_projects.put_membership(member(project(name), OPERATOR, Role.OPERATOR))

    [hello] = _say(connected, {"action": "subscribe", "projects": names[:100]})
    [refusal] = _say(connected, {"action": "subscribe", "projects": names})

    assert len(hello["seq"]) == 100
    assert (refusal["type"], refusal["code"]) == ("error", "invalid-message")


@pytest.mark.parametrize("route", ["$default", "ping"])
def test_a_ping_is_answered(connected: World, route: str) -> None:
    """What keeps the connection open, by a route of its own or the default one."""
    assert _say(connected, {"action": "ping"}, route) == [{"type": "pong"}]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "null",
        '"ping"',
        "{}",
        {"action": "shout"},
        {"action": ["ping"]},
        {"action": "ping", "more": 1},
        {"action": "subscribe"},
        {"action": "subscribe", "projects": "apollo"},
        {"action": "subscribe", "projects": [1]},
        {"action": "subscribe", "projects": [""]},
        {"action": "subscribe", "projects": ["x" * 129]},
        {"action": "subscribe", "projects": ["apollo"], "person": "somebody else"},
        '{"action":"ping","action":"subscribe"}',
        "[" * 100_000,
        '{"action":"\\ud800"}',
        '{"action":"ping","x":"' + "x" * 32 * 1024 + '"}',
        "\ud800",
    ],
)
def test_a_message_that_is_none_is_answered_with_an_error(connected: World, body: object) -> None:
    """Code and sentence, the connection stays, nothing is subscribed."""
    [answer] = _say(connected, body)

    assert (answer["type"], answer["code"]) == ("error", "invalid-message")
    assert answer["detail"]
    assert connected.fake_sockets.subscriptions == {}


def test_an_unknown_connection_is_told_so(world: World) -> None:
    """A row that has expired means: connect again."""
    [answer] = _say(world, {"action": "subscribe", "projects": ["apollo"]})

    assert (answer["type"], answer["code"]) == ("error", "not-connected")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ThrottledError("slow down"), "unavailable"),
        (InvalidRequestError("A socket follows at most 49 projects."), "invalid-message"),
        (ValueError("table StowageTable-1A2B"), "internal-error"),
    ],
)
def test_trouble_behind_the_socket_is_answered_with_an_error(connected: World, error: Exception, code: str) -> None:
    """Never an exception, never the inside."""
    connected.spies["sockets"].fail("subscribe", error)

    [answer] = _say(connected, {"action": "subscribe", "projects": ["apollo"]})

    assert answer["code"] == code
    assert "StowageTable" not in answer["detail"]


def test_a_socket_that_is_gone_is_nobodys_trouble(connected: World) -> None:
    """Neither an answer nor a subscription can reach it; both end quietly."""
    connected.fake_connections.gone.add(ME)
    assert _say(connected, {"action": "ping"}) == []
    assert _say(connected, "{") == []

    connected.spies["sockets"].fail("subscribe", SocketGoneError("closed"))
    assert _say(connected, {"action": "subscribe", "projects": ["apollo"]}) == []


def test_an_answer_that_cannot_be_sent_is_no_exception(connected: World) -> None:
    """A throttled connection loses the answer, not the function."""
    connected.spies["connections"].fail("post", ThrottledError("slow down"), times=2)

    assert _say(connected, {"action": "ping"}) == []


def test_a_disconnect_forgets_the_socket(connected: World) -> None:
    """Subscriptions go with it; a second one is harmless."""
    _say(connected, {"action": "subscribe", "projects": ["apollo"]})

    assert (_handle(connected, "$disconnect"), _handle(connected, "$disconnect")) == (200, 200)
    assert (connected.fake_sockets.people, connected.fake_sockets.subscriptions) == ({}, {})
