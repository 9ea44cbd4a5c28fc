"""A user's keys and their rotation, as its page shows them."""

from datetime import datetime, timedelta

from api.call import Call
from api.credential_state import CredentialState, read_state
from api.http import Answer, answer
from api.queries import refuse_unknown
from stowage.domain.clock import to_iso
from stowage.domain.credentials import (
    AccessKey,
    EndedRotation,
    KeyStatus,
    Rotation,
    RotationReason,
    RotationStep,
)
from stowage.domain.kinds import CredentialRules, Kind
from stowage.domain.wire import WireModel


class ToldKey(WireModel):
    """An access key without its secret; `status` tells whether it works, the user's own state included.

    `lastUsedAt` is what IAM told at `lastUsedCheckedAt`, which only a rotation that waits for the end of a key asks
    for: null there, and nothing is known of the key's use.
    """

    access_key_id: str
    status: KeyStatus
    created_at: str
    ready_at: str | None
    handed_over_at: str | None
    last_used_at: str | None
    last_used_service: str | None
    last_used_checked_at: str | None
    revealed: bool


class ToldRotation(WireModel):
    """A running rotation; `dueAt` is when its present wait ends by itself."""

    id: str
    reason: RotationReason
    step: RotationStep
    actor: str
    started_at: str
    due_at: str | None


class ToldCredentials(WireModel):
    """A user's keys and their rotation, oldest key first."""

    keys: tuple[ToldKey, ...]
    suspended: bool
    rotation: ToldRotation | None
    last_rotation: EndedRotation | None
    next_rotation_at: str | None
    expires_at: str | None


class CredentialsView:
    """The keys of one kind's resources."""

    def __init__(self, kind: Kind, rules: CredentialRules) -> None:
        self._kind = kind
        self._rules = rules

    def get_credentials(self, call: Call) -> Answer:
        """Answer GET …/{name}/credentials, from the mirror alone."""
        refuse_unknown(call.request.query)
        state = read_state(call, self._kind, self._rules)
        return answer(200, _told(state, call.ports.clock().now()).to_wire())


def _told(state: CredentialState, now: datetime) -> ToldCredentials:
    row = state.credentials
    dead = state.suspended or state.expired_at(now) or (row is not None and row.closed)
    keys = () if row is None else tuple(sorted(row.keys, key=lambda key: key.created_at))
    return ToldCredentials(
        keys=tuple(_of_key(key, dead=dead) for key in keys),
        suspended=state.suspended,
        rotation=None if row is None or row.rotation is None else told_rotation(row.rotation),
        last_rotation=None if row is None else row.last_rotation,
        next_rotation_at=_next_rotation_at(state, keys),
        expires_at=state.expires_at,
    )


def _next_rotation_at(state: CredentialState, keys: tuple[AccessKey, ...]) -> str | None:
    days = state.rules.rotate_every_days(state.row.resource.spec)
    if days is None or not keys:
        return None
    return to_iso(datetime.fromisoformat(keys[-1].created_at) + timedelta(days=days))


def _of_key(key: AccessKey, *, dead: bool) -> ToldKey:
    return ToldKey(
        access_key_id=key.access_key_id,
        status=KeyStatus.INACTIVE if dead else key.status,
        created_at=key.created_at,
        ready_at=key.ready_at,
        handed_over_at=key.handed_over_at,
        last_used_at=key.last_used_at,
        last_used_service=key.last_used_service,
        last_used_checked_at=key.last_used_checked_at,
        revealed=key.handed_over_at is not None,
    )


def told_rotation(rotation: Rotation) -> ToldRotation:
    """Give what people are told of a running rotation."""
    return ToldRotation(
        id=rotation.id,
        reason=rotation.reason,
        step=rotation.step,
        actor=rotation.actor,
        started_at=rotation.started_at,
        due_at=rotation.due_at,
    )
