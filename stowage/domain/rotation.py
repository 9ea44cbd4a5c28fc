"""Rotations as they are asked for: the input of rotate_credentials, its names, and the ends of its waits (ADR 0011)."""

import hashlib
import secrets
from datetime import datetime, timedelta

from pydantic import Field

from stowage.domain.changes import canonical_json
from stowage.domain.clock import to_iso
from stowage.domain.credentials import Credentials, Rotation, RotationReason, RotationStep
from stowage.domain.errors import ExecutionExistsError, TaskTokenExpiredError
from stowage.domain.ports import Executions, Waits
from stowage.domain.wire import WireModel

STOWAGE = "Stowage"
"""The actor of what nobody asked for: a first minting, a rotation by schedule, an expiry."""
STOWAGE_ID = "stowage"
OVERLAP_HOURS = 7 * 24
"""How long the old key goes on by itself after the new one was handed over."""
UNDO_HOURS = 3 * 24
LONGEST_OVERLAP_HOURS = 30 * 24
LONGEST_UNDO_HOURS = 14 * 24
ATTEMPTS = 8
"""A first minting that failed is begun anew under the next name, so often on one day: a name is free again after 90
days (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html), and what kept the key
from being minted (a policy of the account's organisation, say) may be mended tomorrow."""


class RotationRequest(WireModel):
    """The execution's input, without a clock, so that a repeat is byte-identical; `rotation` is the execution's name.

    `overlap_hours` is how long the old key stays after the new one was handed over, `undo_hours` how long its
    deactivation can be taken back.
    """

    rotation: str
    project: str
    kind: str
    name: str
    reason: RotationReason
    actor: str
    actor_id: str
    overlap_hours: int = Field(OVERLAP_HOURS, ge=0, le=LONGEST_OVERLAP_HOURS)
    undo_hours: int = Field(UNDO_HOURS, ge=0, le=LONGEST_UNDO_HOURS)

    def to_input(self) -> str:
        """Give the execution's input, canonically: equal requests give equal bytes."""
        return canonical_json(self.to_wire())

    def claim(self, started_at: str) -> Rotation:
        """Give what stands on the credentials' row from the rotation's first moment (ISO 8601) on."""
        return Rotation(
            id=self.rotation,
            reason=self.reason,
            step=RotationStep.MINTING,
            actor=self.actor,
            actor_id=self.actor_id,
            started_at=started_at,
        )


class WaitResult(WireModel):
    """How a wait ended: with what was waited for, or with the wish to take the deactivation back."""

    undone: bool = False


def new_rotation_id() -> str:
    """Give the id of a rotation that a person asks for: random."""
    return f"rot-{secrets.token_hex(16)}"


def rotation_id(*about: str) -> str:
    """Give an id that is the same whenever the same thing is told."""
    return f"rot-{hashlib.sha256(canonical_json(list(about)).encode()).hexdigest()[:32]}"


def first_rotation(of: tuple[str, str, str], stack_id: str, attempt: int = 0, *, day: str = "") -> RotationRequest:
    """Give the first minting of a user (project, kind, name) whose stack has this id: the same for whoever asks.

    The attempts after the first one have the day in their names as well.
    """
    project, kind, name = of
    again = (day,) if attempt else ()
    return RotationRequest(
        rotation=rotation_id(project, kind, name, stack_id, str(attempt), *again),
        project=project,
        kind=kind,
        name=name,
        reason=RotationReason.FIRST,
        actor=STOWAGE,
        actor_id=STOWAGE_ID,
        overlap_hours=0,
        undo_hours=0,
    )


def scheduled_rotation(of: tuple[str, str, str], stack_id: str, day: str) -> RotationRequest:
    """Give the rotation of a user by schedule: one a day, until one succeeds."""
    project, kind, name = of
    return RotationRequest(
        rotation=rotation_id(project, kind, name, stack_id, "scheduled", day),
        project=project,
        kind=kind,
        name=name,
        reason=RotationReason.SCHEDULED,
        actor=STOWAGE,
        actor_id=STOWAGE_ID,
        overlap_hours=OVERLAP_HOURS,
        undo_hours=UNDO_HOURS,
    )


def start_first_rotation(
    of: tuple[str, str, str], stack_id: str, *, day: str, rotations: Executions
) -> RotationRequest:
    """Start a user's first minting, or join the one that runs; one that failed is followed by the next.

    Args:
        of: project, kind and name.
        stack_id: the user's incarnation, as its resource's row tells it.
        day: today, like 2026-11-23.
        rotations: the executions of rotate_credentials.

    Raises ExecutionExistsError when all attempts of the day have failed: only an operator can help then.
    """
    for attempt in range(ATTEMPTS):
        request = first_rotation(of, stack_id, attempt, day=day)
        try:
            rotations.start(request.rotation, request.to_input())
        except ExecutionExistsError:
            continue
        return request
    raise ExecutionExistsError(
        f"Minting a first key for {of[2]} has failed {ATTEMPTS} times today; an operator must look."
    )


def lacks_keys(credentials: Credentials | None, stack_id: str) -> bool:
    """Tell whether a first minting is due: no key of this incarnation, none being minted, and it is not being deleted.

    `stack_id` is the one of the resource's row.
    """
    if credentials is None or credentials.stack_id != stack_id:
        return True
    return not credentials.keys and credentials.rotation is None and not credentials.closed


def end_of_wait(credentials: Credentials) -> WaitResult | None:
    """Tell whether what a person did ends the wait in which the rotation stands, and how; None: it goes on.

    Time ends a wait as well: only the state's own look tells that.
    """
    rotation = credentials.rotation
    if rotation is None:
        return None
    key = credentials.key_of(rotation.id)
    match rotation.step:
        case RotationStep.AWAITING_HANDOVER:
            over = key is not None and key.handed_over_at is not None
            return WaitResult() if over else None
        case RotationStep.AWAITING_IDLE:
            return WaitResult() if rotation.hurried else None
        case RotationStep.UNDO_WINDOW:
            return WaitResult(undone=rotation.undone) if rotation.undone or rotation.hurried else None
        case _:
            return None


def wake(credentials: Credentials, waits: Waits) -> bool:
    """Answer the waiting state's token, if the row as it was just written ends its wait; tell whether it was answered.

    To be called after the row was written: a state that stores its token later looks at the row itself.
    """
    rotation, result = credentials.rotation, end_of_wait(credentials)
    if rotation is None or rotation.wake_token is None or result is None:
        return False
    try:
        waits.succeed(rotation.wake_token, canonical_json(result.to_wire()))
    except TaskTokenExpiredError:
        return False  # its attempt timed out; the next one looks at the row
    return True


def later(moment: str, *, hours: int) -> str:
    """Give the moment (ISO 8601) so many hours later."""
    return to_iso(datetime.fromisoformat(moment) + timedelta(hours=hours))
