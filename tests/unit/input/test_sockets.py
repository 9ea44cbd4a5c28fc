"""Sockets: who may open one, what it may follow, and whatever else is sent over it."""

import hashlib
from io import StringIO

import pytest

from tests.unit.api.sockets import ME, connect, handle, say, ticket_of
from tests.unit.api.world import ORIGIN, World
from tests.unit.fakes.people import MANAGER, OPERATOR, STRANGER
from tests.unit.input.refusal import READS, assert_quiet

ANSWERS = {"FakeConnections.post"}
"""An answer over the socket is no change."""
FRAME = 32 * 1024


def assert_untouched(house: World, log: StringIO) -> None:
    """Fail if anything but an answer came of it, or the log tells of a defect."""
    assert [call for call in house.calls if call.split(".")[1] not in READS and call not in ANSWERS] == []
    assert house.fake_sockets.subscriptions == {}
    assert_quiet(log)


def test_a_ticket_opens_one_socket(house: World) -> None:
    """A replay is refused."""
    ticket = ticket_of(house)

    assert (connect(house, ticket), connect(house, ticket)) == (200, 401)


def test_a_ticket_of_30_seconds_ago_is_refused(house: World) -> None:
    """It expires by its condition, not when the table happens to clean up."""
    ticket = ticket_of(house)
    house.fake_clock.advance(30)

    assert connect(house, ticket) == 401
    assert house.fake_sockets.people == {}


@pytest.mark.parametrize(
    "ticket", [None, "", "x", "x" * 5000, "ü", "a,b", "TICKET#x", "*", "\x00", "a\r\nb", "\u202e", "0" * 64]
)
def test_an_invented_ticket_is_refused(house: World, log: StringIO, ticket: str | None) -> None:
    """No ticket, no socket."""
    assert connect(house, ticket) == 401
    assert house.fake_sockets.people == {}
    assert_quiet(log)


def test_what_the_table_keeps_of_a_ticket_opens_nothing(house: World) -> None:
    """Who can read the table cannot connect; nor with a real ticket in other capitals, or one of two."""
    ticket = ticket_of(house)

    tried = [hashlib.sha256(ticket.encode()).hexdigest(), ticket.swapcase(), f"{ticket},{ticket}", f"{ticket} "]

    assert [connect(house, each) for each in tried] == [401] * 4
    assert connect(house, ticket) == 200


@pytest.mark.parametrize("where", ["access_token", "Ticket", "authorization"])
def test_a_ticket_counts_where_it_belongs_alone(house: World, where: str) -> None:
    """Under another name it is none, and it is not used up."""
    ticket = ticket_of(house)

    status = handle(house, "$connect", headers={"Origin": ORIGIN}, queryStringParameters={where: ticket})

    assert (status, connect(house, ticket)) == (401, 200)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "null",
        "",
        ORIGIN + ".evil.com",
        ORIGIN.upper(),
        ORIGIN + "/",
        ORIGIN.replace("https", "http"),
        f"{ORIGIN}, {ORIGIN}",
        ORIGIN + "\r\nx: y",
    ],
)
def test_a_foreign_page_is_refused_and_cannot_use_up_a_ticket(house: World, log: StringIO, origin: str) -> None:
    """The origin is judged first."""
    ticket = ticket_of(house)

    assert connect(house, ticket, origin) == 403
    assert connect(house, ticket) == 200
    assert_quiet(log)


@pytest.mark.parametrize(
    "project",
    [
        "nowhere",
        "APOLLO",
        "\uff41pollo",
        "apollo\u0301",
        "apollo ",
        "apollo\x00",
        "apollo\r\n",
        "apollo#",
        "PROJECT#apollo",
        "../apollo",
        "*",
        "apollo,gemini",
        "\u202eollopa",
        "${project}",
        "{% $states.input %}",
    ],
)
def test_a_project_that_is_none_is_forbidden(connected: World, log: StringIO, project: str) -> None:
    """It is told like somebody else's, so that nobody learns which projects exist; nothing of it is subscribed."""
    [refusal, hello] = say(connected, {"action": "subscribe", "projects": [project]})

    assert (refusal["code"], refusal["projects"], hello["seq"]) == ("forbidden", [project], {})
    assert connected.fake_sockets.subscribers(project) == ()
    assert_quiet(log)


def test_foreign_and_unknown_projects_are_named_and_the_rest_subscribed(house: World) -> None:
    """The two are told alike."""
    connect(house, ticket_of(house, MANAGER))

    answers = say(house, {"action": "subscribe", "projects": ["gemini", "apollo", "nowhere"]})

    assert answers[0]["code"] == "forbidden"
    assert answers[0]["projects"] == ["gemini", "nowhere"]
    assert answers[1] == {"type": "hello", "seq": {"apollo": 0}}
    assert house.fake_sockets.subscriptions == {ME: ("apollo",)}


def test_a_removed_member_cannot_subscribe(connected: World) -> None:
    """Membership is what it is now, not what it was at the connect."""
    connected.fake_projects.delete_membership("apollo", OPERATOR.id)

    [refusal, hello] = say(connected, {"action": "subscribe", "projects": ["apollo"]})

    assert (refusal["projects"], hello["seq"]) == (["apollo"], {})


def test_a_stranger_may_listen_to_nothing(house: World) -> None:
    """A person without any project has a socket, and no project's messages."""
    assert connect(house, ticket_of(house, STRANGER)) == 200

    [refusal, hello] = say(house, {"action": "subscribe", "projects": ["apollo", "gemini"]})

    assert (refusal["projects"], hello["seq"]) == (["apollo", "gemini"], {})


MESSAGES: dict[str, object] = {
    "nothing": "",
    "cut off": "{",
    "a list": "[]",
    "null": "null",
    "a text": '"ping"',
    "an object": "{}",
    "an unknown action": {"action": "shout"},
    "an action of Python": {"action": "__class__"},
    "a list of actions": {"action": ["ping"]},
    "an action in capitals": {"action": "PING"},
    "a ping with more": {"action": "ping", "more": 1},
    "no projects": {"action": "subscribe"},
    "null for projects": {"action": "subscribe", "projects": None},
    "a text for projects": {"action": "subscribe", "projects": "apollo"},
    "an object for projects": {"action": "subscribe", "projects": {"apollo": True}},
    "a number for a project": {"action": "subscribe", "projects": [1]},
    "an empty project": {"action": "subscribe", "projects": [""]},
    "a project of 129 characters": {"action": "subscribe", "projects": ["x" * 129]},
    "101 projects": {"action": "subscribe", "projects": [f"p{number}" for number in range(101)]},
    "in another's name": {"action": "subscribe", "projects": ["apollo"], "person": "somebody else"},
    "over another's connection": {"action": "subscribe", "projects": ["apollo"], "connection": "connection-2"},
    "the same key twice": '{"action":"ping","action":"subscribe"}',
    "NaN": '{"action":"ping","x":NaN}',
    "1e999": '{"action":"ping","x":1e999}',
    "a depth bomb": "[" * 30_000,
    "a lone surrogate, escaped": '{"action":"\\ud800"}',
    "a lone surrogate": "\ud800",
    "a NUL": "\x00",
    "ANSI": "\x1b[2J\x1b[31mowned",
    "the 8-bit escape character": "\x9b2J",
    "CR LF": '{"action":"a\\r\\n{\\"level\\":\\"ERROR\\"}"}',
    "an oversize frame": '{"action":"ping","x":"' + "x" * FRAME + '"}',
    "an oversize frame of two-byte characters": '{"action":"ping","x":"' + "ä" * (FRAME // 2) + '"}',
    "a megabyte": "x" * 1024 * 1024,
}


@pytest.mark.parametrize("what", MESSAGES)
def test_a_message_that_is_none_is_answered_with_an_error(connected: World, log: StringIO, what: str) -> None:
    """Code and sentence, the connection stays, nothing is subscribed."""
    [answer] = say(connected, MESSAGES[what])

    assert (answer["type"], answer["code"]) == ("error", "invalid-message")
    assert answer["detail"]
    assert_untouched(connected, log)


def test_a_flood_changes_nothing(connected: World, log: StringIO) -> None:
    """500 bad messages are 500 short answers; the template's throttling bounds how many arrive in a second."""
    for number in range(500):
        [answer] = say(connected, '{"action":"' + "x" * number)
        assert answer["code"] == "invalid-message"

    assert_untouched(connected, log)
    assert say(connected, {"action": "ping"}) == [{"type": "pong"}]


def test_a_flood_over_a_connection_that_is_unknown_reads_one_row_a_message(house: World, log: StringIO) -> None:
    """Who is not connected is told so, and costs no more than that."""
    for _ in range(100):
        [answer] = say(house, {"action": "subscribe", "projects": ["apollo", "gemini"]})
        assert answer["code"] == "not-connected"

    assert set(house.calls) == {"FakeSockets.person_of", "FakeConnections.post"}
    assert_untouched(house, log)
