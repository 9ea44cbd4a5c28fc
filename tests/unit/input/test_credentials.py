"""Requests about credentials: bodies, ids, headers and passphrases of every wrong kind."""

from io import StringIO
from typing import Any

import pytest

from stowage.domain.credentials import RotationStep
from tests.unit.api.credentials import HANDOVER, PASSPHRASE, ROTATION, TOKEN, handover, key, lay_user, running
from tests.unit.api.world import World
from tests.unit.input.refusal import INVALID, READS, UNKNOWN, WRONG_SPEC, Case, assert_refused, cases

USER = "/v1/projects/apollo/users/partner"
HANDOVERS, ROTATIONS = f"{USER}/handovers", f"{USER}/rotations"
REVEAL = f"/v1/handovers/{HANDOVER}/reveal"
TOO_LARGE, WRONG_TYPE = (413, "body-too-large"), (415, "unsupported-media-type")
HOURS: dict[tuple[str, str], tuple[Any, ...]] = {
    (HANDOVERS, "expiresInHours"): (0, 721, -1, 1.5, "1", True, None, [], 2**53),
    (ROTATIONS, "overlapHours"): (-1, 721, "24", True, None, {}),
    (ROTATIONS, "undoHours"): (-1, 337, 0.5, False),
}
NO_OBJECTS: tuple[Any, ...] = ([], "text", 1)
KNOWN_PASSPHRASES: tuple[Any, ...] = ("", "x" * 201, 7, {}, True)
PASSPHRASES: tuple[Any, ...] = (*KNOWN_PASSPHRASES, "short", "x" * 11, [])


@pytest.fixture
def laid(house: World) -> World:
    """Give the house with a user, a key that nobody has seen, a rotation that waits, and a link."""
    lay_user(house, key(), kind="user", spec={"grants": []}, rotation=running(RotationStep.AWAITING_IDLE))
    house.fake_handovers.create(handover(kind="user", passphrase=PASSPHRASE))
    house.fake_waits.waiting.add("token-of-the-wait")
    return house


def post(what: str, path: str, refusal: tuple[int, str], pointer: str | None = None, **fields: Any) -> Case:
    """Give the case of a POST."""
    person = {"person": None} if path == REVEAL else {}
    return Case(what, refusal, pointer, method="POST", path=path, fields=fields, **person)


def _json(path: str, pointer: str, body: object) -> Case:
    return post(f"{path.rpartition('/')[2]}: {body!r}"[:100], path, WRONG_SPEC, pointer, json=body)


def _raw(path: str, text: str, refusal: tuple[int, str] = INVALID, content_type: str = "application/json") -> Case:
    what = f"{path.rpartition('/')[2]}: {text[:40]!r} as {content_type}"
    return post(what, path, refusal, body=text, headers={"content-type": content_type})


@cases(
    *(_json(path, f"/{name}", {name: value}) for (path, name), values in HOURS.items() for value in values),
    *(_json(HANDOVERS, "/passphrase", {"passphrase": value}) for value in PASSPHRASES),
    *(_json(REVEAL, "/passphrase", {"token": TOKEN, "passphrase": value}) for value in KNOWN_PASSPHRASES),
    *(
        _json(REVEAL, "/token", {"token": value})
        for value in ("", "short", TOKEN + "=", " " + TOKEN[1:], TOKEN[:-1] + "\u0131", "\u202e" * 22, 1, None, [TOKEN])
    ),
    *(_json(path, "", {"unknown": 1}) for path in (HANDOVERS, ROTATIONS, REVEAL)),
    *(_json(path, "", body) for path in (HANDOVERS, ROTATIONS, REVEAL) for body in NO_OBJECTS),
    *(
        _raw(path, text)
        for path in (HANDOVERS, ROTATIONS, REVEAL)
        for text in ("{", '{"a":1,"a":2}', '{"a":NaN}', '{"a":1e999}', '{"\\ud800":1}', "[" * 40 + "]" * 40, "null x")
    ),
    *(_raw(path, "x" * 300_000, TOO_LARGE) for path in (HANDOVERS, ROTATIONS, REVEAL)),
    *(_raw(path, "{}", WRONG_TYPE, "text/plain") for path in (HANDOVERS, ROTATIONS, REVEAL)),
    post("an Idempotency-Key with a space", ROTATIONS, INVALID, headers={"idempotency-key": "a b"}),
    post("an Idempotency-Key of 256", ROTATIONS, INVALID, headers={"idempotency-key": "k" * 256}),
)
def test_a_body_or_header_that_is_wrong_is_refused(laid: World, log: StringIO, case: Case) -> None:
    """With the field's pointer; nothing is minted, made, opened or used up, and no try is taken."""
    assert_refused(laid, log, case)
    assert laid.fake_handovers.rows[HANDOVER].tries_left == 5


ODD = (
    "..",
    "*",
    "hnd-" + "C" * 32,
    "hnd-\uff43" + "c" * 31,
    "'; DROP",
    "${aws:userid}",
    "{{resolve:x}}",
    "h" * 129,
    "\ud800",
)


@cases(
    *(Case(f"{method} handover {odd}", UNKNOWN, method=method, path=f"{HANDOVERS}/{odd}", fields={})
      for method in ("GET", "DELETE") for odd in ODD),
    *(post(f"{wish} {odd}", f"{ROTATIONS}/{odd}/{wish}", UNKNOWN) for wish in ("advance", "undo") for odd in ODD),
    *(post(f"reveal {odd}", f"/v1/handovers/{odd}/reveal", UNKNOWN, json={"token": TOKEN}) for odd in ODD),
    *(Case(f"{part} of {odd}", UNKNOWN, method="GET", path=f"/v1/projects/apollo/users/{odd}/{part}", fields={})
      for part in ("credentials", "handovers") for odd in ODD),
)  # fmt: skip
def test_an_id_that_names_nothing_is_404(laid: World, log: StringIO, case: Case) -> None:
    """Whatever it is made of."""
    assert_refused(laid, log, case)


@pytest.mark.parametrize("fields", [{"query": {"x": "1"}}], ids=str)
@pytest.mark.parametrize("path", [f"{USER}/credentials", HANDOVERS, f"{HANDOVERS}/{HANDOVER}"])
def test_a_query_that_nobody_knows_is_refused(laid: World, path: str, fields: dict[str, Any]) -> None:
    """A filter that is not there is not ignored."""
    assert laid.call("GET", path, **fields).status == 400
    assert {call.split(".")[1] for call in laid.calls if call.split(".")[1] not in READS} <= {"put", "create"}


@pytest.mark.parametrize("passphrase", [" " * 12, "x" * 200, "abcd" * 3, "\U0001f511" * 12])
def test_a_passphrase_that_anybody_guesses_is_refused(laid: World, passphrase: str) -> None:
    """Twelve blanks, or one letter twelve times: 422 with the reason, and no link."""
    reply = laid.call("POST", HANDOVERS, json={"passphrase": passphrase})

    assert (reply.status, reply.json["pointer"]) == (422, "/passphrase")
    assert "5 different characters" in reply.json["detail"]
    assert "FakeHandovers.create" not in laid.calls


def test_what_a_person_types_as_a_passphrase_may_be_anything(laid: World) -> None:
    """Emoji, spaces, quotes, right to left: 12 characters are 12 characters, if five of them differ."""
    for passphrase in (
        " a b c d " * 2,
        "\U0001f511\U0001f512\U0001f513\U0001f5dd\U0001f510" * 3,
        "'\"\\;--${x}{{y",
        "\u05e1\u05d9\u05e1\u05de\u05d4 " * 3,
        "vwxyz" * 40,
    ):
        made = laid.call("POST", HANDOVERS, json={"passphrase": passphrase}).json
        address, _, token = made["url"].partition("#token=")
        path = f"/v1/handovers/{address.rpartition('/')[2]}/reveal"

        wrong = laid.call("POST", path, person=None, json={"token": token, "passphrase": passphrase + "x"})
        right = laid.call("POST", path, person=None, json={"token": token, "passphrase": passphrase})
        laid.fake_handovers.revealed.clear()
        laid.fake_credentials.rows.clear()
        lay_user(laid, key(), kind="user", rotation=running(RotationStep.AWAITING_IDLE))

        expected = 422 if len(passphrase) == 200 else 403
        assert (wrong.status, right.status, right.json["accessKeyId"]) == (expected, 200, key().access_key_id)
    assert ROTATION in laid.fake_credentials.rows["apollo", "user", "partner"].keys[0].rotation
