"""Rows of handovers and notices, on moto: each condition, and a hundred reveals at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import pytest

from api.call import Call
from api.http import Request
from api.open_handover import RevealView
from stowage.adapters.dynamodb.credentials import DynamoCredentialRows
from stowage.adapters.dynamodb.handovers import DynamoHandovers
from stowage.adapters.dynamodb.notices import DynamoNotices
from stowage.domain.credentials import Credentials
from stowage.domain.errors import ConcurrentUpdateError, HandoverRefusedError, StowageError
from stowage.domain.handovers import Handover, HandoverStatus
from stowage.domain.notices import NoticeCode, make_notice
from stowage.domain.ports import Reveal
from tests.integration.conftest import TABLE
from tests.unit.api.credentials import HANDOVER, MINTED, PASSPHRASE, ROTATION, SPEC, STACK, TOKEN, handover, key
from tests.unit.api.world import World, dumps
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.kinds import safe
from tests.unit.fakes.people import project
from tests.unit.fakes.resources import resource_row

OTHER, OTHER_ROTATION = "hnd-" + "d" * 32, "rot-" + "b" * 32
NOW = "2026-11-23T09:00:00.000Z"
AT_ONCE = 100


@pytest.fixture
def rows(dynamodb: Any) -> DynamoHandovers:
    """Give the adapter, and a handover that waits."""
    handovers = DynamoHandovers(dynamodb, TABLE)
    handovers.create(handover(passphrase=PASSPHRASE))
    return handovers


def by(claim: str = "1", **fields: str) -> Reveal:
    """Give who opens."""
    given = {"at": NOW, "access_key_id": MINTED.access_key_id, "source": "192.0.2.1", "user_agent": "curl"}
    return Reveal(claim=claim * 32, **{**given, **fields})


def found(rows: DynamoHandovers, handover_id: str = HANDOVER) -> Handover:
    """Give the handover, which is there."""
    row = rows.get(handover_id)
    assert row is not None
    return row


def test_a_handover_is_read_as_it_was_written(rows: DynamoHandovers, dynamodb: Any) -> None:
    """By id at once, and in its resource's list; DynamoDB forgets it 90 days after its expiry, not at it."""
    written = found(rows)

    assert written == handover(passphrase=PASSPHRASE).model_copy(update={"passphrase_hash": written.passphrase_hash})
    assert rows.list_of("apollo", "safe", "partner") == (written,)
    assert rows.list_of("apollo", "safe", "another") == ()
    assert rows.get("hnd-0") is None
    [row] = dynamodb.scan(TableName=TABLE)["Items"]
    assert (row["validUntil"]["S"], row["expiresAt"]["N"]) == ("2026-11-25T08:45:00.000Z", "1803372300")


def test_handovers_are_listed_newest_first(rows: DynamoHandovers) -> None:
    """By when they were made."""
    rows.create(handover(id=OTHER, created_at="2026-11-23T08:46:00.000Z"))

    assert [each.id for each in rows.list_of("apollo", "safe", "partner")] == [OTHER, HANDOVER]


def test_an_id_is_given_once(rows: DynamoHandovers) -> None:
    """A handover never replaces another."""
    with pytest.raises(ConcurrentUpdateError):
        rows.create(handover())


def test_five_tries_are_there_and_a_right_one_comes_back(rows: DynamoHandovers) -> None:
    """Never more than five, never less than none."""
    rows.give_back_try(HANDOVER)
    assert found(rows).tries_left == 5

    assert [rows.take_try(HANDOVER) for _ in range(5)] == [4, 3, 2, 1, 0]
    with pytest.raises(HandoverRefusedError):
        rows.take_try(HANDOVER)
    rows.give_back_try(HANDOVER)

    assert (found(rows).tries_left, rows.take_try(HANDOVER)) == (1, 0)


def test_a_key_that_was_withdrawn_is_shown_by_no_link(rows: DynamoHandovers) -> None:
    """Whoever deletes it has asked before: a claim that comes after finds its place taken, and was no reveal."""
    assert rows.withdraw(ROTATION, at=NOW) is None
    assert rows.withdraw(ROTATION, at=NOW) is None

    with pytest.raises(HandoverRefusedError):
        rows.open(found(rows), by())
    assert (found(rows).status, rows.revealed_at(ROTATION)) == (HandoverStatus.WAITING, None)


def test_a_key_that_was_shown_is_not_withdrawn(rows: DynamoHandovers) -> None:
    """Whoever asks is told when it was."""
    rows.open(found(rows), by())

    assert rows.withdraw(ROTATION, at="2026-11-23T10:00:00.000Z") == NOW
    assert rows.revealed_at(ROTATION) == NOW


def test_opening_claims_and_audits(rows: DynamoHandovers, dynamodb: Any) -> None:
    """One transaction: the handover's status, the rotation's reveal, the audit row that tells who made the link."""
    assert rows.revealed_at(ROTATION) is None

    rows.open(found(rows), by())

    row = found(rows)
    assert (row.status, row.opened_at, row.opened_from, row.claim) == (
        HandoverStatus.OPENED,
        NOW,
        "192.0.2.1",
        "1" * 32,
    )
    assert rows.revealed_at(ROTATION) == NOW
    [audit] = [item for item in dynamodb.scan(TableName=TABLE)["Items"] if item["pk"]["S"] == "AUDIT#apollo"]
    told = {name: value["S"] for name, value in audit.items()}
    assert told == {
        "pk": "AUDIT#apollo",
        "sk": f"REVEAL#{HANDOVER}",
        "handover": HANDOVER,
        "project": "apollo",
        "kind": "safe",
        "name": "partner",
        "rotation": ROTATION,
        "accessKeyId": MINTED.access_key_id,
        "createdAt": row.created_at,
        "createdBy": row.created_by,
        "createdById": row.created_by_id,
        "openedAt": NOW,
        "openedFrom": "192.0.2.1",
        "userAgent": "curl",
    }


@pytest.mark.parametrize(
    ("given", "reveal"),
    [
        ({"token_hash": "0" * 64}, by()),
        ({}, by(at="2026-11-25T08:45:00.000Z")),
        ({"id": "hnd-unknown"}, by()),
    ],
    ids=["another token", "expired", "unknown"],
)
def test_what_must_not_open_does_not(
    rows: DynamoHandovers, dynamodb: Any, given: dict[str, Any], reveal: Reveal
) -> None:
    """The condition says so, whatever was read before; nothing is written."""
    before = dynamodb.scan(TableName=TABLE)["Items"]

    with pytest.raises(HandoverRefusedError):
        rows.open(found(rows).model_copy(update=given), reveal)

    assert dynamodb.scan(TableName=TABLE)["Items"] == before


def test_a_reveal_without_its_audit_row_is_refused(rows: DynamoHandovers, dynamodb: Any) -> None:
    """Where the audit row cannot be written, the claim is not either."""
    dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": "AUDIT#apollo"}, "sk": {"S": f"REVEAL#{HANDOVER}"}})

    with pytest.raises(HandoverRefusedError):
        rows.open(found(rows), by())

    assert (found(rows).status, rows.revealed_at(ROTATION)) == (HandoverStatus.WAITING, None)


def test_a_rotation_is_revealed_through_one_handover(rows: DynamoHandovers) -> None:
    """The second link to the same key stays shut; one to another key opens."""
    rows.create(handover(id=OTHER))
    rows.create(handover(id="hnd-3", rotation=OTHER_ROTATION))
    rows.open(found(rows), by())

    with pytest.raises(HandoverRefusedError):
        rows.open(found(rows, OTHER), by("2"))
    rows.open(found(rows, "hnd-3"), by("3"))

    assert [found(rows, each).status.value for each in (OTHER, "hnd-3")] == ["WAITING", "OPENED"]


def test_revoking_ends_what_waits_and_nothing_else(rows: DynamoHandovers) -> None:
    """Idempotent; an opened one is given as it is."""
    rows.create(handover(id=OTHER))
    rows.open(found(rows, OTHER), by())

    revoked = rows.revoke(HANDOVER, revoked_at=NOW)

    assert revoked is not None
    assert (revoked.status, revoked.revoked_at) == (HandoverStatus.REVOKED, NOW)
    assert rows.revoke(HANDOVER, revoked_at="2026-11-23T09:00:01.000Z") == revoked
    assert found(rows, OTHER) == rows.revoke(OTHER, revoked_at=NOW)
    assert rows.revoke("hnd-unknown", revoked_at=NOW) is None
    for refused in (lambda: rows.open(revoked, by("2")), lambda: rows.take_try(HANDOVER)):
        with pytest.raises(HandoverRefusedError):
            refused()


def test_a_retry_is_noted_where_there_is_a_handover(rows: DynamoHandovers, dynamodb: Any) -> None:
    """And brings no row into being."""
    rows.note_retry(HANDOVER, retried_at=NOW)
    rows.note_retry("hnd-unknown", retried_at=NOW)

    assert found(rows).retried_at == NOW
    assert len(dynamodb.scan(TableName=TABLE)["Items"]) == 1


def test_a_notice_is_kept_once_and_listed_newest_first(dynamodb: Any) -> None:
    """The same thing told twice is one notice, as it was told first; each leaves after 90 days."""
    notices, clock = DynamoNotices(dynamodb, TABLE), FakeClock()
    of = ("apollo", "safe", "partner")
    put = []
    for number, code in enumerate([NoticeCode.HANDOVER_OPENED, NoticeCode.HANDOVER_LOCKED, NoticeCode.HANDOVER_OPENED]):
        clock.advance(60)
        put.append(notices.put(make_notice(code, of, about=HANDOVER, text=f"told {number}", at=clock.now())))
    notices.put(make_notice(NoticeCode.HANDOVER_OPENED, of, about=OTHER, text="other", at=clock.now()))

    assert put == [True, True, False]
    assert [each.text for each in notices.list_newest("apollo", limit=2)] == ["other", "told 1"]
    assert [each.text for each in notices.list_newest("apollo", limit=9)] == ["other", "told 1", "told 0"]
    assert notices.list_newest("gemini", limit=9) == ()
    row = next(item for item in dynamodb.scan(TableName=TABLE)["Items"] if item["text"]["S"] == "told 0")
    assert int(row["expiresAt"]["N"]) == clock.epoch() - 120 + 90 * 24 * 3600


def one_call_at_a_time(client: Any) -> Any:
    """Let calls that come together take effect one after the other, as DynamoDB's transactions do.

    Moto rolls a refused transaction back by copies of whole tables, which loses what others wrote meanwhile.
    """
    lock, call = Lock(), client._make_api_call

    def locked(operation: str, arguments: dict[str, Any]) -> Any:
        with lock:
            return call(operation, arguments)

    client._make_api_call = locked
    return client


class House(World):
    """The reveal over the real table's rows of handovers, keys and notices."""

    def __init__(self, dynamodb: Any) -> None:
        super().__init__(safe())
        self.fake_resources.put(resource_row("apollo", "safe", "partner", spec=SPEC, stack_id=STACK))
        arn = self.fake_secrets.put(project(), "stowage/safe/partner", MINTED, token=ROTATION, person="given")
        one_call_at_a_time(dynamodb)
        self.rows = DynamoHandovers(dynamodb, TABLE)
        self.spies |= {
            "handovers": self.rows,
            "credential_rows": DynamoCredentialRows(dynamodb, TABLE),
            "notices": DynamoNotices(dynamodb, TABLE),
        }
        given = {"project": "apollo", "kind": "safe", "name": "partner", "stack_id": STACK, "revision": 0}
        self.credential_rows().put(Credentials.model_validate({**given, "keys": (key(secret_id=arn),)}))

    def reveal(self, handover_id: str, passphrase: str | None = None) -> str:
        """Open, and give the secret that came or the refusal's name."""
        body = dumps({"token": TOKEN, "passphrase": passphrase})
        request = Request(
            method="POST",
            path="",
            parameters={"handover": handover_id},
            headers={"content-type": "application/json"},
            raw_body=body,
            source_ip="192.0.2.1",
        )
        try:
            return RevealView((safe(),)).post_reveal(Call(request, "", self)).body
        except StowageError as refusal:
            return type(refusal).__name__


@pytest.mark.parametrize("links", [1, 4], ids=["one link", "four links to one key"])
@pytest.mark.parametrize("passphrase", [None, PASSPHRASE], ids=["without passphrase", "with passphrase"])
def test_of_a_hundred_at_once_one_sees_the_secret(
    dynamodb: Any, links: int, passphrase: str | None, tell_figure: Callable[[str], None]
) -> None:
    """One plaintext, one audit row, everybody else refused; key and secret are settled."""
    house = House(dynamodb)
    ids = [f"hnd-{number:032x}" for number in range(links)]
    for each in ids:
        house.rows.create(handover(id=each, passphrase=passphrase))

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        answers = list(pool.map(lambda number: house.reveal(ids[number % links], passphrase), range(AT_ONCE)))

    plaintexts = [each for each in answers if MINTED.secret_access_key in each]
    audited = [item for item in dynamodb.scan(TableName=TABLE)["Items"] if item["pk"]["S"].startswith("AUDIT#")]
    refused = Counter(each for each in answers if each not in plaintexts)
    how = f"{links} link{'s' * (links > 1)} {'with' if passphrase else 'without'} a passphrase"
    tell_figure(f"{AT_ONCE} concurrent reveals, {how}: {len(plaintexts)} plaintext, {len(audited)} audit row")
    assert (len(plaintexts), len(audited), refused) == (1, 1, {"HandoverRefusedError": AT_ONCE - 1})
    row = house.credential_rows().get("apollo", "safe", "partner")
    assert (row.keys[0].handed_over_at, row.keys[0].secret_id) == (NOW, None)
    assert house.fake_secrets.secrets == {}


def test_of_a_hundred_wrong_guesses_at_once_five_are_compared(dynamodb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tries bound the guesses, however many come together; the link is locked."""
    house, compared = House(dynamodb), list[str]()

    def differs(passphrase: str, _kept: str) -> bool:
        compared.append(passphrase)
        return False

    house.rows.create(handover(passphrase=PASSPHRASE))
    monkeypatch.setattr("api.open_handover.passphrase_matches", differs)

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        answers = Counter(pool.map(lambda number: house.reveal(HANDOVER, f"wrong passphrase {number}"), range(AT_ONCE)))

    assert len(compared) == 5
    assert answers == {"WrongPassphraseError": 5, "HandoverRefusedError": AT_ONCE - 5}
    assert found(house.rows).status_at(house.fake_clock.now()) is HandoverStatus.LOCKED
