"""What AWS answers for good, and callers expect: something is gone, or was there before."""

from stowage.domain.errors.roots import PermanentError


class ExecutionExistsError(PermanentError):
    """An execution of this name exists, with another input or already ended."""


class ExecutionNotFoundError(PermanentError):
    """There is no execution of this name, or Step Functions has deleted it (90 days after its end)."""


class TaskTokenExpiredError(PermanentError):
    """The task token is no longer waited for: its attempt timed out or was answered."""


class SocketGoneError(PermanentError):
    """The WebSocket connection is closed."""
