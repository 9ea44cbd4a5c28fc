"""Handovers: one-time links by which a manager gives a user's credentials to a third party."""

from enum import StrEnum

from stowage.domain.wire import WireModel

PASSPHRASE_TRIES = 5


class HandoverStatus(StrEnum):
    """Where a handover stands; all but WAITING are final. EXPIRED is told by the clock, never written."""

    WAITING = "WAITING"
    OPENED = "OPENED"
    REVOKED = "REVOKED"
    LOCKED = "LOCKED"
    EXPIRED = "EXPIRED"


class Handover(WireModel):
    """A handover as the table keeps it: of its token and its passphrase, hashes alone.

    Times are ISO 8601, UTC. `rotation` is the rotation whose key it hands over. `retried_at` is when somebody last
    tried it although it was opened already.
    """

    id: str
    project: str
    kind: str
    name: str
    rotation: str
    token_hash: str
    passphrase_hash: str | None
    tries_left: int
    status: HandoverStatus
    created_at: str
    created_by: str
    created_by_id: str
    expires_at: str
    opened_at: str | None = None
    opened_from: str | None = None
    revoked_at: str | None = None
    retried_at: str | None = None
