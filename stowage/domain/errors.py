"""Every error Stowage raises on purpose, as one tree.

    StowageError
    ├── RetryableError              the same call may succeed in a moment
    │   ├── ThrottledError          AWS asks to slow down
    │   ├── ServiceUnavailableError AWS or the network failed; nothing is known about the effect
    │   ├── ConcurrentUpdateError   another writer was quicker; read again and repeat
    │   ├── KeyNotReadyError        a fresh access key is not known everywhere in AWS yet
    │   ├── StackBusyError          another operation runs on the stack
    │   └── LeftoverStackError      what a failed first creation left is being deleted first
    └── PermanentError              repeating the same call cannot help
        ├── change errors           end a change with the outcome that `outcome` names
        └── request errors          refuse a request with the HTTP status that api/problems.py maps

Step Functions matches exact class names and knows no inheritance, so `workflows` derives its retry lists from the
leaves of this tree. Only `stowage.adapters` translates AWS's errors into these.
"""

from stowage.domain.outcomes import Outcome


class StowageError(Exception):
    """Anything that Stowage refuses or fails on purpose; its text is a sentence for a person."""


class RetryableError(StowageError):
    """The same call may succeed in a moment."""


class ThrottledError(RetryableError):
    """AWS asks to slow down."""


class ServiceUnavailableError(RetryableError):
    """AWS or the network failed; whether the call took effect is unknown."""


class ConcurrentUpdateError(RetryableError):
    """Another writer was quicker: read again and repeat."""


class KeyNotReadyError(RetryableError):
    """A fresh access key is refused still: IAM takes some seconds to make it known."""


class StackBusyError(RetryableError):
    """Another CloudFormation operation runs on the stack; it must end first."""


class LeftoverStackError(RetryableError):
    """The stack that a failed first creation left behind is being deleted first."""


class PermanentError(StowageError):
    """Repeating the same call cannot help."""


class ChangeError(PermanentError):
    """A change ends FAILED; `outcome` is its stable code."""

    outcome: Outcome = Outcome.INTERNAL_ERROR


class LockLostError(ChangeError):
    """The execution no longer holds the resource's lock, so it must not act (invariant L5)."""

    outcome = Outcome.LOCK_LOST


class StackCreateFailedError(ChangeError):
    """CloudFormation failed to create the stack and rolled it back."""

    outcome = Outcome.CREATE_FAILED


class StackQuotaReachedError(ChangeError):
    """The account's quota of stacks is used up: CloudFormation did not even begin to create the stack."""

    outcome = Outcome.CREATE_FAILED


class StackRolledBackError(ChangeError):
    """CloudFormation failed to update the stack and restored what was there before."""

    outcome = Outcome.ROLLED_BACK


class StackDeleteFailedError(ChangeError):
    """CloudFormation could not delete every resource of the stack."""

    outcome = Outcome.DELETE_FAILED


class BucketNotEmptyError(ChangeError):
    """The bucket still holds objects, versions or delete markers, so it is not deleted."""

    outcome = Outcome.BUCKET_NOT_EMPTY


class NameTakenError(ChangeError):
    """The name belongs to somebody else already."""

    outcome = Outcome.NAME_TAKEN


class StillReferencedError(ChangeError):
    """Other resources name this one (a user with a grant on the bucket), so it is not deleted."""

    outcome = Outcome.IN_USE


class ReferenceMissingError(ChangeError):
    """The spec names a resource of the project that does not stand, or is being deleted."""

    outcome = Outcome.REFERENCE_MISSING


class StackNeedsOperatorError(ChangeError):
    """The stack stands in a status that only an operator can lead out of."""

    outcome = Outcome.NEEDS_OPERATOR


class AccessDeniedError(ChangeError):
    """A role, permissions boundary or service control policy denies what the change needs."""

    outcome = Outcome.ACCESS_DENIED


class TemplateTooLargeError(ChangeError):
    """The rendered template exceeds a limit of CloudFormation or IAM."""

    outcome = Outcome.TEMPLATE_TOO_LARGE


class StackMissingError(ChangeError):
    """The stack is gone, although nobody asked Stowage to delete it."""

    outcome = Outcome.STACK_MISSING


class ProjectMissingError(ChangeError):
    """The project of a change has no row: it was never onboarded, or is gone."""

    outcome = Outcome.INTERNAL_ERROR


class KindMissingError(ChangeError):
    """The kind of a change is not in the catalog (any more)."""

    outcome = Outcome.INTERNAL_ERROR


class RequestError(PermanentError):
    """A request is refused; nothing was started and nothing was written."""


class NotSignedInError(RequestError):
    """The request carries no access token of this user pool's client."""


class ForbiddenError(RequestError):
    """The person's role in the project does not allow this."""


class NotFoundError(RequestError):
    """There is no such project, resource, change or route for this person."""


class InvalidRequestError(RequestError):
    """A header, query parameter or the body's form is wrong."""


class MethodNotAllowedError(RequestError):
    """The route exists, but not for this method.

    Args:
        message: the sentence for the person.
        allowed: the methods that the route answers.
    """

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        """Keep the allowed methods beside the sentence."""
        super().__init__(message)
        self.allowed = allowed


class UnsupportedMediaTypeError(RequestError):
    """The body is not declared as `application/json`."""


class BodyTooLargeError(RequestError):
    """The body is longer than the API, or an execution's input, takes."""


class InvalidSpecError(RequestError):
    """The spec is not valid under its kind's schema or rules.

    Args:
        faults: pairs of a JSON Pointer (RFC 6901) into the spec and a sentence.
    """

    def __init__(self, faults: tuple[tuple[str, str], ...]) -> None:
        """Keep the faults beside the sentence."""
        super().__init__("; ".join(f"{pointer or '/'}: {sentence}" for pointer, sentence in faults))
        self.faults = faults


class NameInUseError(RequestError):
    """A create asks for a name that somebody else owns already."""


class ResourceInUseError(RequestError):
    """A delete asks for a resource that others name; `users` are their kinds and names.

    Args:
        message: the sentence for the person.
        users: pairs of kind and name, sorted.
    """

    def __init__(self, message: str, users: tuple[tuple[str, str], ...]) -> None:
        """Keep the users beside the sentence."""
        super().__init__(message)
        self.users = users


class ResourceLockedError(RequestError):
    """Another change holds the resource; `holder` is its lock.

    Args:
        message: the sentence for the person.
        holder: the lock in its wire shape: change, actor, actorId, since, action.
    """

    def __init__(self, message: str, holder: "dict[str, str]") -> None:
        """Keep the holder beside the sentence."""
        super().__init__(message)
        self.holder = holder


class QuotaExceededError(RequestError):
    """The project has as many resources of the kind as it may have."""


class LastOperatorError(RequestError):
    """The project would be left without an operator."""


class StaleVersionError(RequestError):
    """`If-Match` names a version that is no longer the current one."""


class ResourceExistsError(RequestError):
    """`If-None-Match: *` asks for a create, but the resource exists."""


class IdempotencyKeyReusedError(RequestError):
    """The `Idempotency-Key` was used before, for another request."""


class ExecutionExistsError(PermanentError):
    """An execution of this name exists, with another input or already ended."""


class ExecutionNotFoundError(PermanentError):
    """There is no execution of this name, or Step Functions has deleted it (90 days after its end)."""


class TaskTokenExpiredError(PermanentError):
    """The task token is no longer waited for: its attempt timed out or was answered."""


class CredentialError(PermanentError):
    """A rotation cannot go on; its text says why."""


class RotationSupersededError(CredentialError):
    """The rotation does not hold the user's credentials any more, or the user is gone or another: it must not act."""


class RotationRefusedError(CredentialError):
    """The rotation may not begin: another one runs, the user is not in use, or has no keys to rotate at all."""


class HandoverNotOpenedError(CredentialError):
    """Nobody opened a handover of the new key in time; the old key stays."""


class UserMissingError(CredentialError):
    """There is no such IAM user."""


class KeyLimitError(CredentialError):
    """The user has two access keys that Stowage does not know; IAM allows no third."""


class SecretMissingError(CredentialError):
    """The secret is not in the store: it was revealed and deleted, or never written."""


class HandoverRefusedError(RequestError):
    """A handover cannot be opened: expired, revoked, locked or opened before; its text tells which."""


class HandoverNotReadyError(RequestError):
    """The credentials behind a handover are not ready yet; nothing is burned, try again in some seconds."""


class WrongPassphraseError(RequestError):
    """The passphrase is wrong; `tries_left` tells how many tries remain.

    Args:
        message: the sentence for the person.
        tries_left: 0 means that the handover is locked now.
    """

    def __init__(self, message: str, tries_left: int) -> None:
        """Keep the tries beside the sentence."""
        super().__init__(message)
        self.tries_left = tries_left


class RotationConflictError(RequestError):
    """The user's credentials are not in a state that allows this: a rotation runs already, or none does."""


class SocketGoneError(PermanentError):
    """The WebSocket connection is closed."""


class TicketRefusedError(RequestError):
    """The socket ticket is unknown, used, or older than its 30 seconds."""
