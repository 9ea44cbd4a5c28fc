"""What a reveal does step by step, and what must stand when a link was opened, or was not."""

from stowage.domain.handovers import HandoverStatus
from stowage.domain.reveals import settle_reveal
from tests.unit.api.credentials import HANDOVER, MINTED, ROTATION
from tests.unit.api.world import World
from tests.unit.fakes.people import project

PATH = f"/v1/handovers/{HANDOVER}/reveal"
STEPS = [
    ("credential_rows", "put", 5),
    ("secret_store", "delete", 1),
    ("waits", "succeed", 1),
    ("notices", "put", 1),
    ("resources", "advance_seq", 2),
    ("sockets", "subscribers", 2),
]
"""What is called behind the claim: port, verb, and how often it must fail to fail for good."""


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


def settle(world: World) -> None:
    """Do what the schedule does."""
    settle_reveal(
        (project(), "safe", "partner"),
        ROTATION,
        revealed_at=str(world.fake_handovers.revealed_at(ROTATION)),
        person="stowage",
        credential_rows=world.fake_credentials,
        secret_store=world.fake_secrets,
    )
