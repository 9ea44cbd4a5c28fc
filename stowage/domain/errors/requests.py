"""What refuses a request of a person's: nothing was started, and nothing was written."""

from stowage.domain.errors.roots import PermanentError


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


class LockNotBreakableError(RequestError):
    """A lock stays: nobody holds it, or its change or its stack's operation runs, or may; its text tells which.

    Args:
        message: the sentence for the person.
        holder: the lock in its wire shape, where somebody holds it.
    """

    def __init__(self, message: str, holder: "dict[str, str] | None" = None) -> None:
        """Keep the holder beside the sentence."""
        super().__init__(message)
        self.holder = holder


class QuotaExceededError(RequestError):
    """The project has as many resources of the kind as it may have."""


class NotStoppableError(RequestError):
    """The change has ended, or has come to a point from which it cannot be stopped; its text tells which."""


class ActionNotLegalError(RequestError):
    """The action is none that the resource's state allows; `legal` are those that it does.

    Args:
        message: the sentence for the person.
        legal: the words of the legal actions.
    """

    def __init__(self, message: str, legal: tuple[str, ...]) -> None:
        """Keep the legal actions beside the sentence."""
        super().__init__(message)
        self.legal = legal


class LastOperatorError(RequestError):
    """The project would be left without an operator."""


class StaleVersionError(RequestError):
    """`If-Match` names a version that is no longer the current one."""


class ResourceExistsError(RequestError):
    """`If-None-Match: *` asks for a create, but the resource exists."""


class IdempotencyKeyReusedError(RequestError):
    """The `Idempotency-Key` was used before, for another request."""


class HandoverRefusedError(RequestError):
    """A handover cannot be opened: expired, revoked, locked or opened before; its text tells which."""


class HandoverNotReadyError(RequestError):
    """The credentials behind a handover are not ready yet; nothing is burned, try again in some seconds."""


class HandoverSuspendedError(RequestError):
    """The user behind a handover is switched off at the moment; nothing is burned, the link may open later."""


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
    """The user's credentials are not in a state that allows this: a rotation runs already, or none does.

    Args:
        message: the sentence for the person.
        rotation: the id of the rotation that runs, where that is what is in the way.
    """

    def __init__(self, message: str, rotation: str | None = None) -> None:
        """Keep the rotation beside the sentence."""
        super().__init__(message)
        self.rotation = rotation


class TicketRefusedError(RequestError):
    """The socket ticket is unknown, used, or older than its 30 seconds."""
