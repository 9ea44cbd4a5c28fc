"""The public reveal: one look, whoever asks and whatever fails; nothing is used up by what is refused."""

import json
import unicodedata
from datetime import timedelta
from io import StringIO
from threading import Event
from typing import Any

import pytest

from api import after_reveal
from stowage.domain.credentials import EndedRotation, KeyStatus, RotationOutcome, RotationStep
from stowage.domain.errors import (
    AccessDeniedError,
    ConcurrentUpdateError,
    PermanentError,
    ServiceUnavailableError,
    StowageError,
    ThrottledError,
)
from stowage.domain.handovers import HandoverStatus
from stowage.domain.notices import NoticeCode
from stowage.domain.resources import ResourceStatus
from stowage.domain.reveals import key_to_hand_over, settle_reveal
from tests.unit.api.credentials import (
    HANDOVER,
    MINTED,
    OTHER_ROTATION,
    PASSPHRASE,
    ROTATION,
    SECRET,
    SPEC,
    STACK,
    TOKEN,
    handover,
    key,
    lay_user,
    reveal,
    running,
)
from tests.unit.api.world import World
from tests.unit.fakes.kinds import crate, safe
from tests.unit.fakes.people import MANAGER, project
from tests.unit.fakes.resources import resource_row

PATH = f"/v1/handovers/{HANDOVER}/reveal"
OTHER = "hnd-" + "d" * 32
ENDED = EndedRotation(id=ROTATION, outcome=RotationOutcome.FAILED, cause=None, ended_at="2026-11-23T08:50:00.000Z")


@pytest.fixture
def house() -> World:
    """Give a user with a key that nobody has seen, and a link to it."""
    world = World(crate(), safe())
    lay_user(world)
    world.fake_handovers.create(handover())
    return world


def assert_unburned(world: World, handover_id: str = HANDOVER) -> None:
    """Fail if anything of the handover was used up."""
    row = world.fake_handovers.rows[handover_id]
    assert (row.status, row.opened_at, row.tries_left) == (HandoverStatus.WAITING, None, 5)
    assert (world.fake_handovers.audit, world.fake_handovers.revealed) == ({}, {})
    assert list(world.fake_secrets.secrets.values()) == [MINTED]
    [kept] = world.fake_credentials.rows["apollo", "safe", "partner"].keys
    assert (kept.handed_over_at, kept.secret_id is None) == (None, False)


def assert_settled(world: World) -> None:
    """Fail unless key, secret and row tell that it was revealed."""
    [kept] = world.fake_credentials.rows["apollo", "safe", "partner"].keys
    assert (kept.handed_over_at, kept.secret_id) == (world.fake_clock.iso(), None)
    assert world.fake_secrets.secrets == {}


def test_a_link_shows_the_credentials(house: World) -> None:
    """To whoever has it, signed in or not; nobody stores the answer."""
    reply = reveal(house)

    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    assert reply.json == {
        "accessKeyId": MINTED.access_key_id,
        "secretAccessKey": SECRET,
        "userName": "stowage-partner",
        "region": "eu-west-1",
        "grants": SPEC["grants"],
    }


def test_what_a_reveal_leaves(house: World) -> None:
    """The link is used up, the audit row tells by whom; key, secret and the managers know."""
    house.fake_sockets.add("page", MANAGER.id, expires_at=0)
    house.fake_sockets.subscribe("page", MANAGER.id, ("apollo",), expires_at=0)

    reveal(house)

    row, audit = house.fake_handovers.rows[HANDOVER], house.fake_handovers.audit[HANDOVER]
    assert (row.status, row.opened_at, row.opened_from) == (HandoverStatus.OPENED, house.fake_clock.iso(), "192.0.2.1")
    assert (audit.access_key_id, audit.source, audit.user_agent) == (MINTED.access_key_id, "192.0.2.1", "t")
    assert_settled(house)
    assert house.fake_secrets.persons == [MANAGER.id, MANAGER.id]
    assert house.fake_notices.codes == [NoticeCode.HANDOVER_OPENED]
    told = house.fake_connections.messages("page")
    assert [(each["type"], each["seq"]) for each in told] == [("notice", 1), ("credentials", 2)]
    assert told[0]["notice"]["code"] == "HANDOVER_OPENED"
    assert (told[1]["kind"], told[1]["name"]) == ("safe", "partner")


def test_a_rotation_that_waits_for_the_handover_is_woken(house: World) -> None:
    """Once the row tells that the key was handed over."""
    row = house.fake_credentials.rows["apollo", "safe", "partner"]
    house.fake_credentials.put(row.model_copy(update={"rotation": running(RotationStep.AWAITING_HANDOVER)}))
    house.fake_waits.waiting.add("token-of-the-wait")

    assert reveal(house).status == 200
    assert list(house.fake_waits.succeeded) == ["token-of-the-wait"]


def test_a_link_opens_once(house: World) -> None:
    """The second look is refused with a sentence, noted, and told to the managers, once however often it is tried."""
    reveal(house)
    house.fake_clock.advance(60)

    replies = [reveal(house) for _ in range(3)]

    assert [(each.status, each.slug) for each in replies] == [(410, "handover-refused")] * 3
    assert "used already" in replies[0].json["detail"]
    assert house.fake_handovers.rows[HANDOVER].retried_at == house.fake_clock.iso()
    assert house.fake_notices.codes == [NoticeCode.HANDOVER_OPENED, NoticeCode.HANDOVER_TRIED_AGAIN]


def test_a_key_is_shown_once_through_whichever_link(house: World) -> None:
    """Two links to the same key, which a list of a moment ago can leave: the first that is opened counts."""
    house.fake_handovers.create(handover(id=OTHER))
    lost = ServiceUnavailableError("lost")
    house.spies["credential_rows"].fail("put", lost)  # so that the key itself does not tell it

    assert reveal(house).status == 200
    assert (reveal(house, path=OTHER).status, reveal(house, path=OTHER).slug) == (410, "handover-refused")
    assert house.fake_handovers.audit.keys() == {HANDOVER}


@pytest.mark.parametrize(
    ("path", "token"),
    [
        (HANDOVER, "B" * 22),
        ("hnd-" + "0" * 32, TOKEN),
        (HANDOVER.upper(), TOKEN),
        ("hnd-" + "c" * 31, TOKEN),
        ("hnd-" + "c" * 32 + "\n", TOKEN),
        ("../hnd", TOKEN),
        ("hnd-\u00e9", TOKEN),
        ("x" * 500, TOKEN),
    ],
    ids=["wrong token", "unknown", "upper case", "short", "line feed", "slash", "accent", "long"],
)
def test_an_unknown_link_and_a_wrong_token_are_not_told_apart(house: World, path: str, token: str) -> None:
    """The same 404 to the letter, by reading alone; but for what is no address at all."""
    known = reveal(house, token="A" * 22)
    house.calls.clear()

    reply = reveal(house, path=path, token=token)

    assert reply.status == 404
    if len(path) < 100 and "/" not in path:
        assert (reply.text, reply.headers) == (known.text, known.headers)
    assert set(house.calls) <= {"FakeHandovers.get"}
    assert_unburned(house)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": HandoverStatus.REVOKED}, "was taken back"),
        ({"expires_at": "2026-11-23T09:00:00.000Z"}, "has expired"),
        ({"passphrase": PASSPHRASE, "tries_left": 0}, "is locked"),
    ],
)
def test_a_link_that_is_over_says_why(house: World, fields: dict[str, Any], sentence: str) -> None:
    """In words for a third party; the secret is not even read."""
    house.fake_handovers.rows[HANDOVER] = handover(**fields)

    reply = reveal(house, passphrase=PASSPHRASE)

    assert (reply.status, reply.slug) == (410, "handover-refused")
    assert sentence in reply.json["detail"]
    assert "Ask your contact" in reply.json["detail"]
    assert house.fake_secrets.persons == []
    assert house.fake_handovers.audit == {}


def test_a_missing_passphrase_takes_no_try(house: World) -> None:
    """The page asks for it then."""
    house.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)

    reply = reveal(house)

    assert (reply.status, reply.slug, reply.json["triesLeft"]) == (403, "wrong-passphrase", 5)
    assert_unburned(house)


def test_the_fifth_wrong_passphrase_locks_the_link(house: World) -> None:
    """Even the right one opens nothing then; the managers are told."""
    house.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)

    replies = [reveal(house, passphrase=f"{PASSPHRASE}{number}") for number in range(5)]

    assert [(each.status, each.json["triesLeft"]) for each in replies] == [(403, left) for left in (4, 3, 2, 1, 0)]
    assert house.fake_notices.codes == [NoticeCode.HANDOVER_LOCKED]
    assert (reveal(house, passphrase=PASSPHRASE).status, house.fake_handovers.audit) == (410, {})
    assert list(house.fake_secrets.secrets.values()) == [MINTED]


def test_a_right_passphrase_costs_no_try(house: World) -> None:
    """Who knows it may ask as often as it takes until the key is ready."""
    house.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)
    house.spies["secret_store"].fail("get", ThrottledError("slow down"), times=7)

    replies = [reveal(house, passphrase=PASSPHRASE).status for _ in range(8)]

    assert replies == [503] * 7 + [200]


def test_a_passphrase_is_the_same_however_its_letters_are_composed(house: World) -> None:
    """A phone and a desktop send one accent in two ways."""
    house.fake_handovers.rows[HANDOVER] = handover(passphrase=unicodedata.normalize("NFC", "crème brûlée à l'orange"))

    assert reveal(house, passphrase=unicodedata.normalize("NFD", "crème brûlée à l'orange")).status == 200


def test_the_try_is_taken_before_the_passphrase_is_compared(house: World) -> None:
    """A guess whose try could not be taken learns nothing, not even if it is right."""
    house.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)
    house.spies["handovers"].fail("take_try", ThrottledError("slow down"), times=2)

    assert [reveal(house, passphrase=each).status for each in (PASSPHRASE, "x" * 12)] == [503, 503]
    assert_unburned(house)


@pytest.mark.parametrize(
    "lay",
    [
        {"keys": ()},
        {"keys": (), "rotation": running(RotationStep.MINTING)},
        {"keys": (key(ready_at=None),), "rotation": running(RotationStep.PROBING)},
    ],
    ids=["no key", "minting", "probing"],
)
def test_a_key_in_the_making_is_waited_for(house: World, lay: dict[str, Any]) -> None:
    """409 with Retry-After, as often as it takes."""
    row = house.fake_credentials.rows["apollo", "safe", "partner"]
    house.fake_credentials.rows["apollo", "safe", "partner"] = row.model_copy(update=lay)

    for _ in range(10):
        reply = reveal(house)
        assert (reply.status, reply.slug, reply.headers["retry-after"]) == (409, "handover-not-ready", "3")

    assert house.fake_handovers.rows[HANDOVER].status is HandoverStatus.WAITING


def test_a_user_without_a_row_is_waited_for(house: World) -> None:
    """The first minting has not begun."""
    house.fake_credentials.rows.clear()

    assert (reveal(house).status, reveal(house).slug) == (409, "handover-not-ready")


@pytest.mark.parametrize(
    "fields",
    [
        {"keys": (), "last_rotation": ENDED},
        {"keys": (), "rotation": running(RotationStep.MINTING, id=OTHER_ROTATION)},
        {"keys": (key(handed_over_at="2026-11-23T08:59:00.000Z", secret_id=None),)},
        {"keys": (key(status=KeyStatus.INACTIVE),)},
        {"suspended": True},
        {"closed": True},
        {"stack_id": "of a user who is gone"},
    ],
    ids=["failed", "another rotation", "seen", "inactive", "suspended", "closed", "another user"],
)
def test_credentials_that_are_over_are_not_shown(house: World, fields: dict[str, Any]) -> None:
    """The link says so; nothing is read from the store."""
    row = house.fake_credentials.rows["apollo", "safe", "partner"]
    house.fake_credentials.rows["apollo", "safe", "partner"] = row.model_copy(update=fields)

    assert (reveal(house).status, reveal(house).slug) == (410, "handover-refused")
    assert (house.fake_secrets.persons, house.fake_handovers.audit) == ([], {})


@pytest.mark.parametrize(
    "fields",
    [
        {"deleted": True},
        {"status": ResourceStatus.DELETING},
        {"spec": {**SPEC, "enabled": False}},
        {"spec": {**SPEC, "expiresAt": "2026-11-23T09:00:00Z"}},
    ],
    ids=["deleted", "deleting", "switched off", "expired"],
)
def test_a_user_who_is_off_is_not_shown(house: World, fields: dict[str, Any]) -> None:
    """Whatever its keys' row says still."""
    house.fake_resources.put(resource_row("apollo", "safe", "partner", **{"spec": SPEC, "stack_id": STACK, **fields}))

    assert (reveal(house).status, reveal(house).slug) == (410, "handover-refused")
    assert_unburned(house)


@pytest.mark.parametrize("error", [ThrottledError, ServiceUnavailableError, AccessDeniedError, PermanentError])
def test_a_store_that_does_not_answer_burns_nothing(house: World, error: type[StowageError]) -> None:
    """503, whether it is throttled or denied; afterwards the link opens."""
    house.spies["secret_store"].fail("get", error("no"))

    assert reveal(house).status == 503
    assert_unburned(house)
    assert reveal(house).status == 200


def test_a_secret_that_is_gone_is_told(house: World) -> None:
    """Somebody deleted it in the project's account; a new key is needed."""
    house.fake_secrets.secrets.clear()

    assert (reveal(house).status, house.fake_handovers.audit) == (410, {})


@pytest.mark.parametrize("error", [ThrottledError, ServiceUnavailableError, ConcurrentUpdateError])
def test_a_claim_whose_answer_is_lost_is_known_by_its_mark(house: World, error: type[StowageError]) -> None:
    """The one who claimed it gets it, and nobody else."""
    house.spies["handovers"].fail("open", error("lost"), after_effect=True)

    assert (reveal(house).status, reveal(house).status) == (200, 410)
    assert len(house.fake_handovers.audit) == 1


def test_a_claim_that_cannot_be_made_burns_nothing(house: World) -> None:
    """No audit row, no reveal: after three attempts the answer is 503."""
    house.spies["handovers"].fail("open", ServiceUnavailableError("no"), times=3)

    assert reveal(house).status == 503
    assert_unburned(house)
    assert reveal(house).status == 200


STEPS = [
    ("credential_rows", "put", 5),
    ("secret_store", "delete", 1),
    ("waits", "succeed", 1),
    ("notices", "put", 1),
    ("resources", "advance_seq", 2),
    ("sockets", "subscribers", 2),
]


@pytest.mark.parametrize(("port", "verb", "times"), STEPS, ids=str)
@pytest.mark.parametrize("error", [ThrottledError, AccessDeniedError, ConcurrentUpdateError])
def test_nothing_behind_the_claim_fails_the_answer(
    house: World, port: str, verb: str, times: int, error: type[StowageError]
) -> None:
    """And what it leaves is found: the sweep's `settle_reveal` brings row and store to what is true."""
    row = house.fake_credentials.rows["apollo", "safe", "partner"]
    house.fake_credentials.put(row.model_copy(update={"rotation": running(RotationStep.AWAITING_HANDOVER)}))
    house.spies[port].fail(verb, error("no"), times=times)

    assert (reveal(house).status, reveal(house).status) == (200, 410)

    settle(house)
    assert_settled(house)


@pytest.mark.parametrize("put", [0, 1])
def test_a_crash_between_any_two_steps_is_found(house: World, put: int) -> None:
    """After the claim; after the key was marked; after the secret was deleted."""
    fake, calls = house.spies["credential_rows"], iter(range(9))
    write = house.fake_credentials.put

    def put_until_the_crash(row: Any) -> Any:
        if next(calls) >= put:
            raise AccessDeniedError("crashed")
        return write(row)

    fake.put = put_until_the_crash

    assert reveal(house).status == 200
    row = house.fake_credentials.rows["apollo", "safe", "partner"]
    assert row.keys[0].secret_id is not None  # what the sweep looks for
    assert key_to_hand_over(row, handovers=house.fake_handovers) is None

    settle(house)
    assert_settled(house)
    settle(house)
    assert_settled(house)


def settle(house: World) -> None:
    """Do what the schedule does."""
    settle_reveal(
        (project(), "safe", "partner"),
        ROTATION,
        revealed_at=str(house.fake_handovers.revealed_at(ROTATION)),
        person="stowage",
        credential_rows=house.fake_credentials,
        secret_store=house.fake_secrets,
    )


def test_what_takes_long_behind_the_claim_holds_nothing_up(house: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer goes although the store hangs; the rest is done when it may."""
    monkeypatch.setattr(after_reveal, "AFTERWARDS_SECONDS", 0.01)
    go_on, done = Event(), Event()
    delete, give = house.fake_secrets.delete, house.fake_notices.put

    def hang(*args: Any, **kwargs: Any) -> None:
        go_on.wait(10)
        delete(*args, **kwargs)

    def tell(notice: Any) -> bool:
        done.set()
        return give(notice)

    house.spies["secret_store"].delete = hang
    house.spies["notices"].put = tell

    assert reveal(house).status == 200
    assert list(house.fake_secrets.secrets.values()) == [MINTED]
    go_on.set()
    assert done.wait(10)
    assert_settled(house)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_nothing_but_a_post_touches_a_link(house: World, method: str) -> None:
    """Previews of links burn nothing: no port is even asked."""
    reply = house.call(method, PATH, person=None)

    assert reply.status == (204 if method == "OPTIONS" else 405)
    assert reply.headers["allow"] == "POST"
    assert house.calls == []


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
    house: World, fields: dict[str, Any], status: int, pointer: str | None, log: StringIO
) -> None:
    """By its form alone: no port is asked, and nothing of it is logged."""
    reply = house.call("POST", PATH, person=None, **fields)

    assert reply.status == status, reply
    if pointer is not None:
        assert pointer in {fault["pointer"] for fault in reply.json["errors"]}
    assert house.calls == []
    assert TOKEN not in log.getvalue()


def test_neither_token_nor_passphrase_nor_secret_is_logged(house: World, log: StringIO) -> None:
    """The handover's id and the status are; whatever goes wrong on the way."""
    house.fake_handovers.rows[HANDOVER] = handover(passphrase=PASSPHRASE)
    for port, verb, times in STEPS:
        house.spies[port].fail(verb, AccessDeniedError("no"), times=times)

    statuses = [
        reveal(house, passphrase="wrong" * 5).status,
        reveal(house).status,
        reveal(house, passphrase=PASSPHRASE).status,
        reveal(house, passphrase=PASSPHRASE).status,
    ]

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    answered = [(line["status"], line["handover"]) for line in lines if line.get("message") == "answered"]
    assert (
        answered == [(status, HANDOVER) for status in statuses] == [(each, HANDOVER) for each in (403, 403, 200, 410)]
    )
    for secret in (TOKEN, PASSPHRASE, SECRET, "wrongwrong", house.fake_handovers.rows[HANDOVER].token_hash):
        assert secret not in log.getvalue()


def test_a_reveal_counts_its_refusals(house: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What the alarm watches."""
    reveal(house, token="A" * 22)
    reveal(house)
    reveal(house)

    assert capsys.readouterr().out.count('"RevealsRefused":[1.0]') == 2


def test_an_address_that_says_too_much_of_its_program_is_cut(house: World) -> None:
    """What a caller writes of itself fills no row, and breaks none."""
    given = {"version": "2.0", "rawPath": PATH, "headers": {"content-type": "application/json"}}
    http = {"method": "POST", "path": PATH, "sourceIp": "192.0.2.7", "userAgent": "\ud800é" * 1000}
    body = json.dumps({"token": TOKEN})
    event = {**given, "requestContext": {"http": http, "requestId": "r", "stage": "$default"}, "body": body}

    assert house.reveal_handler(event, None)["statusCode"] == 200
    assert house.fake_handovers.audit[HANDOVER].user_agent == "?" * 256


def test_a_link_lives_to_the_millisecond_that_it_tells(house: World) -> None:
    """Its expiry stands in the claim's own condition, not in the row's deletion alone."""
    house.fake_clock.moment += timedelta(days=1, hours=23, minutes=44, seconds=59, milliseconds=999)
    assert reveal(house).status == 200
