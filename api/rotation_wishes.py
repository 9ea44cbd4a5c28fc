"""What a person may wish of a running rotation, step by step, and the sentences for what they may not."""

import hashlib

from stowage.domain.changes import canonical_json
from stowage.domain.credentials import Hurry, Rotation, RotationOutcome, RotationStep
from stowage.domain.errors import IdempotencyKeyReusedError, RotationConflictError

KEPT_WISHES = 20
"""Two wishes end a rotation, and each undo asks for one more: nobody repeats one of so many wishes ago."""
WAITING_STEPS = (RotationStep.AWAITING_IDLE, RotationStep.UNDO_WINDOW)
"""The waits that somebody may end: nothing but an undo leads back from the second to the first."""

PLACES = {
    RotationStep.MINTING: "the new key is being made",
    RotationStep.PROBING: "the new key is being tried",
    RotationStep.AWAITING_HANDOVER: "the new key waits to be handed over",
    RotationStep.AWAITING_IDLE: "the old key is kept until it is not used any more",
    RotationStep.UNDO_WINDOW: "the old key is switched off, which can be taken back still",
    RotationStep.DELETING: "the old key is being deleted",
}
"""Where a rotation stands, in words that follow a colon."""
ENDS = {
    RotationOutcome.SUCCEEDED: "it has succeeded, and the new key alone is in use",
    RotationOutcome.HANDOVER_NOT_OPENED: "nobody opened a link to the new key in time",
    RotationOutcome.SUPERSEDED: "something else took its place",
    RotationOutcome.SWITCHED_OFF: "the user was switched off before the new key was ready",
    RotationOutcome.FAILED: "it has failed",
}


def wish_key(person: str, idempotency_key: str | None) -> str | None:
    """Give what is kept of an Idempotency-Key: a hash, of the person as well; None without one."""
    if idempotency_key is None:
        return None
    return hashlib.sha256(canonical_json([person, idempotency_key]).encode()).hexdigest()[:32]


def hurry(rotation: Rotation, step: RotationStep | None, key: str | None) -> Rotation:
    """Give the rotation with the wish that it waits in `step` no longer; the same one for a wish that is known.

    A wish is known by its key, and by its step once the rotation has left that: repeated, it never ends the next
    wait. Without a step a wish means the wait for the old key alone: what cannot be taken back has to be named.

    Raises RotationConflictError and IdempotencyKeyReusedError.
    """
    known = next((wish for wish in rotation.hurries if key is not None and wish.key == key), None)
    if known is not None:
        if step not in {None, known.step}:
            raise IdempotencyKeyReusedError("This Idempotency-Key was used before, for another step: choose a new one.")
        return rotation
    if step is not None and _is_past(rotation, step):
        return rotation
    _check_waiting(rotation)
    if step is None and rotation.step is RotationStep.UNDO_WINDOW:
        raise RotationConflictError(
            f"The old key is switched off, and until {rotation.due_at} that can be taken back. To have it deleted now, "
            'name the step that is to end: {"step": "UNDO_WINDOW"}.'
        )
    if step not in {None, rotation.step}:
        raise RotationConflictError(f"This rotation is not in the step {step}: {PLACES[rotation.step]}.")
    if rotation.hurried and key is None:
        return rotation
    wishes = (*rotation.hurries, Hurry(step=rotation.step, key=key))[-KEPT_WISHES:]
    return rotation.model_copy(update={"hurried": True, "hurries": wishes})


def take_back(rotation: Rotation) -> Rotation:
    """Give the rotation with the wish to have the old key back. Raises RotationConflictError."""
    if rotation.step is RotationStep.DELETING or (rotation.step is RotationStep.UNDO_WINDOW and rotation.hurried):
        raise RotationConflictError("It is too late: the old key is being deleted.")
    if rotation.step is not RotationStep.UNDO_WINDOW:
        raise RotationConflictError("There is nothing to undo: the old key is not deactivated.")
    return rotation.model_copy(update={"undone": True})


def conflict_with(running: Rotation) -> RotationConflictError:
    """Give the refusal of another rotation while one runs."""
    sentence = f"{running.actor} has been rotating these credentials since {running.started_at}"
    return RotationConflictError(f"{sentence}: {PLACES[running.step]}.", running.id)


def _is_past(rotation: Rotation, step: RotationStep) -> bool:
    """Tell whether somebody's wish has led the rotation out of this step."""
    order = list(RotationStep)
    wished = any(wish.step is step for wish in rotation.hurries)
    return wished and order.index(rotation.step) > order.index(step)


def _check_waiting(rotation: Rotation) -> None:
    if rotation.step is RotationStep.AWAITING_HANDOVER:
        raise RotationConflictError(
            "The new key was not handed over yet: without it the third party would be left without any."
        )
    if rotation.undone:
        raise RotationConflictError("The deactivation of the old key is being taken back already.")
    if rotation.step not in WAITING_STEPS:
        raise RotationConflictError(f"This rotation waits for nothing at this moment: {PLACES[rotation.step]}.")
