"""State RecordRotationFailure of machine rotate_credentials: gives the credentials free and says what has failed.

Reads the credentials' row; takes the claim from it, deletes a new key that nobody can use, never the old one, and adds
how the rotation ended, and a notice. Idempotent: a rotation that does not hold the row any more writes nothing.
"""

from stowage.adapters import bootstrap
from stowage.adapters.metrics import count_rotation
from stowage.adapters.task_handler import task
from stowage.domain.abandonment import abandon, off_sentence, outcome_of, tell_failure
from stowage.domain.clock import to_iso
from stowage.domain.credentials import RotationOutcome
from stowage.domain.custody import Custodian
from stowage.domain.errors import CredentialError, KeyNotReadyError, RetryableError
from stowage.domain.failures import error_named, sentence_of
from stowage.domain.ports import Clock, Handovers
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.wire import WireModel


class CaughtFailure(WireModel):
    """A state's error as the machine caught it."""

    error: str
    cause: str


class RecordRotationFailureRequest(RotationTaskRequest):
    """A rotation, and what failed."""

    failure: CaughtFailure


class RecordedRotationFailure(WireModel):
    """How the rotation ended."""

    outcome: RotationOutcome
    cause: str


def record_rotation_failure(
    request: RecordRotationFailureRequest,
    *,
    custodian: Custodian,
    handovers: Handovers,
    clock: Clock,
    teller: Teller,
) -> RecordedRotationFailure:
    """End the rotation and say why. Raises the retryable errors of the calls."""
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    outcome, cause = outcome_of(request.failure.error), _sentence(request)
    row = custody.read()
    if request.failure.error == KeyNotReadyError.__name__ and row is not None and row.suspended:
        outcome = RotationOutcome.SWITCHED_OFF  # since the last try
        cause = off_sentence(request.rotation, f"{custody.name} was switched off")
    at = to_iso(clock.now())
    held = abandon(custody, request.id, outcome=outcome, cause=cause, at=at, handovers=handovers)
    if not held and outcome is RotationOutcome.FAILED:
        row = custody.read()
        if row is None or row.last_rotation is None or row.last_rotation.id != request.id:
            outcome = RotationOutcome.SUPERSEDED
    tell_failure(teller, request.of, request.id, outcome, cause)
    return RecordedRotationFailure(outcome=outcome, cause=cause)


def _sentence(request: RecordRotationFailureRequest) -> str:
    """Give the sentence for people: our own errors' text; of any other nothing but where an operator finds it."""
    ours = error_named(request.failure.error)
    told = sentence_of(request.failure.cause)
    if ours is not None and issubclass(ours, CredentialError) and told:
        return told
    if ours is not None and issubclass(ours, RetryableError):
        trouble = "refused the new key" if ours is KeyNotReadyError else "did not answer"
        return f"AWS {trouble} for too long. An operator finds more under {request.id}."
    if ours is not None and told:
        return told
    return f"Something broke inside Stowage. An operator finds it under {request.id}."


@task(RecordRotationFailureRequest)
def handler(request: RecordRotationFailureRequest) -> RecordedRotationFailure:
    """Run the state."""
    recorded = record_rotation_failure(
        request,
        custodian=bootstrap.custodian(),
        handovers=bootstrap.handovers(),
        clock=bootstrap.clock(),
        teller=bootstrap.teller(),
    )
    count_rotation(recorded.outcome)
    return recorded
