"""A reveal shows only a key that is ready, of a user who is on; a key in the making is waited for."""

from typing import Any

import pytest

from stowage.domain.credentials import EndedRotation, KeyStatus, RotationOutcome, RotationStep
from stowage.domain.handovers import HandoverStatus
from stowage.domain.resources import ResourceStatus
from tests.unit.api.credentials import (
    HANDOVER,
    OTHER_ROTATION,
    ROTATION,
    SPEC,
    STACK,
    key,
    reveal,
    running,
)
from tests.unit.api.reveals import assert_unburned
from tests.unit.api.world import World
from tests.unit.fakes.resources import resource_row

ENDED = EndedRotation(id=ROTATION, outcome=RotationOutcome.FAILED, cause=None, ended_at="2026-11-23T08:50:00.000Z")


@pytest.mark.parametrize(
    "lay",
    [
        {"keys": ()},
        {"keys": (), "rotation": running(RotationStep.MINTING)},
        {"keys": (key(ready_at=None),), "rotation": running(RotationStep.PROBING)},
    ],
    ids=["no key", "minting", "probing"],
)
def test_a_key_in_the_making_is_waited_for(linked: World, lay: dict[str, Any]) -> None:
    """409 with Retry-After, as often as it takes."""
    row = linked.fake_credentials.rows["apollo", "safe", "partner"]
    linked.fake_credentials.rows["apollo", "safe", "partner"] = row.model_copy(update=lay)

    for _ in range(10):
        reply = reveal(linked)
        assert (reply.status, reply.slug, reply.headers["retry-after"]) == (409, "handover-not-ready", "3")

    assert linked.fake_handovers.rows[HANDOVER].status is HandoverStatus.WAITING


def test_a_user_without_a_row_is_waited_for(linked: World) -> None:
    """The first minting has not begun."""
    linked.fake_credentials.rows.clear()

    assert (reveal(linked).status, reveal(linked).slug) == (409, "handover-not-ready")


def test_a_key_that_never_came_is_waited_for_no_longer(linked: World) -> None:
    """The user was deleted and made anew, say, under the same name: its old link asks for no patience for a month."""
    linked.fake_credentials.rows.clear()
    linked.fake_clock.advance(6 * 3600)

    assert (reveal(linked).status, reveal(linked).slug) == (410, "handover-refused")


@pytest.mark.parametrize(
    "fields",
    [
        {"keys": (), "last_rotation": ENDED},
        {"keys": (), "rotation": running(RotationStep.MINTING, id=OTHER_ROTATION)},
        {"keys": (key(handed_over_at="2026-11-23T08:59:00.000Z", secret_id=None),)},
        {"keys": (key(status=KeyStatus.INACTIVE),)},
        {"rotation": running(RotationStep.PROBING, id=OTHER_ROTATION)},
        {"keys": (key(rotation=OTHER_ROTATION),)},
        {"keys": (key(rotation=OTHER_ROTATION),), "last_rotation": ENDED.model_copy(update={"id": OTHER_ROTATION})},
        {"keys": (), "last_rotation": ENDED, "suspended": True},
        {"closed": True},
        {"stack_id": "of a user who is gone"},
    ],
    ids=[
        "failed",
        "another rotation",
        "seen",
        "inactive",
        "about to be replaced",
        "rotated out",
        "rotated out by a rotation that ended",
        "failed and suspended",
        "closed",
        "another user",
    ],
)
def test_credentials_that_are_over_are_not_shown(linked: World, fields: dict[str, Any]) -> None:
    """The link says so; nothing is read from the store."""
    row = linked.fake_credentials.rows["apollo", "safe", "partner"]
    linked.fake_credentials.rows["apollo", "safe", "partner"] = row.model_copy(update=fields)

    assert (reveal(linked).status, reveal(linked).slug) == (410, "handover-refused")
    assert (linked.fake_secrets.persons, linked.fake_handovers.audit) == ([], {})


@pytest.mark.parametrize(
    "fields",
    [
        {"deleted": True},
        {"status": ResourceStatus.DELETING},
        {"spec": {**SPEC, "expiresAt": "2026-11-23T09:00:00Z"}},
        {"spec": {**SPEC, "enabled": False, "expiresAt": "2026-11-23T09:00:00Z"}},
    ],
    ids=["deleted", "deleting", "expired", "expired and off"],
)
def test_a_user_whose_access_is_over_is_not_shown(linked: World, fields: dict[str, Any]) -> None:
    """Whatever its keys' row says still."""
    linked.fake_resources.put(resource_row("apollo", "safe", "partner", **{"spec": SPEC, "stack_id": STACK, **fields}))

    assert (reveal(linked).status, reveal(linked).slug) == (410, "handover-refused")
    assert_unburned(linked)


@pytest.mark.parametrize("by", ["its spec", "its keys", "its spec, before any key"])
def test_a_user_who_is_off_for_now_is_told_as_such(linked: World, by: str) -> None:
    """409 and not 410, since the same link opens once the user is on again; nothing is used up."""
    rows, of = linked.fake_credentials.rows, ("apollo", "safe", "partner")
    row = rows[of]
    if by == "its keys":
        rows[of] = row.model_copy(update={"suspended": True})
    else:
        spec = {**SPEC, "enabled": False}
        linked.fake_resources.put(resource_row(*of, spec=spec, stack_id=STACK))
    if "before" in by:
        del rows[of]

    refused = reveal(linked)
    assert (refused.status, refused.slug) == (409, "handover-suspended")
    assert "at the moment" in refused.json["detail"]
    assert linked.fake_handovers.rows[HANDOVER].status is HandoverStatus.WAITING

    linked.fake_resources.put(resource_row(*of, spec=SPEC, stack_id=STACK))
    rows[of] = row
    assert reveal(linked).status == 200
