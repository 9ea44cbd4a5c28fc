"""A user's keys and their rotation: reading them, asking for new ones, hurrying and undoing the change of keys."""

from collections.abc import Callable
from datetime import datetime, timedelta

from api.after_reveal import surviving
from api.body_fields import read_fields, whole_number
from api.call import Call
from api.credential_state import CredentialState, read_state, read_state_to_change
from api.http import Answer, answer
from api.idempotency import parse_idempotency_key
from api.queries import refuse_unknown
from stowage.adapters.log import logger
from stowage.domain.clock import to_iso
from stowage.domain.credentials import (
    AccessKey,
    EndedRotation,
    KeyStatus,
    Rotation,
    RotationReason,
    RotationStep,
)
from stowage.domain.errors import (
    ConcurrentUpdateError,
    ExecutionExistsError,
    ExecutionNotFoundError,
    IdempotencyKeyReusedError,
    NotFoundError,
    RotationConflictError,
)
from stowage.domain.kinds import CredentialRules, Kind
from stowage.domain.ports import Executions
from stowage.domain.rotation import (
    LONGEST_OVERLAP_HOURS,
    LONGEST_UNDO_HOURS,
    OVERLAP_HOURS,
    UNDO_HOURS,
    RotationRequest,
    new_rotation_id,
    rotation_id,
    wake,
)
from stowage.domain.wire import WireModel

ATTEMPTS = 5
"""A row is written whole, by whoever read it last: a rotation's step may come in between, hardly five of them."""


class ToldKey(WireModel):
    """An access key without its secret; `status` tells whether it works, the user's own state included."""

    access_key_id: str
    status: KeyStatus
    created_at: str
    ready_at: str | None
    handed_over_at: str | None
    last_used_at: str | None
    last_used_service: str | None
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


class RotationAccepted(WireModel):
    """A rotation was started, hurried or undone."""

    rotation: ToldRotation


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

    def post_rotation(self, call: Call) -> Answer:
        """Answer POST …/{name}/rotations: a new key beside the old one, and the way from this to that."""
        writer, state = read_state_to_change(call, self._kind, self._rules)
        hours = read_fields(
            call.request,
            {
                "overlapHours": whole_number(0, LONGEST_OVERLAP_HOURS),
                "undoHours": whole_number(0, LONGEST_UNDO_HOURS),
            },
        )
        key = parse_idempotency_key(call.request.headers.get("idempotency-key"))
        project, kind, name = state.of
        request = RotationRequest.model_validate(
            {
                "rotation": new_rotation_id() if key is None else rotation_id("requested", writer.person.id, key),
                "project": project,
                "kind": kind,
                "name": name,
                "reason": RotationReason.REQUESTED,
                "actor": writer.person.email,
                "actor_id": writer.person.id,
                "overlap_hours": hours.get("overlapHours", OVERLAP_HOURS),
                "undo_hours": hours.get("undoHours", UNDO_HOURS),
            }
        )
        logger().append_keys(rotation=request.rotation)
        rotations = call.ports.rotations()
        started_at = None if key is None else _repeated(request, rotations)
        if started_at is None:
            _check_free(state, call.ports.clock().now())
            started_at = _start(request, rotations)
        return self._accepted(call, _begun(request, state, started_at))

    def post_advance(self, call: Call) -> Answer:
        """Answer POST …/rotations/{rotation}/advance: do not wait any longer."""
        return self._wish(call, _hurried)

    def post_undo(self, call: Call) -> Answer:
        """Answer POST …/rotations/{rotation}/undo: take the old key's deactivation back."""
        return self._wish(call, _undone)

    def _wish(self, call: Call, wish: Callable[[Rotation], Rotation]) -> Answer:
        """Write a person's wish onto the running rotation, then wake it; repeated, it is the same wish."""
        overtaken: ConcurrentUpdateError | None = None
        for _ in range(ATTEMPTS):
            _, state = read_state_to_change(call, self._kind, self._rules)
            running = _running(state, call.request.parameters["rotation"])
            wished, row = wish(running), state.credentials
            if row is None:  # there is no running rotation then
                break
            try:
                if wished != running:
                    row = call.ports.credential_rows().put(row.model_copy(update={"rotation": wished}))
            except ConcurrentUpdateError as error:
                overtaken = error
                continue
            wake(row, call.ports.waits())
            return self._accepted(call, _of_rotation(wished))
        raise overtaken or ConcurrentUpdateError("The rotation was changed by others five times in a row.")

    def _accepted(self, call: Call, rotation: ToldRotation) -> Answer:
        project, name = call.request.parameters["project"], call.request.parameters["name"]
        with surviving("the pages could not be told", rotation.id):
            call.ports.notifier().announce_credentials(project, self._kind.kind, name)
        location = f"/v1/projects/{project}/{self._kind.path}/{name}/credentials"
        return answer(202, RotationAccepted(rotation=rotation).to_wire(), {"location": location})


def _told(state: CredentialState, now: datetime) -> ToldCredentials:
    row = state.credentials
    dead = state.suspended or state.expired_at(now) or (row is not None and row.closed)
    keys = () if row is None else tuple(sorted(row.keys, key=lambda key: key.created_at))
    return ToldCredentials(
        keys=tuple(_of_key(key, dead=dead) for key in keys),
        suspended=state.suspended,
        rotation=None if row is None or row.rotation is None else _of_rotation(row.rotation),
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
        revealed=key.handed_over_at is not None,
    )


def _of_rotation(rotation: Rotation) -> ToldRotation:
    return ToldRotation(
        id=rotation.id,
        reason=rotation.reason,
        step=rotation.step,
        actor=rotation.actor,
        started_at=rotation.started_at,
        due_at=rotation.due_at,
    )


def _check_free(state: CredentialState, now: datetime) -> None:
    state.check_workable(now)
    running = None if state.credentials is None else state.credentials.rotation
    if running is not None:
        raise RotationConflictError(
            f"{running.actor} has been rotating these credentials since {running.started_at} ({running.step})."
        )
    if state.credentials is None or not state.credentials.keys:
        raise RotationConflictError("There is no key to rotate yet: a handover mints the first one.")


def _repeated(request: RotationRequest, rotations: Executions) -> str | None:
    """Give when this very request was begun before, or None. Raises IdempotencyKeyReusedError."""
    try:
        execution = rotations.describe(request.rotation)
    except ExecutionNotFoundError:
        return None
    if execution.input != request.to_input():
        raise IdempotencyKeyReusedError("This Idempotency-Key was used before, for another request: choose a new one.")
    return execution.started_at


def _start(request: RotationRequest, rotations: Executions) -> str:
    """Start the rotation and give when. An equal request that was quicker began the same one."""
    try:
        return rotations.start(request.rotation, request.to_input())
    except ExecutionExistsError as exists:
        started_at = _repeated(request, rotations)
        if started_at is None:
            raise ConcurrentUpdateError("An equal request has just begun this rotation: repeat it.") from exists
        return started_at


def _begun(request: RotationRequest, state: CredentialState, started_at: str) -> ToldRotation:
    """Give the rotation as its row tells it; it has no row in its first moments."""
    row = state.credentials
    if row is not None and row.rotation is not None and row.rotation.id == request.rotation:
        return _of_rotation(row.rotation)
    return ToldRotation(
        id=request.rotation,
        reason=request.reason,
        step=RotationStep.MINTING,
        actor=request.actor,
        started_at=started_at,
        due_at=None,
    )


def _running(state: CredentialState, rotation: str) -> Rotation:
    """Give the running rotation of this id. Raises NotFoundError, or RotationConflictError when it has ended."""
    row = state.credentials
    if row is not None and row.rotation is not None and row.rotation.id == rotation:
        return row.rotation
    if row is not None and row.last_rotation is not None and row.last_rotation.id == rotation:
        raise RotationConflictError(f"This rotation has ended: {row.last_rotation.outcome}.")
    raise NotFoundError("There is no such rotation of these credentials.")


def _hurried(rotation: Rotation) -> Rotation:
    if rotation.step is RotationStep.AWAITING_HANDOVER:
        raise RotationConflictError(
            "The new key was not handed over yet: without it the third party would be left without any."
        )
    if rotation.undone:
        raise RotationConflictError("The deactivation of the old key is being taken back already.")
    if rotation.step not in {RotationStep.AWAITING_IDLE, RotationStep.UNDO_WINDOW}:
        raise RotationConflictError("This rotation waits for nothing at this moment.")
    return rotation.model_copy(update={"hurried": True})


def _undone(rotation: Rotation) -> Rotation:
    if rotation.step is not RotationStep.UNDO_WINDOW:
        raise RotationConflictError("There is nothing to undo: the old key is not deactivated yet.")
    if rotation.hurried:
        raise RotationConflictError("It is too late: the old key is being deleted, as somebody has asked.")
    return rotation.model_copy(update={"undone": True})
