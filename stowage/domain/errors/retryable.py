"""What a state tries again, and a request answers with 503."""

from stowage.domain.errors.roots import RetryableError


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
