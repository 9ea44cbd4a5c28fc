"""Asking for new keys, not waiting any longer for the end of the old ones, and taking that end back."""

from collections.abc import Callable
from datetime import datetime

from api.body_fields import one_of, read_fields, whole_number
from api.call import Call
from api.credential_state import CredentialState, read_state_to_change
from api.credentials import ToldRotation, told_rotation
from api.http import Answer, answer
from api.idempotency import parse_idempotency_key
from api.rotation_wishes import ENDS, WAITING_STEPS, conflict_with, hurry, take_back, wish_key
from api.surviving import surviving
from api.wiring import Ports
from stowage.adapters.log import logger
from stowage.domain.credentials import Credentials, Rotation, RotationReason, RotationStep
from stowage.domain.errors import (
    ConcurrentUpdateError,
    ExecutionExistsError,
    ExecutionNotFoundError,
    IdempotencyKeyReusedError,
    NotFoundError,
    RotationConflictError,
)
from stowage.domain.kinds import CredentialRules, Kind
from stowage.domain.ports import Execution, Executions
from stowage.domain.projects import Membership
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
REFUSED = "REFUSED"
"""The error of an execution that was told not to begin: another rotation had the credentials already."""

Wish = Callable[[Rotation], Rotation]
"""Gives the rotation with what a person wishes of it; the same one for a wish that is known."""


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
        execution = None if key is None else _repeated(request, rotations)
        if execution is None:
            _check_free(state, call.ports.clock().now())
            started_at = _start(request, state, call.ports)
        else:
            started_at = execution.started_at
            _check_begun(execution, state)
        return self._accepted(call, _begun(request, state, started_at))

    def post_advance(self, call: Call) -> Answer:
        """Answer POST …/rotations/{rotation}/advance: do not wait any longer in the step that is named."""
        return self._wish(call, _hurry_of)

    def post_undo(self, call: Call) -> Answer:
        """Answer POST …/rotations/{rotation}/undo: take the old key's deactivation back."""
        return self._wish(call, lambda _call, _writer: take_back)

    def _wish(self, call: Call, parse: Callable[[Call, Membership], Wish]) -> Answer:
        """Write a person's wish onto the running rotation, then wake it; repeated, it is the same wish.

        The request is parsed after the person was found to be one who may ask.
        """
        overtaken: ConcurrentUpdateError | None = None
        for _ in range(ATTEMPTS):
            writer, state = read_state_to_change(call, self._kind, self._rules)
            wish = parse(call, writer)
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
        raise conflict_with(running)
    if state.credentials is None or not state.credentials.keys:
        raise RotationConflictError("There is no key to rotate yet: a handover mints the first one.")


def _hurry_of(call: Call, writer: Membership) -> Wish:
    """Give the wish not to wait any longer. Raises InvalidRequestError and InvalidSpecError."""
    named = read_fields(call.request, {"step": one_of(*map(str, WAITING_STEPS))}).get("step")
    key = wish_key(writer.person.id, parse_idempotency_key(call.request.headers.get("idempotency-key")))
    step = None if named is None else RotationStep(str(named))
    return lambda rotation: hurry(rotation, step, key)


def _repeated(request: RotationRequest, rotations: Executions) -> Execution | None:
    """Give the execution that this very request has begun before, or None. Raises IdempotencyKeyReusedError."""
    try:
        execution = rotations.describe(request.rotation)
    except ExecutionNotFoundError:
        return None
    if execution.input != request.to_input():
        raise IdempotencyKeyReusedError("This Idempotency-Key was used before, for another request: choose a new one.")
    return execution


def _check_begun(execution: Execution, state: CredentialState) -> None:
    """Refuse to tell of a rotation that another one kept from beginning. Raises RotationConflictError."""
    running = None if state.credentials is None else state.credentials.rotation
    is_another = running is not None and running.id != execution.name
    if running is not None and is_another and (execution.status == "RUNNING" or execution.error == REFUSED):
        raise conflict_with(running)
    if execution.error == REFUSED:
        raise RotationConflictError("This rotation did not begin: another one was quicker. Ask for a new one.")


def _start(request: RotationRequest, state: CredentialState, ports: Ports) -> str:
    """Start the rotation and give when. An equal request that was quicker began the same one.

    Raises RotationConflictError where another rotation was: what was started here is refused by its first state.
    """
    rotations = ports.rotations()
    try:
        started_at = rotations.start(request.rotation, request.to_input())
    except ExecutionExistsError as exists:
        begun = _repeated(request, rotations)
        if begun is None:
            raise ConcurrentUpdateError("An equal request has just begun this rotation: repeat it.") from exists
        return begun.started_at
    row = state.credentials
    with surviving("the rotation's claim is left to its first state", request.rotation):
        row = _claimed(request, state, started_at, ports)
    if row is not None and row.rotation is not None and row.rotation.id != request.rotation:
        raise conflict_with(row.rotation)
    return started_at


def _claimed(request: RotationRequest, state: CredentialState, started_at: str, ports: Ports) -> Credentials | None:
    """Take the credentials for the rotation that has begun, and give them as whoever looks next sees them.

    What ClaimRotation, its first state, does some moments later; who comes second finds it done. A link may be made at
    once then, to the key that is about to be minted. Of two rotations at once the row takes one: it is given then.
    """
    rows, row = ports.credential_rows(), state.credentials
    for _ in range(ATTEMPTS):
        if row is None or row.stack_id != state.stack_id or row.closed or row.rotation is not None:
            return row
        try:
            return rows.put(row.model_copy(update={"rotation": request.claim(started_at)}))
        except ConcurrentUpdateError:
            row = rows.get(*state.of)
    return row


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
        raise RotationConflictError(f"This rotation has ended: {ENDS[row.last_rotation.outcome]}.")
    raise NotFoundError("There is no such rotation of these credentials.")
