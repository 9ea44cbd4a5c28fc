"""Sockets: a ticket opens one, and it follows its person's projects alone."""

import hashlib

import pytest

from stowage.domain.errors import ConcurrentUpdateError, InvalidRequestError, SocketGoneError, ThrottledError
from stowage.domain.ports import PROJECTS_PER_SOCKET
from stowage.domain.projects import Role
from tests.unit.api.sockets import ME, connect, handle, say, ticket_of
from tests.unit.api.world import ORIGIN, World
from tests.unit.fakes.people import MANAGER, OPERATOR, STRANGER, member, project


@pytest.fixture
def connected(world: World) -> World:
    """Give a world in which the operator's socket is open."""
    assert connect(world, ticket_of(world, OPERATOR)) == 200
    return world


def test_a_ticket_is_random_and_kept_as_its_hash_alone(world: World) -> None:
    """256 bits, 30 seconds, and nothing in the table that could open a socket."""
    reply = world.call("POST", "/v1/socket-tickets", person=STRANGER)

    ticket = reply.json["ticket"]
    assert (reply.status, reply.headers["cache-control"]) == (201, "no-store")
    assert (len(ticket), reply.json["expiresAt"]) == (43, "2026-11-23T09:00:30.000Z")
    expected = (STRANGER.id, world.fake_clock.epoch() + 30)
    assert world.fake_tickets.rows == {hashlib.sha256(ticket.encode()).hexdigest(): expected}
    assert ticket_of(world) != ticket_of(world)


@pytest.mark.parametrize("origin", [ORIGIN, None])
def test_a_fresh_ticket_opens_a_socket(world: World, origin: str | None) -> None:
    """From the console's origin, or from what is no browser."""
    assert connect(world, ticket_of(world), origin) == 200
    assert world.fake_sockets.people == {ME: MANAGER.id}
    assert world.fake_sockets.expiries[ME] > world.fake_clock.epoch() + 2 * 3600


def test_a_throttled_connect_is_503(world: World) -> None:
    """AWS's trouble refuses the handshake instead of crashing it."""
    world.spies["tickets"].fail("redeem", ThrottledError("slow down"))

    assert connect(world, ticket_of(world)) == 503


def test_hello_tells_the_sequence_number_of_each_project(connected: World) -> None:
    """From there on the page sees every gap."""
    connected.fake_resources.advance_seq("gemini", 7)

    answers = say(connected, {"action": "subscribe", "projects": ["apollo", "gemini", "apollo"]}, "subscribe")

    assert answers == [{"type": "hello", "seq": {"apollo": 0, "gemini": 7}}]
    assert [each.person for each in connected.fake_sockets.subscribers("gemini")] == [OPERATOR.id]


def test_a_subscription_that_another_overtakes_gets_its_hello(connected: World) -> None:
    """Two messages of one page at once: neither is left without an answer."""
    connected.spies["sockets"].fail("subscribe", ConcurrentUpdateError("another was quicker"), times=4)

    answers = say(connected, {"action": "subscribe", "projects": ["gemini"]}, "subscribe")

    assert answers == [{"type": "hello", "seq": {"gemini": 0}}]


def test_a_subscription_that_is_overtaken_for_ever_is_told_to_come_again(connected: World) -> None:
    """No answer at all would leave the page waiting."""
    connected.spies["sockets"].fail("subscribe", ConcurrentUpdateError("another was quicker"), times=5)

    [refusal] = say(connected, {"action": "subscribe", "projects": ["gemini"]}, "subscribe")

    assert (refusal["type"], refusal["code"]) == ("error", "unavailable")


def test_the_sequence_number_is_read_after_the_subscription_stands(connected: World) -> None:
    """Else a message in between would be neither counted nor delivered (N2)."""
    connected.calls.clear()

    say(connected, {"action": "subscribe", "projects": ["apollo"]})

    order = [call for call in connected.calls if call in {"FakeSockets.subscribe", "FakeResources.get_seq"}]
    assert order == ["FakeSockets.subscribe", "FakeResources.get_seq"]


def test_a_subscription_replaces_the_one_before(connected: World) -> None:
    """A page that moves on stops receiving the old project's messages."""
    say(connected, {"action": "subscribe", "projects": ["apollo"]})
    say(connected, {"action": "subscribe", "projects": ["gemini"]})

    assert connected.fake_sockets.subscriptions == {ME: ("gemini",)}


def test_as_many_projects_can_be_followed_as_the_table_takes(connected: World) -> None:
    """They are answered in one frame, one more is refused before anything is read."""
    names = [f"project-{number:03}" for number in range(PROJECTS_PER_SOCKET + 1)]
    for name in names:
        connected.fake_projects.put_membership(member(project(name), OPERATOR, Role.OPERATOR))

    [hello] = say(connected, {"action": "subscribe", "projects": names[:-1]})
    connected.calls.clear()
    [refusal] = say(connected, {"action": "subscribe", "projects": names})

    assert set(connected.calls) <= {"FakeConnections.post"}
    assert len(hello["seq"]) == PROJECTS_PER_SOCKET
    assert (refusal["type"], refusal["code"]) == ("error", "invalid-message")


@pytest.mark.parametrize("route", ["$default", "ping"])
def test_a_ping_is_answered(connected: World, route: str) -> None:
    """What keeps the connection open, by a route of its own or the default one."""
    assert say(connected, {"action": "ping"}, route) == [{"type": "pong"}]


def test_an_unknown_connection_is_told_so(world: World) -> None:
    """A row that has expired means: connect again."""
    [answer] = say(world, {"action": "subscribe", "projects": ["apollo"]})

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

    [answer] = say(connected, {"action": "subscribe", "projects": ["apollo"]})

    assert answer["code"] == code
    assert "StowageTable" not in answer["detail"]


def test_a_socket_that_is_gone_is_nobodys_trouble(connected: World) -> None:
    """Neither an answer nor a subscription can reach it; both end quietly."""
    connected.fake_connections.gone.add(ME)
    assert say(connected, {"action": "ping"}) == []
    assert say(connected, "{") == []

    connected.spies["sockets"].fail("subscribe", SocketGoneError("closed"))
    assert say(connected, {"action": "subscribe", "projects": ["apollo"]}) == []


def test_an_answer_that_cannot_be_sent_is_no_exception(connected: World) -> None:
    """A throttled connection loses the answer, not the function."""
    connected.spies["connections"].fail("post", ThrottledError("slow down"), times=2)

    assert say(connected, {"action": "ping"}) == []


def test_a_disconnect_forgets_the_socket(connected: World) -> None:
    """Subscriptions go with it; a second one is harmless."""
    say(connected, {"action": "subscribe", "projects": ["apollo"]})

    assert (handle(connected, "$disconnect"), handle(connected, "$disconnect")) == (200, 200)
    assert (connected.fake_sockets.people, connected.fake_sockets.subscriptions) == ({}, {})
