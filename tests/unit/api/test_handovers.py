"""Handovers as managers make, follow and take them back."""

import re
from io import StringIO
from typing import Any

import pytest

from stowage.domain.credentials import RotationStep
from stowage.domain.errors import ServiceUnavailableError, ThrottledError
from stowage.domain.handovers import HandoverStatus, passphrase_matches, token_hash
from stowage.domain.resources import ResourceStatus
from stowage.domain.rotation import first_rotation
from tests.unit.api.credentials import (
    HANDOVER,
    OTHER_ROTATION,
    PASSPHRASE,
    ROTATION,
    SAFE,
    SPEC,
    STACK,
    handover,
    key,
    lay_user,
    reveal,
    running,
)
from tests.unit.api.world import ORIGIN, Reply, World
from tests.unit.fakes.kinds import crate, safe
from tests.unit.fakes.people import AUDITOR, MANAGER
from tests.unit.fakes.resources import resource_row

HANDOVERS = f"{SAFE}/handovers"
SEEN_AT = "2026-11-23T08:40:00.000Z"


@pytest.fixture
def house() -> World:
    """Give a user with a key that nobody has seen."""
    world = World(crate(), safe())
    lay_user(world)
    return world


def hand_over(house: World, **fields: Any) -> Reply:
    """Ask for a link."""
    return house.call("POST", HANDOVERS, **fields)


def test_a_link_is_told_once_and_kept_as_hashes(house: World, log: StringIO) -> None:
    """The token stands in the fragment, which no server sees, and neither in the row nor in the log."""
    reply = hand_over(house, json={"passphrase": PASSPHRASE, "expiresInHours": 1})

    found = re.fullmatch(rf"{ORIGIN}/handovers/(hnd-[0-9a-f]{{32}})#token=([A-Za-z0-9_-]{{22}})", reply.json["url"])
    assert found is not None
    row = house.fake_handovers.rows[found[1]]
    assert reply.status == 201
    assert {**reply.json, "url": None} == {
        "id": found[1],
        "url": None,
        "status": "WAITING",
        "createdAt": "2026-11-23T09:00:00.000Z",
        "createdBy": MANAGER.email,
        "expiresAt": "2026-11-23T10:00:00.000Z",
        "openedAt": None,
        "revokedAt": None,
        "retriedAt": None,
        "hasPassphrase": True,
        "triesLeft": 5,
        "rotation": ROTATION,
    }
    assert row.token_hash == token_hash(found[2])
    assert passphrase_matches(PASSPHRASE, str(row.passphrase_hash))
    for secret in (found[2], PASSPHRASE):
        assert secret not in row.model_dump_json()
        assert secret not in log.getvalue()
    assert house.call("GET", f"{HANDOVERS}/{found[1]}").json == {**reply.json, "url": None}


def test_an_empty_body_gives_three_days_and_no_passphrase(house: World) -> None:
    """The link that is made opens."""
    reply = hand_over(house)
    address, _, token = reply.json["url"].partition("#token=")

    assert (reply.json["expiresAt"], reply.json["hasPassphrase"], reply.json["triesLeft"]) == (
        "2026-11-26T09:00:00.000Z",
        False,
        None,
    )
    assert reveal(house, path=address.rpartition("/")[2], token=token).status == 200
    opened = house.call("GET", f"{HANDOVERS}/{reply.json['id']}").json
    assert (opened["status"], opened["openedAt"]) == ("OPENED", "2026-11-23T09:00:00.000Z")


def test_a_new_link_to_the_same_key_ends_the_former(house: World) -> None:
    """Those to other keys, and those that are over already, stay what they are."""
    given: dict[str, dict[str, Any]] = {
        "locked": {"passphrase": PASSPHRASE, "tries_left": 0},
        "other": {"rotation": OTHER_ROTATION},
        "waiting": {},
        "late": {"expires_at": SEEN_AT},
    }
    for name, fields in given.items():
        house.fake_handovers.create(handover(id=name, **fields))

    hand_over(house)

    rows = house.fake_handovers.rows
    ended = {name for name, row in rows.items() if row.status is HandoverStatus.REVOKED}
    assert ended == {"locked", "waiting"}
    assert house.call("GET", HANDOVERS).json["items"][0]["status"] == "WAITING"


def test_a_link_that_could_not_end_the_former_is_one_too_many_and_not_one_too_few(house: World) -> None:
    """The request fails and may be repeated; the key is shown once through whichever of them."""
    house.fake_handovers.create(handover())
    house.spies["handovers"].fail("revoke", ServiceUnavailableError("no"))

    assert hand_over(house).status == 503
    assert [row.status.value for row in house.fake_handovers.rows.values()] == ["WAITING", "WAITING"]
    assert hand_over(house).status == 201
    assert sorted(row.status.value for row in house.fake_handovers.rows.values()) == ["REVOKED", "REVOKED", "WAITING"]


def test_the_newest_key_that_nobody_has_seen_is_handed_over(house: World) -> None:
    """Whichever rotation minted it."""
    house.fake_credentials.rows.clear()
    newer = key(access_key_id="AKIANEWER", rotation=OTHER_ROTATION, created_at="2026-11-23T08:50:00.000Z")
    lay_user(house, newer, key())

    assert hand_over(house).json["rotation"] == OTHER_ROTATION


def test_what_everybody_has_seen_is_not_handed_over_again(house: World) -> None:
    """Neither a key that is marked, nor one whose reveal ended before it could be."""
    house.fake_handovers.revealed[ROTATION] = SEEN_AT
    first = hand_over(house)
    house.fake_handovers.revealed.clear()
    house.fake_credentials.rows.clear()
    lay_user(house, key(handed_over_at=SEEN_AT, secret_id=None))
    second = hand_over(house)

    for reply in (first, second):
        assert (reply.status, reply.slug) == (409, "rotation-conflict")
        assert reply.json["detail"] == "These credentials were handed over already: rotate them to get new ones."


def test_a_key_in_the_making_is_handed_over_beforehand(house: World) -> None:
    """Who has just asked for a rotation may make the link at once."""
    house.fake_credentials.rows.clear()
    seen = key(handed_over_at=SEEN_AT, secret_id=None)
    lay_user(house, seen, rotation=running(RotationStep.MINTING, id=OTHER_ROTATION))

    assert hand_over(house).json["rotation"] == OTHER_ROTATION


def test_while_a_rotation_runs_its_own_key_is_handed_over(house: World) -> None:
    """Never the one that it takes away, although nobody has seen that: not before the new one is minted, nor after."""
    rotate = house.call("POST", f"{SAFE}/rotations").json["rotation"]["id"]
    before = hand_over(house)
    row = house.fake_credentials.rows["apollo", "safe", "partner"]
    new = key(access_key_id="AKIANEWER", rotation=rotate, created_at="2026-11-23T09:00:00.000Z", handed_over_at=SEEN_AT)
    handed_over = row.with_rotation(step=RotationStep.AWAITING_IDLE).model_copy(update={"keys": (*row.keys, new)})
    house.fake_credentials.rows["apollo", "safe", "partner"] = handed_over
    after = hand_over(house)

    assert before.json["rotation"] == rotate
    assert (after.status, after.slug, after.json["rotation"]) == (409, "rotation-conflict", rotate)
    assert "when this rotation has ended" in after.json["detail"]


@pytest.mark.parametrize("row", ["none", "of a user who is gone", "without keys"])
def test_a_user_without_keys_gets_the_first_one_begun(house: World, row: str) -> None:
    """By the same name as the listener would begin it: it runs once, however often it is asked for."""
    if row == "none":
        house.fake_credentials.rows.clear()
    else:
        kept = house.fake_credentials.rows["apollo", "safe", "partner"]
        changed = {"stack_id": "gone"} if row != "without keys" else {"keys": ()}
        house.fake_credentials.rows["apollo", "safe", "partner"] = kept.model_copy(update=changed)

    replies = [hand_over(house) for _ in range(2)]

    first = first_rotation(("apollo", "safe", "partner"), STACK)
    assert [reply.json["rotation"] for reply in replies] == [first.rotation] * 2
    assert {name: each.input for name, each in house.fake_rotations.by_name.items()} == {
        first.rotation: first.to_input()
    }
    assert reveal(house, path=replies[1].json["id"], token=replies[1].json["url"][-22:]).slug == "handover-not-ready"


def test_a_user_whose_key_can_never_be_minted_is_told(house: World) -> None:
    """All attempts have failed: an operator must look."""
    house.fake_credentials.rows.clear()
    for attempt in range(8):
        request = first_rotation(("apollo", "safe", "partner"), STACK, attempt, day="2026-11-23")
        house.fake_rotations.start(request.rotation, request.to_input())
        house.fake_rotations.end(request.rotation, "FAILED")

    reply = hand_over(house)

    assert (reply.status, reply.slug, house.fake_handovers.rows) == (409, "rotation-conflict", {})


@pytest.mark.parametrize(
    ("fields", "row", "sentence"),
    [
        ({}, {"suspended": True}, "is switched off"),
        ({"spec": {**SPEC, "enabled": False}}, {}, "is switched off"),
        ({"spec": {**SPEC, "expiresAt": "2026-11-23T08:59:59Z"}}, {}, "has expired"),
        ({}, {"closed": True}, "is being deleted"),
        ({"status": ResourceStatus.DELETING}, {}, "is being deleted"),
        ({"status": ResourceStatus.CREATING}, {}, "is being created"),
        ({"status": ResourceStatus.MISSING}, {}, "is missing in its AWS account"),
        ({"stack_id": None}, {}, "does not stand"),
    ],
)
@pytest.mark.parametrize("path", ["handovers", "rotations"])
def test_a_user_who_cannot_use_a_key_gets_none(
    house: World, fields: dict[str, Any], row: dict[str, Any], sentence: str, path: str
) -> None:
    """Neither link nor rotation, and a sentence that says why."""
    house.fake_resources.put(resource_row("apollo", "safe", "partner", **{"spec": SPEC, "stack_id": STACK, **fields}))
    kept = house.fake_credentials.rows["apollo", "safe", "partner"]
    house.fake_credentials.rows["apollo", "safe", "partner"] = kept.model_copy(update=row)

    reply = house.call("POST", f"{SAFE}/{path}")

    assert (reply.status, reply.slug) == (409, "rotation-conflict")
    assert sentence in reply.json["detail"]
    assert (house.fake_handovers.rows, house.fake_rotations.by_name) == ({}, {})


def test_revoking_is_told_to_whoever_repeats_it(house: World) -> None:
    """The same answer twice; the link opens nothing any more."""
    house.fake_handovers.create(handover())

    replies = [house.call("DELETE", f"{HANDOVERS}/{HANDOVER}") for _ in range(2)]

    assert [(each.status, each.json["status"], each.json["revokedAt"]) for each in replies] == [
        (200, "REVOKED", house.fake_clock.iso())
    ] * 2
    assert reveal(house).status == 410


def test_what_was_opened_is_not_taken_back(house: World) -> None:
    """Whoever has the key has it: the sentence offers what helps."""
    house.fake_handovers.create(handover())
    reveal(house)

    reply = house.call("DELETE", f"{HANDOVERS}/{HANDOVER}")

    assert (reply.status, reply.slug) == (409, "rotation-conflict")
    assert "rotate the credentials" in reply.json["detail"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("path", ["hnd-" + "0" * 32, "hnd-0", "hnd-\u00e9", "..%2f", HANDOVER])
def test_a_handover_is_found_under_its_own_resource_alone(house: World, method: str, path: str) -> None:
    """An id of elsewhere opens nothing here."""
    house.fake_handovers.create(handover(name="another"))

    reply = house.call(method, f"{HANDOVERS}/{path}")

    assert (reply.status, reply.slug) == (404, "not-found")
    assert house.fake_handovers.rows[HANDOVER] == handover(name="another")


def test_pages_are_told_of_every_change_of_a_handover(house: World) -> None:
    """Made, and taken back; that nobody can be told fails nothing."""
    house.fake_sockets.add("page", AUDITOR.id, expires_at=0)
    house.fake_sockets.subscribe("page", AUDITOR.id, ("apollo",), expires_at=0)

    made = hand_over(house)
    house.call("DELETE", f"{HANDOVERS}/{made.json['id']}")
    house.spies["resources"].fail("advance_seq", ThrottledError("no"))

    assert hand_over(house).status == 201
    told = house.fake_connections.messages("page")
    assert [(each["type"], each["kind"], each["name"]) for each in told] == [("credentials", "safe", "partner")] * 2


def test_a_kind_without_credentials_has_none_of_this(house: World) -> None:
    """A crate has no keys to hand over."""
    house.fake_resources.put(resource_row("apollo", "crate", "apples"))

    for part in ("credentials", "handovers", "rotations"):
        assert house.call("GET", f"/v1/projects/apollo/crates/apples/{part}").status == 404
