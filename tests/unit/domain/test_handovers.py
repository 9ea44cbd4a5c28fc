"""Tokens, passphrases and where a handover stands; what a reveal leaves to be done."""

import time
from datetime import timedelta
from typing import Any

import pytest

from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.handovers import (
    HANDOVER_ID,
    TOKEN,
    HandoverStatus,
    new_id,
    new_token,
    passphrase_hash,
    passphrase_matches,
    token_hash,
    token_matches,
)
from stowage.domain.reveals import change_key, settle_reveal
from tests.unit.api.credentials import HANDOVER, ROTATION, handover, lay_user
from tests.unit.api.world import World
from tests.unit.fakes.clock import START, FakeClock
from tests.unit.fakes.kinds import safe
from tests.unit.fakes.people import project

OF = ("apollo", "safe", "partner")


def test_ids_and_tokens_are_of_their_form_and_never_the_same() -> None:
    """128 random bits each; an id does not look like a token."""
    ids, tokens = ({make() for _ in range(1000)} for make in (new_id, new_token))

    assert (len(ids), len(tokens)) == (1000, 1000)
    assert all(HANDOVER_ID.fullmatch(each) and not TOKEN.fullmatch(each) for each in ids)
    assert all(TOKEN.fullmatch(each) for each in tokens)


def test_a_token_is_known_by_its_hash() -> None:
    """And by nothing that differs from it in one character."""
    token = new_token()

    assert token_matches(token, token_hash(token))
    assert not token_matches(token.swapcase(), token_hash(token))
    assert token not in token_hash(token)


def test_a_passphrase_is_kept_under_a_salt_with_what_it_takes_to_compare() -> None:
    """Two hashes of one passphrase differ; parameters of yesterday go on to work when today's are others."""
    kept = [passphrase_hash("correct horse battery") for _ in range(2)]

    assert kept[0] != kept[1]
    assert [each.split("$")[:4] for each in kept] == [["scrypt", "16384", "8", "1"]] * 2
    assert all(passphrase_matches("correct horse battery", each) for each in kept)
    assert not passphrase_matches("correct horse batterz", kept[0])
    weak = "scrypt$2$1$1$c2FsdA==$"
    assert not passphrase_matches("correct horse battery", weak)


def test_a_try_costs_whoever_stole_the_table_more_than_a_hash() -> None:
    """Between a hundredth of a second and a second, on whatever this runs."""
    kept = passphrase_hash("correct horse battery")
    began = time.process_time()
    for _ in range(3):
        passphrase_matches("wrong", kept)

    assert 0.01 < (time.process_time() - began) / 3 < 1


@pytest.mark.parametrize(
    ("fields", "after", "status"),
    [
        ({}, 0, HandoverStatus.WAITING),
        ({}, 10**6, HandoverStatus.EXPIRED),
        ({"expires_at": "2026-11-23T09:00:00.000Z"}, 0, HandoverStatus.EXPIRED),
        ({"expires_at": "2026-11-23T09:00:00.001Z"}, 0, HandoverStatus.WAITING),
        ({"passphrase": "x" * 12, "tries_left": 0}, 0, HandoverStatus.LOCKED),
        ({"passphrase": "x" * 12, "tries_left": 0}, 10**6, HandoverStatus.EXPIRED),
        ({"passphrase": "x" * 12, "tries_left": 1}, 0, HandoverStatus.WAITING),
        ({"status": HandoverStatus.OPENED}, 10**6, HandoverStatus.OPENED),
        ({"status": HandoverStatus.REVOKED, "tries_left": 0}, 10**6, HandoverStatus.REVOKED),
    ],
)
def test_where_a_handover_stands(fields: dict[str, Any], after: int, status: HandoverStatus) -> None:
    """By what was written, by the clock, and by the tries that are left."""
    assert handover(**fields).status_at(START + timedelta(seconds=after)) is status


@pytest.fixture
def house() -> World:
    """Give a user with a key that was revealed and not yet marked."""
    world = World(safe())
    lay_user(world)
    return world


def settle(house: World) -> Any:
    """Settle the reveal."""
    return settle_reveal(
        (project(), *OF[1:]),
        ROTATION,
        revealed_at="2026-11-23T09:00:00.000Z",
        person="stowage",
        credential_rows=house.credential_rows(),
        secret_store=house.secret_store(),
    )


def test_a_reveal_is_settled_in_the_order_that_a_crash_allows(house: World) -> None:
    """Marked, deleted, forgotten; whoever was marked before keeps the moment, and a second time writes nothing."""
    row = settle(house)
    written = [call for call in house.calls if call.split(".")[1] in {"put", "delete"}]
    house.calls.clear()
    again = settle(house)

    assert written == ["FakeCredentialRows.put", "FakeSecretStore.delete", "FakeCredentialRows.put"]
    assert (row.keys[0].handed_over_at, row.keys[0].secret_id) == ("2026-11-23T09:00:00.000Z", None)
    assert (again, house.calls) == (row, ["FakeCredentialRows.get"])


def test_a_row_that_is_gone_is_nothing_to_settle(house: World) -> None:
    """The user was deleted, and its keys and secrets before it; or the key was."""
    house.fake_credentials.rows[OF] = house.fake_credentials.rows[OF].model_copy(update={"keys": ()})
    assert settle(house) == house.fake_credentials.rows[OF]

    house.fake_credentials.rows.clear()
    assert settle(house) is None


def test_a_writer_who_is_overtaken_reads_anew(house: World) -> None:
    """Four times; a fifth is somebody else's fault."""
    house.spies["credential_rows"].fail("put", ConcurrentUpdateError("overtaken"), times=4)
    assert settle(house).keys[0].secret_id is None

    house.spies["credential_rows"].fail("put", ConcurrentUpdateError("overtaken"), times=5)
    with pytest.raises(ConcurrentUpdateError):
        change_key(
            OF,
            ROTATION,
            lambda key: key.model_copy(update={"last_used_at": FakeClock().iso()}),
            credential_rows=house.credential_rows(),
        )
    assert HANDOVER not in house.fake_handovers.rows
