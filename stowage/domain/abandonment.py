"""Rotations that end without their success: what of them is deleted, what stands, what is written down."""

from datetime import datetime, timedelta

from stowage.domain.credentials import AccessKey, Credentials, KeyStatus, Rotation, RotationOutcome, RotationReason
from stowage.domain.custody import Custody
from stowage.domain.errors import ExecutionNotFoundError, PermanentError
from stowage.domain.notices import NoticeCode
from stowage.domain.ports import Executions, Handovers
from stowage.domain.rotation import RotationRequest
from stowage.domain.rotation_requests import Teller

CAUSE_LENGTH = 1_000
RUNNING = frozenset({"RUNNING", "PENDING_REDRIVE"})
UNKNOWN_FOR = timedelta(minutes=5)
"""An execution that was begun a moment ago may be unknown still: DescribeExecution is eventually consistent
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html)."""

OUTCOMES = {
    "HandoverNotOpenedError": RotationOutcome.HANDOVER_NOT_OPENED,
    "RotationSupersededError": RotationOutcome.SUPERSEDED,
    "UserOffError": RotationOutcome.SWITCHED_OFF,
}
BROKEN_OFF = {
    "ABORTED": "Somebody has stopped it in AWS.",
    "TIMED_OUT": "It took longer than a rotation may.",
}


def outcome_of(error: str) -> RotationOutcome:
    """Give the outcome that an error's class name means."""
    return OUTCOMES.get(error, RotationOutcome.FAILED)


def broken_off(status: str, rotation: str) -> str:
    """Give the sentence for a rotation whose execution ended by itself, and how (Step Functions' word)."""
    sentence = BROKEN_OFF.get(status, "It broke off before its end.")
    return f"{sentence} An operator finds more under {rotation}."


def off_sentence(request: RotationRequest, what: str) -> str:
    """Give the sentence for a rotation that met a user who is let in no more; `what` tells how that came."""
    if request.reason is RotationReason.FIRST:
        return f"{what} while its first key was being tried. It gets one when it is let in again."
    return f"{what} while its new key was being tried. Ask for the rotation again when it is let in again."


def is_handed_over(key: AccessKey, handovers: Handovers) -> bool:
    """Tell whether somebody has seen the key; a reveal that could not mark it has shown it nevertheless."""
    return key.handed_over_at is not None or handovers.revealed_at(key.rotation) is not None


def end_of(holder: Rotation, *, rotations: Executions, now: datetime) -> str | None:
    """Tell how the execution of a rotation has ended; None while it runs, or has only just begun."""
    try:
        status = rotations.describe(holder.id).status
    except ExecutionNotFoundError:
        return None if now - datetime.fromisoformat(holder.started_at) < UNKNOWN_FOR else "GONE"
    return None if status in RUNNING else status


def abandon(
    custody: Custody,
    rotation: str,
    *,
    outcome: RotationOutcome,
    cause: str | None,
    at: str,
    handovers: Handovers,
) -> bool:
    """End a rotation that holds the row, whatever it has left; tell whether it held it.

    A new key that nobody has seen is deleted where an old one stands, or if it never was ready; the old one is never
    touched, but for the wish to have it back, which is carried out. What cannot be done just now for good reasons (a
    role that is gone, say) does not keep the row held.
    """
    row = custody.read()
    if row is None or row.rotation is None or not row.held_by(rotation):
        return False
    try:
        _clean_up(custody, row, rotation, handovers, at)
        _carry_out(custody, rotation)
    except PermanentError as error:
        cause = f"{cause or ''} (And what it left could not be put in order: {error})".strip()

    def end(current: Credentials) -> Credentials:
        if not current.held_by(rotation):
            return current
        return current.with_rotation_ended(outcome, None if cause is None else cause[:CAUSE_LENGTH], at)

    custody.rewrite(end)
    return True


def may_be_dropped(key: AccessKey, handovers: Handovers, at: str) -> bool:
    """Tell whether nobody has seen the key, and see to it that nobody will."""
    return key.handed_over_at is None and handovers.withdraw(key.rotation, at=at) is None


def _carry_out(custody: Custody, rotation: str) -> None:
    """Make IAM agree with the row: the rotation may have ended between the two, or before it took an end back."""

    def take_back(row: Credentials) -> Credentials:
        old = row.old_key(rotation)
        is_undone = row.held_by(rotation) and row.rotation is not None and row.rotation.undone
        return row.with_key(old.access_key_id, status=KeyStatus.ACTIVE) if is_undone and old is not None else row

    row = custody.rewrite(take_back)
    if row is not None and row.keys:
        custody.converge()


def _clean_up(custody: Custody, row: Credentials, rotation: str, handovers: Handovers, at: str) -> None:
    key = row.key_of(rotation)
    if key is None:
        if row.rotation is not None:
            custody.drop_orphans(rotation, row.rotation.started_at)
            custody.delete_secret_of(rotation)
            custody.take_back_links(at=at, of=rotation)
        return
    is_needed = key.ready_at is not None and row.old_key(rotation) is None
    if not is_needed and may_be_dropped(key, handovers, at):
        custody.drop(key.access_key_id)
        custody.take_back_links(at=at, of=rotation)


def tell_failure(
    teller: Teller, of: tuple[str, str, str], rotation: str, outcome: RotationOutcome, cause: str | None
) -> None:
    """Tell the project's people that a rotation has failed; one that was overtaken is nobody's business."""
    if outcome is not RotationOutcome.SUPERSEDED:
        text = f"The rotation of {of[2]}'s keys has ended before its time. {cause or ''}".strip()
        teller.give(NoticeCode.ROTATION_FAILED, of, about=rotation, text=text[:CAUSE_LENGTH])
    teller.tell_changed(of)
