"""What is sent to the reveal: refused by its form alone, told in no line of the log, counted."""

import json
from io import StringIO
from typing import Any

import pytest

from stowage.domain.errors import AccessDeniedError
from tests.unit.api.credentials import (
    HANDOVER,
    PASSPHRASE,
    SECRET,
    TOKEN,
    handover,
    reveal,
)
from tests.unit.api.reveals import PATH, STEPS
from tests.unit.api.world import World


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_nothing_but_a_post_touches_a_link(linked: World, method: str) -> None:
    """Previews of links burn nothing: no port is even asked."""
    reply = linked.call(method, PATH, person=None)

    assert reply.status == (204 if method == "OPTIONS" else 405)
    assert reply.headers["allow"] == "POST"
    assert linked.calls == []


@pytest.mark.parametrize(
    ("fields", "status", "pointer"),
    [
        ({"body": None}, 415, None),
        ({"body": "", "headers": {"content-type": "application/json"}}, 400, None),
        ({"body": '{"token":"' + TOKEN + '","token":"x"}', "headers": {"content-type": "application/json"}}, 400, None),
        ({"body": '{"token":"\\ud800"}', "headers": {"content-type": "application/json"}}, 400, None),
        ({"body": "x" * 300_000, "headers": {"content-type": "application/json"}}, 413, None),
        ({"json": []}, 422, ""),
        ({"json": {}}, 422, "/token"),
        ({"json": {"token": None}}, 422, "/token"),
        ({"json": {"token": 7}}, 422, "/token"),
        ({"json": {"token": TOKEN[:-1]}}, 422, "/token"),
        ({"json": {"token": TOKEN + "A"}}, 422, "/token"),
        ({"json": {"token": TOKEN + "\n"}}, 422, "/token"),
        ({"json": {"token": "\uff21" * 22}}, 422, "/token"),
        ({"json": {"token": "A" * 100_000}}, 422, "/token"),
        ({"json": {"token": TOKEN, "passphrase": ""}}, 422, "/passphrase"),
        ({"json": {"token": TOKEN, "passphrase": "x" * 201}}, 422, "/passphrase"),
        ({"json": {"token": TOKEN, "passphrase": ["x"]}}, 422, "/passphrase"),
        ({"json": {"token": TOKEN, "pass": "x"}}, 422, ""),
    ],
    ids=str,
)
def test_a_body_that_is_none_is_refused(
    linked: World, fields: dict[str, Any], status: int, pointer: str | None, log: StringIO
) -> None:
    """By its form alone: no port is asked, and nothing of it is logged."""
    reply = linked.call("POST", PATH, person=None, **fields)

    assert reply.status == status, reply
    if pointer is not None:
        assert pointer in {fault["pointer"] for fault in reply.json["errors"]}
    assert linked.calls == []
    assert TOKEN not in log.getvalue()


def test_neither_token_nor_passphrase_nor_secret_is_logged(linked: World, log: StringIO) -> None:
    """The handover's id and the status are; whatever goes wrong on the way."""
    linked.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)
    for port, verb, times in STEPS:
        linked.spies[port].fail(verb, AccessDeniedError("no"), times=times)

    statuses = [
        reveal(linked, passphrase="wrong" * 5).status,
        reveal(linked).status,
        reveal(linked, passphrase=PASSPHRASE).status,
        reveal(linked, passphrase=PASSPHRASE).status,
    ]

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    answered = [(line["status"], line["handover"]) for line in lines if line.get("message") == "answered"]
    assert (
        answered == [(status, HANDOVER) for status in statuses] == [(each, HANDOVER) for each in (403, 403, 200, 410)]
    )
    for secret in (TOKEN, PASSPHRASE, SECRET, "wrongwrong", linked.fake_handovers.rows[HANDOVER].token_hash):
        assert secret not in log.getvalue()


def test_a_reveal_counts_its_refusals(linked: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What the alarm watches."""
    reveal(linked, token="A" * 22)
    reveal(linked)
    reveal(linked)

    assert capsys.readouterr().out.count('"RevealsRefused":[1.0]') == 2


def test_an_address_that_says_too_much_of_its_program_is_cut(linked: World) -> None:
    """What a caller writes of itself fills no row, and breaks none."""
    given = {"version": "2.0", "rawPath": PATH, "headers": {"content-type": "application/json"}}
    http = {"method": "POST", "path": PATH, "sourceIp": "192.0.2.7", "userAgent": "\ud800é" * 1000}
    body = json.dumps({"token": TOKEN})
    event = {**given, "requestContext": {"http": http, "requestId": "r", "stage": "$default"}, "body": body}

    assert linked.reveal_handler(event, None)["statusCode"] == 200
    assert linked.fake_handovers.audit[HANDOVER].user_agent == "?" * 256


def test_what_a_terminal_would_obey_is_not_kept_of_a_programs_name(linked: World) -> None:
    """An auditor reads the row on a screen."""
    given = {"version": "2.0", "rawPath": PATH, "headers": {"content-type": "application/json"}}
    http = {"method": "POST", "path": PATH, "sourceIp": "192.0.2.7", "userAgent": "cu\x1b[31mrl\x00\t/8\x7f\n"}
    event = {
        **given,
        "requestContext": {"http": http, "requestId": "r", "stage": "$default"},
        "body": json.dumps({"token": TOKEN}),
    }

    assert linked.reveal_handler(event, None)["statusCode"] == 200
    assert linked.fake_handovers.audit[HANDOVER].user_agent == "cu[31mrl/8"
