"""The public reveal shows a key once, to whoever has its link, while the link lives."""

from datetime import timedelta
from typing import Any

import pytest

from stowage.domain.credentials import RotationStep
from stowage.domain.errors import ServiceUnavailableError
from stowage.domain.handovers import HandoverStatus
from stowage.domain.notices import NoticeCode
from tests.unit.api.credentials import (
    HANDOVER,
    MINTED,
    PASSPHRASE,
    SECRET,
    SPEC,
    TOKEN,
    handover,
    reveal,
    running,
)
from tests.unit.api.reveals import assert_settled, assert_unburned
from tests.unit.api.world import World
from tests.unit.fakes.people import MANAGER

OTHER = "hnd-" + "d" * 32


def test_a_link_shows_the_credentials(linked: World) -> None:
    """To whoever has it, signed in or not; nobody stores the answer."""
    reply = reveal(linked)

    assert (reply.status, reply.headers["cache-control"]) == (200, "no-store")
    assert reply.json == {
        "accessKeyId": MINTED.access_key_id,
        "secretAccessKey": SECRET,
        "userName": "stowage-partner",
        "region": "eu-west-1",
        "grants": SPEC["grants"],
    }


def test_what_a_reveal_leaves(linked: World) -> None:
    """The link is used up, the audit row tells by whom; key, secret and the managers know."""
    linked.fake_sockets.add("page", MANAGER.id, expires_at=0)
    linked.fake_sockets.subscribe("page", MANAGER.id, ("apollo",), expires_at=0)

    reveal(linked)

    row, audit = linked.fake_handovers.rows[HANDOVER], linked.fake_handovers.audit[HANDOVER]
    assert (row.status, row.opened_at, row.opened_from) == (HandoverStatus.OPENED, linked.fake_clock.iso(), "192.0.2.1")
    assert (audit.access_key_id, audit.source, audit.user_agent) == (MINTED.access_key_id, "192.0.2.1", "t")
    assert_settled(linked)
    assert linked.fake_secrets.persons == [MANAGER.id, MANAGER.id]
    assert linked.fake_notices.codes == [NoticeCode.HANDOVER_OPENED]
    told = linked.fake_connections.messages("page")
    assert [(each["type"], each["seq"]) for each in told] == [("notice", 1), ("credentials", 2)]
    assert told[0]["notice"]["code"] == "HANDOVER_OPENED"
    assert (told[1]["kind"], told[1]["name"]) == ("safe", "partner")


def test_a_rotation_that_waits_for_the_handover_is_woken(linked: World) -> None:
    """Once the row tells that the key was handed over."""
    row = linked.fake_credentials.rows["apollo", "safe", "partner"]
    linked.fake_credentials.put(row.model_copy(update={"rotation": running(RotationStep.AWAITING_HANDOVER)}))
    linked.fake_waits.waiting.add("token-of-the-wait")

    assert reveal(linked).status == 200
    assert list(linked.fake_waits.succeeded) == ["token-of-the-wait"]


def test_a_link_opens_once(linked: World) -> None:
    """The second look is refused with a sentence, noted, and told to the managers, once however often it is tried."""
    reveal(linked)
    linked.fake_clock.advance(60)

    replies = [reveal(linked) for _ in range(3)]

    assert [(each.status, each.slug) for each in replies] == [(410, "handover-refused")] * 3
    assert "used already" in replies[0].json["detail"]
    assert linked.fake_handovers.rows[HANDOVER].retried_at == linked.fake_clock.iso()
    assert linked.fake_notices.codes == [NoticeCode.HANDOVER_OPENED, NoticeCode.HANDOVER_TRIED_AGAIN]


def test_a_key_is_shown_once_through_whichever_link(linked: World) -> None:
    """Two links to the same key, which a list of a moment ago can leave: the first that is opened counts."""
    linked.fake_handovers.create(handover(id=OTHER))
    lost = ServiceUnavailableError("lost")
    linked.spies["credential_rows"].fail("put", lost)  # so that the key itself does not tell it

    assert reveal(linked).status == 200
    assert (reveal(linked, path=OTHER).status, reveal(linked, path=OTHER).slug) == (410, "handover-refused")
    assert linked.fake_handovers.audit.keys() == {HANDOVER}


@pytest.mark.parametrize("at", ["the row", "the store"])
def test_who_loses_a_race_is_told_that_the_link_was_used(linked: World, at: str) -> None:
    """Wherever the other one's reveal is noticed: that the credentials are no longer valid would be a lie."""
    port, verb = ("credential_rows", "get") if at == "the row" else ("secret_store", "get")
    spy = linked.spies[port]
    look = getattr(spy, verb)

    def overtaken(*args: Any, **named: Any) -> Any:
        setattr(spy, verb, look)
        assert reveal(linked).status == 200
        return look(*args, **named)

    setattr(spy, verb, overtaken)
    lost = reveal(linked)

    assert (lost.status, lost.slug) == (410, "handover-refused")
    assert "used already" in lost.json["detail"]
    assert len(linked.fake_handovers.audit) == 1


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
def test_an_unknown_link_and_a_wrong_token_are_not_told_apart(linked: World, path: str, token: str) -> None:
    """The same 404 to the letter, by reading alone; but for what is no address at all."""
    known = reveal(linked, token="A" * 22)
    linked.calls.clear()

    reply = reveal(linked, path=path, token=token)

    assert reply.status == 404
    if len(path) < 100 and "/" not in path:
        assert (reply.text, reply.headers) == (known.text, known.headers)
    assert set(linked.calls) <= {"FakeHandovers.get"}
    assert_unburned(linked)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"status": HandoverStatus.REVOKED}, "was taken back"),
        ({"expires_at": "2026-11-23T09:00:00.000Z"}, "has expired"),
        ({"passphrase": PASSPHRASE, "tries_left": 0}, "is locked"),
    ],
)
def test_a_link_that_is_over_says_why(linked: World, fields: dict[str, Any], sentence: str) -> None:
    """In words for a third party; the secret is not even read."""
    linked.fake_handovers.rows[HANDOVER] = handover(**fields)

    reply = reveal(linked, passphrase=PASSPHRASE)

    assert (reply.status, reply.slug) == (410, "handover-refused")
    assert sentence in reply.json["detail"]
    assert "Ask your contact" in reply.json["detail"]
    assert linked.fake_secrets.persons == []
    assert linked.fake_handovers.audit == {}


def test_a_link_lives_to_the_millisecond_that_it_tells(linked: World) -> None:
    """Its expiry stands in the claim's own condition, not in the row's deletion alone."""
    linked.fake_clock.moment += timedelta(days=1, hours=23, minutes=44, seconds=59, milliseconds=999)
    assert reveal(linked).status == 200
