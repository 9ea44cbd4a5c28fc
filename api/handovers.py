"""A user's handovers: making a one-time link, following it, taking it back. What opens one is api/open_handover.py."""

from datetime import datetime, timedelta

from pydantic import JsonValue

from api.after_reveal import announce_credentials
from api.body_fields import read_fields, text, whole_number
from api.call import Call
from api.credential_state import CredentialState, read_state, read_state_to_change
from api.http import Answer, answer
from api.queries import refuse_unknown
from api.wiring import Ports
from stowage.adapters.log import logger
from stowage.domain.clock import day_of, to_iso
from stowage.domain.credentials import RotationStep
from stowage.domain.errors import ExecutionExistsError, NotFoundError, RotationConflictError
from stowage.domain.handovers import (
    HANDOVER_ID,
    PASSPHRASE_DIFFERENT,
    PASSPHRASE_MAXIMUM,
    PASSPHRASE_MINIMUM,
    PASSPHRASE_TRIES,
    Handover,
    HandoverStatus,
    new_id,
    new_token,
    passphrase_hash,
    token_hash,
)
from stowage.domain.kinds import CredentialRules, Kind
from stowage.domain.projects import Membership
from stowage.domain.reveals import key_to_hand_over
from stowage.domain.rotation import lacks_keys, start_first_rotation
from stowage.domain.wire import WireModel

EXPIRES_HOURS = 72
LONGEST_HOURS = 720
MAKING = frozenset({RotationStep.MINTING, RotationStep.PROBING})
"""In these a rotation may not have told of its key yet."""
REVEALED = "These credentials were handed over already: rotate them to get new ones."
ROTATING = "The new key was handed over already: when this rotation has ended, rotate again to get another one."


class ToldHandover(WireModel):
    """A handover without its hashes. `url` is told once, by the answer that made it; `triesLeft` of a passphrase."""

    id: str
    url: str | None
    status: HandoverStatus
    created_at: str
    created_by: str
    expires_at: str
    opened_at: str | None
    revoked_at: str | None
    retried_at: str | None
    has_passphrase: bool
    tries_left: int | None
    rotation: str


class HandoverList(WireModel):
    """A resource's handovers, newest first; 100 at most."""

    items: tuple[ToldHandover, ...]


class HandoversView:
    """The handovers of one kind's resources."""

    def __init__(self, kind: Kind, rules: CredentialRules) -> None:
        self._kind = kind
        self._rules = rules

    def post_handover(self, call: Call) -> Answer:
        """Answer POST …/{name}/handovers: the one answer that holds the link."""
        writer, state = read_state_to_change(call, self._kind, self._rules)
        fields = read_fields(
            call.request,
            {
                "passphrase": _check_passphrase,
                "expiresInHours": whole_number(1, LONGEST_HOURS),
            },
        )
        passphrase, hours = fields.get("passphrase"), fields.get("expiresInHours", EXPIRES_HOURS)
        now, token = call.ports.clock().now(), new_token()
        state.check_workable(now)
        handover = _new(state, writer, token, _rotation(state, call.ports), now, hours=_number(hours))
        if isinstance(passphrase, str):
            handover = handover.model_copy(update={"passphrase_hash": passphrase_hash(passphrase)})
        logger().append_keys(handover=handover.id)
        call.ports.handovers().create(handover)
        _revoke_former(handover, now, call.ports)
        announce_credentials(handover, ports=call.ports)
        origin = next(iter(call.ports.settings().console_origins), "")
        url = f"{origin}/handovers/{handover.id}#token={token}"
        return answer(201, _told(handover, now).model_copy(update={"url": url}).to_wire())

    def get_handovers(self, call: Call) -> Answer:
        """Answer GET …/{name}/handovers; one of a moment ago may be missing."""
        refuse_unknown(call.request.query)
        state = read_state(call, self._kind, self._rules)
        now = call.ports.clock().now()
        items = tuple(_told(each, now) for each in call.ports.handovers().list_of(*state.of))
        return answer(200, HandoverList(items=items).to_wire())

    def get_handover(self, call: Call) -> Answer:
        """Answer GET …/{name}/handovers/{handover}."""
        refuse_unknown(call.request.query)
        state = read_state(call, self._kind, self._rules)
        return answer(200, _told(_find(call, state), call.ports.clock().now()).to_wire())

    def delete_handover(self, call: Call) -> Answer:
        """Answer DELETE …/{name}/handovers/{handover}: take the link back; repeated, it is taken back still."""
        _, state = read_state_to_change(call, self._kind, self._rules)
        now, found = call.ports.clock().now(), _find(call, state)
        logger().append_keys(handover=found.id)
        revoked = call.ports.handovers().revoke(found.id, revoked_at=to_iso(now))
        if revoked is None:
            raise NotFoundError("There is no such handover of these credentials.")
        if revoked.status is HandoverStatus.OPENED:
            raise RotationConflictError("This link was opened already: rotate the credentials to make it worthless.")
        announce_credentials(revoked, ports=call.ports)
        return answer(200, _told(revoked, now).to_wire())


def _rotation(state: CredentialState, ports: Ports) -> str:
    """Give the rotation whose key is to be handed over; a user without any key gets the first one begun.

    Raises RotationConflictError when everything was handed over already, or nothing can be minted.
    """
    row = state.credentials
    if row is not None:
        key = key_to_hand_over(row, handovers=ports.handovers())
        if key is not None:
            return key.rotation
        running = row.rotation
        if running is not None and running.step in MAKING and row.key_of(running.id) is None:
            return running.id
        if running is not None:
            raise RotationConflictError(ROTATING, running.id)
    if not lacks_keys(row, state.stack_id):
        raise RotationConflictError(REVEALED)
    try:
        day = day_of(ports.clock().now())
        return start_first_rotation(state.of, state.stack_id, day=day, rotations=ports.rotations()).rotation
    except ExecutionExistsError as failed:
        raise RotationConflictError(f"No key can be minted for {state.of[2]!r}: tell an operator.") from failed


def _check_passphrase(value: JsonValue) -> str | None:
    """Give a sentence for a passphrase that anybody might guess."""
    wrong = text(PASSPHRASE_MINIMUM, PASSPHRASE_MAXIMUM)(value)
    if wrong is None and isinstance(value, str) and len(set(value)) < PASSPHRASE_DIFFERENT:
        return f"must have at least {PASSPHRASE_DIFFERENT} different characters: this one is easily guessed."
    return wrong


def _new(
    state: CredentialState, writer: Membership, token: str, rotation: str, now: datetime, *, hours: int
) -> Handover:
    project, kind, name = state.of
    return Handover(
        id=new_id(),
        project=project,
        kind=kind,
        name=name,
        rotation=rotation,
        token_hash=token_hash(token),
        passphrase_hash=None,
        tries_left=PASSPHRASE_TRIES,
        status=HandoverStatus.WAITING,
        created_at=to_iso(now),
        created_by=writer.person.email,
        created_by_id=writer.person.id,
        expires_at=to_iso(now + timedelta(hours=hours)),
    )


def _revoke_former(handover: Handover, now: datetime, ports: Ports) -> None:
    """Take back the links to the same key that still wait: the newest is the one that counts.

    After the new one is written, so that a failure leaves a link too many rather than none; a key is revealed once,
    through whichever of them.
    """
    handovers = ports.handovers()
    for each in handovers.list_of(handover.project, handover.kind, handover.name):
        if (
            each.id != handover.id
            and each.rotation == handover.rotation
            and each.status_at(now) in {HandoverStatus.WAITING, HandoverStatus.LOCKED}
        ):
            handovers.revoke(each.id, revoked_at=to_iso(now))


def _find(call: Call, state: CredentialState) -> Handover:
    """Give the handover, if it is this resource's: the id alone proves nothing."""
    handover = call.request.parameters["handover"]
    found = call.ports.handovers().get(handover) if HANDOVER_ID.fullmatch(handover) else None
    if found is None or (found.project, found.kind, found.name) != state.of:
        raise NotFoundError("There is no such handover of these credentials.")
    return found


def _told(handover: Handover, now: datetime) -> ToldHandover:
    return ToldHandover(
        id=handover.id,
        url=None,
        status=handover.status_at(now),
        created_at=handover.created_at,
        created_by=handover.created_by,
        expires_at=handover.expires_at,
        opened_at=handover.opened_at,
        revoked_at=handover.revoked_at,
        retried_at=handover.retried_at,
        has_passphrase=handover.passphrase_hash is not None,
        tries_left=None if handover.passphrase_hash is None else handover.tries_left,
        rotation=handover.rotation,
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else EXPIRES_HOURS
