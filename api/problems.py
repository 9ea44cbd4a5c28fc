"""Errors as RFC 9457 problems: the one place that knows which error is which HTTP status."""

from dataclasses import dataclass

from pydantic import Field

from api.http import Answer, dump
from stowage.domain import errors
from stowage.domain.next_actions import NextAction
from stowage.domain.resources import Lock, ResourceName
from stowage.domain.wire import WireModel

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "https://stowage.dev/problems/"
RETRY_AFTER_SECONDS = 2
NOT_READY_SECONDS = 3
"""A fresh access key is known in all of AWS after some seconds."""


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A type of problem (RFC 9457): its slug is stable, clients switch on it; the title never varies."""

    slug: str
    status: int
    title: str


class FieldFault(WireModel):
    """One wrong field of a spec."""

    pointer: str = Field(description="JSON Pointer (RFC 6901) into the body; empty for the name or the whole.")
    detail: str = Field(description="A sentence for the person who filled the field in.")


class Problem(WireModel):
    """A refused or failed request (RFC 9457)."""

    type: str = Field(description="A stable URI; its last segment is the code to switch on.")
    title: str = Field(description="The same for every problem of this type.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What is wrong with this request, as a sentence.")
    pointer: str | None = Field(None, description="The first wrong field, as a JSON Pointer.")
    errors: tuple[FieldFault, ...] | None = Field(None, description="Every wrong field.")
    lock: Lock | None = Field(None, description="Who holds the resource: which change, for whom, since when.")
    users: tuple[ResourceName, ...] | None = Field(None, description="Which resources name this one, by kind and name.")
    next_actions: tuple[NextAction, ...] | None = Field(None, description="What the resource's state allows instead.")
    rotation: str | None = Field(None, description="The id of the rotation that runs already.")
    tries_left: int | None = Field(None, description="How many tries the passphrase has left; 0: the link is locked.")


KINDS: dict[type[errors.StowageError], ProblemType] = {
    errors.NotSignedInError: ProblemType("not-signed-in", 401, "Not signed in"),
    errors.TicketRefusedError: ProblemType("ticket-refused", 401, "Ticket refused"),
    errors.ForbiddenError: ProblemType("forbidden", 403, "Not allowed"),
    errors.NotFoundError: ProblemType("not-found", 404, "Not found"),
    errors.MethodNotAllowedError: ProblemType("method-not-allowed", 405, "Method not allowed"),
    errors.InvalidRequestError: ProblemType("invalid-request", 400, "Invalid request"),
    errors.UnsupportedMediaTypeError: ProblemType("unsupported-media-type", 415, "Unsupported media type"),
    errors.BodyTooLargeError: ProblemType("body-too-large", 413, "Body too large"),
    errors.InvalidSpecError: ProblemType("invalid-spec", 422, "Invalid spec"),
    errors.NameInUseError: ProblemType("name-taken", 409, "Name taken"),
    errors.ResourceLockedError: ProblemType("locked", 409, "Locked by another change"),
    errors.ResourceInUseError: ProblemType("resource-in-use", 409, "In use by other resources"),
    errors.IdempotencyKeyReusedError: ProblemType("idempotency-key-reused", 409, "Idempotency key reused"),
    errors.QuotaExceededError: ProblemType("quota-exceeded", 409, "Quota exceeded"),
    errors.LastOperatorError: ProblemType("last-operator", 409, "Last operator"),
    errors.RotationConflictError: ProblemType("rotation-conflict", 409, "Not in this state of the credentials"),
    errors.HandoverNotReadyError: ProblemType("handover-not-ready", 409, "Not ready yet"),
    errors.HandoverSuspendedError: ProblemType("handover-suspended", 409, "Switched off at the moment"),
    errors.HandoverRefusedError: ProblemType("handover-refused", 410, "Handover refused"),
    errors.WrongPassphraseError: ProblemType("wrong-passphrase", 403, "Wrong passphrase"),
    errors.NotStoppableError: ProblemType("not-stoppable", 409, "Cannot be stopped"),
    errors.LockNotBreakableError: ProblemType("lock-not-breakable", 409, "The lock stays"),
    errors.ActionNotLegalError: ProblemType("action-not-legal", 409, "Not possible in this state"),
    errors.StaleVersionError: ProblemType("stale-version", 412, "Stale version"),
    errors.ResourceExistsError: ProblemType("resource-exists", 412, "Resource exists"),
    # AWS's own trouble: nothing is wrong with the request, and repeating it is right.
    errors.ThrottledError: ProblemType("throttled", 503, "Try again in a moment"),
    errors.ServiceUnavailableError: ProblemType("unavailable", 503, "Try again in a moment"),
    errors.ConcurrentUpdateError: ProblemType("unavailable", 503, "Try again in a moment"),
}
INTERNAL = ProblemType("internal-error", 500, "Internal error")


def problem_of(error: errors.StowageError) -> Answer | None:
    """Give the answer to a request that ended in `error`; None for an error that no request should end in."""
    kind = KINDS.get(type(error))
    if kind is None:
        return None
    faults = error.faults if isinstance(error, errors.InvalidSpecError) else ()
    detail = " ".join(f"{pointer}: {sentence}" if pointer else sentence for pointer, sentence in faults) or str(error)
    if isinstance(error, errors.RetryableError):
        # What AWS said in its trouble is for the log, not for the person.
        detail = "AWS is busy; repeat the request."
    problem = Problem(
        type=TYPE_PREFIX + kind.slug,
        title=kind.title,
        status=kind.status,
        detail=detail,
        pointer=faults[0][0] if faults else None,
        errors=tuple(FieldFault(pointer=pointer, detail=sentence) for pointer, sentence in faults) or None,
        lock=_lock(error),
        users=_users(error.users) if isinstance(error, errors.ResourceInUseError) else None,
        next_actions=_words(error.legal) if isinstance(error, errors.ActionNotLegalError) else None,
        rotation=error.rotation if isinstance(error, errors.RotationConflictError) else None,
        tries_left=error.tries_left if isinstance(error, errors.WrongPassphraseError) else None,
    )
    return _answer(problem, _headers(error))


def _lock(error: errors.StowageError) -> Lock | None:
    holder = error.holder if isinstance(error, errors.ResourceLockedError | errors.LockNotBreakableError) else None
    return None if holder is None else Lock.model_validate(holder)


def _words(legal: tuple[str, ...]) -> tuple[NextAction, ...]:
    return tuple(map(NextAction, legal))


def _users(users: tuple[tuple[str, str], ...]) -> tuple[ResourceName, ...]:
    return tuple(ResourceName(kind=kind, name=name) for kind, name in users)


def internal_problem(request_id: str) -> Answer:
    """Give the answer to a request that ended in a defect: nothing of the inside, but where to look."""
    problem = Problem(
        type=TYPE_PREFIX + INTERNAL.slug,
        title=INTERNAL.title,
        status=INTERNAL.status,
        detail=f"Something went wrong on our side. Tell an operator the request id {request_id}.",
    )
    return _answer(problem, {})


def _answer(problem: Problem, headers: dict[str, str]) -> Answer:
    body = dump(problem.model_dump(mode="json", by_alias=True, exclude_none=True))
    return Answer(problem.status, body, {"cache-control": "no-store", **headers}, MEDIA_TYPE)


def _headers(error: errors.StowageError) -> dict[str, str]:
    if isinstance(error, errors.MethodNotAllowedError):
        return {"allow": ", ".join(error.allowed)}
    if isinstance(error, errors.RetryableError):
        return {"retry-after": str(RETRY_AFTER_SECONDS)}
    if isinstance(error, errors.HandoverNotReadyError):
        return {"retry-after": str(NOT_READY_SECONDS)}
    if isinstance(error, errors.NotSignedInError):
        return {"www-authenticate": "Bearer"}
    return {}
