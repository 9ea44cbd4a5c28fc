"""Every error Stowage raises on purpose, as one tree; all are imported from here.

    StowageError
    ├── RetryableError              the same call may succeed in a moment (retryable.py)
    │   ├── ThrottledError          AWS asks to slow down
    │   ├── ServiceUnavailableError AWS or the network failed; nothing is known about the effect
    │   ├── ConcurrentUpdateError   another writer was quicker; read again and repeat
    │   ├── KeyNotReadyError        a fresh access key is not known everywhere in AWS yet
    │   ├── StackBusyError          another operation runs on the stack
    │   └── LeftoverStackError      what a failed first creation left is being deleted first
    └── PermanentError              repeating the same call cannot help
        ├── ChangeError …           end a change with the outcome that `outcome` names (changes.py)
        ├── CredentialError …       end a rotation, or are met on its way (credentials.py)
        ├── RequestError …          refuse a request with the HTTP status that api/problems.py maps (requests.py)
        └── each by itself          AWS's answer, which whoever asked expects and catches (answers.py)

Step Functions matches exact class names and knows no inheritance, so `workflows` derives its retry lists from the
leaves of this tree. Only `stowage.adapters` translates AWS's errors into these.
"""

from stowage.domain.errors.answers import (
    ExecutionExistsError,
    ExecutionNotFoundError,
    SocketGoneError,
    TaskTokenExpiredError,
)
from stowage.domain.errors.changes import (
    AccessDeniedError,
    BucketNotEmptyError,
    ChangeError,
    ContentsRemainError,
    DeadlinePassedError,
    KindMissingError,
    LockLostError,
    NameTakenError,
    ProjectMissingError,
    ReferenceMissingError,
    StackCreateFailedError,
    StackDeleteFailedError,
    StackDeniedError,
    StackMissingError,
    StackNeedsOperatorError,
    StackQuotaReachedError,
    StackRolledBackError,
    StackStuckError,
    StillReferencedError,
    StoppedError,
    TemplateTooLargeError,
)
from stowage.domain.errors.credentials import (
    CredentialError,
    HandoverNotOpenedError,
    KeyLimitError,
    RotationRefusedError,
    RotationSupersededError,
    SecretMissingError,
    UserMissingError,
    UserOffError,
)
from stowage.domain.errors.requests import (
    ActionNotLegalError,
    BodyTooLargeError,
    ForbiddenError,
    HandoverNotReadyError,
    HandoverRefusedError,
    HandoverSuspendedError,
    IdempotencyKeyReusedError,
    InvalidRequestError,
    InvalidSpecError,
    LastOperatorError,
    LockNotBreakableError,
    MethodNotAllowedError,
    NameInUseError,
    NotFoundError,
    NotSignedInError,
    NotStoppableError,
    QuotaExceededError,
    RequestError,
    ResourceExistsError,
    ResourceInUseError,
    ResourceLockedError,
    RotationConflictError,
    StaleVersionError,
    TicketRefusedError,
    UnsupportedMediaTypeError,
    WrongPassphraseError,
)
from stowage.domain.errors.retryable import (
    ConcurrentUpdateError,
    KeyNotReadyError,
    LeftoverStackError,
    ServiceUnavailableError,
    StackBusyError,
    ThrottledError,
)
from stowage.domain.errors.roots import (
    PermanentError,
    RetryableError,
    StowageError,
)

__all__ = [
    "AccessDeniedError",
    "ActionNotLegalError",
    "BodyTooLargeError",
    "BucketNotEmptyError",
    "ChangeError",
    "ConcurrentUpdateError",
    "ContentsRemainError",
    "CredentialError",
    "DeadlinePassedError",
    "ExecutionExistsError",
    "ExecutionNotFoundError",
    "ForbiddenError",
    "HandoverNotOpenedError",
    "HandoverNotReadyError",
    "HandoverRefusedError",
    "HandoverSuspendedError",
    "IdempotencyKeyReusedError",
    "InvalidRequestError",
    "InvalidSpecError",
    "KeyLimitError",
    "KeyNotReadyError",
    "KindMissingError",
    "LastOperatorError",
    "LeftoverStackError",
    "LockLostError",
    "LockNotBreakableError",
    "MethodNotAllowedError",
    "NameInUseError",
    "NameTakenError",
    "NotFoundError",
    "NotSignedInError",
    "NotStoppableError",
    "PermanentError",
    "ProjectMissingError",
    "QuotaExceededError",
    "ReferenceMissingError",
    "RequestError",
    "ResourceExistsError",
    "ResourceInUseError",
    "ResourceLockedError",
    "RetryableError",
    "RotationConflictError",
    "RotationRefusedError",
    "RotationSupersededError",
    "SecretMissingError",
    "ServiceUnavailableError",
    "SocketGoneError",
    "StackBusyError",
    "StackCreateFailedError",
    "StackDeleteFailedError",
    "StackDeniedError",
    "StackMissingError",
    "StackNeedsOperatorError",
    "StackQuotaReachedError",
    "StackRolledBackError",
    "StackStuckError",
    "StaleVersionError",
    "StillReferencedError",
    "StoppedError",
    "StowageError",
    "TaskTokenExpiredError",
    "TemplateTooLargeError",
    "ThrottledError",
    "TicketRefusedError",
    "UnsupportedMediaTypeError",
    "UserMissingError",
    "UserOffError",
    "WrongPassphraseError",
]
