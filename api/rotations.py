"""Asking for new keys, not waiting any longer for the end of the old ones, and taking that end back."""

from collections.abc import Callable
from datetime import datetime

from api.after_reveal import surviving
from api.body_fields import read_fields, whole_number
from api.call import Call
from api.credential_state import CredentialState, read_state_to_change
from api.credentials import ToldRotation, told_rotation
from api.http import Answer, answer
from api.idempotency import parse_idempotency_key
from api.wiring import Ports
from stowage.adapters.log import logger
from stowage.domain.credentials import Rotation, RotationReason, RotationStep
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


class RotationAccepted(WireModel):
    """A rotation was started, hurried or undone."""

    rotation: ToldRotation


class RotationsView:
    """The rotations of one kind's resources."""

    def __init__(self, kind: Kind, rules: CredentialRules) -> None:
        self._kind = kind
        self._rules = rules

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
            started_at = _start(request, state, call.ports)
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
            return self._accepted(call, told_rotation(wished))
        raise overtaken or ConcurrentUpdateError("The rotation was changed by others five times in a row.")

    def _accepted(self, call: Call, rotation: ToldRotation) -> Answer:
        project, name = call.request.parameters["project"], call.request.parameters["name"]
        with surviving("the pages could not be told", rotation.id):
            call.ports.notifier().announce_credentials(project, self._kind.kind, name)
        location = f"/v1/projects/{project}/{self._kind.path}/{name}/credentials"
        return answer(202, RotationAccepted(rotation=rotation).to_wire(), {"location": location})


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


def _start(request: RotationRequest, state: CredentialState, ports: Ports) -> str:
    """Start the rotation and give when. An equal request that was quicker began the same one."""
    rotations = ports.rotations()
    try:
        started_at = rotations.start(request.rotation, request.to_input())
    except ExecutionExistsError as exists:
        begun_at = _repeated(request, rotations)
        if begun_at is None:
            raise ConcurrentUpdateError("An equal request has just begun this rotation: repeat it.") from exists
        return begun_at
    _claim(request, state, started_at, ports)
    return started_at


def _claim(request: RotationRequest, state: CredentialState, started_at: str, ports: Ports) -> None:
    """Take the credentials for the rotation that has begun, so that whoever looks next sees it.

    What ClaimRotation, its first state, does some moments later; who comes second finds it done. A link may be made at
    once then, to the key that is about to be minted.
    """
    row = state.credentials
    if row is None:
        return
    with surviving("the rotation's claim is left to its first state", request.rotation):
        ports.credential_rows().put(row.model_copy(update={"rotation": request.claim(started_at)}))


def _begun(request: RotationRequest, state: CredentialState, started_at: str) -> ToldRotation:
    """Give the rotation as its row tells it; it has no row in its first moments."""
    row = state.credentials
    if row is not None and row.rotation is not None and row.rotation.id == request.rotation:
        return told_rotation(row.rotation)
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
