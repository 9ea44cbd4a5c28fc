"""The one place where AWS's errors become ours: everything else sees only `stowage.domain.errors`."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import (
    ClientError,
    ConnectionError,  # noqa: A004 -- botocore's own name
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)

from stowage.domain.errors import (
    AccessDeniedError,
    ConcurrentUpdateError,
    PermanentError,
    ServiceUnavailableError,
    StowageError,
    ThrottledError,
)

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "EC2ThrottledException",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestLimitExceededException",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""What botocore's standard retry mode takes for throttling
(https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html), plus what DynamoDB says of one item of
a transaction (ThrottlingError, ProvisionedThroughputExceeded)."""

UNAVAILABLE = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerErrorException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "Unavailable",
    }
)
"""Nothing is known of the effect. An expired session counts: the next attempt assumes the role anew."""

CONFLICTING = frozenset(
    {"ConflictException", "TransactionConflict", "TransactionConflictException", "TransactionInProgressException"}
)

DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "ForbiddenException",
        "InvalidClientTokenId",
        "KMSAccessDeniedException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "RegionDisabledException",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)
"""Repeating does not help: somebody must grant something; AWS's message names the action."""

MEANINGS: dict[str, type[StowageError]] = {
    **dict.fromkeys(THROTTLED, ThrottledError),
    **dict.fromkeys(UNAVAILABLE, ServiceUnavailableError),
    **dict.fromkeys(CONFLICTING, ConcurrentUpdateError),
    **dict.fromkeys(DENIED, AccessDeniedError),
}

UNREACHABLE = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    ResponseStreamingError,
)
"""The part of botocore's errors that is the world's fault; the others (a parameter of the wrong type) are bugs of
ours and stay what they are."""

SERVER_ERROR = 500
TOO_MANY_REQUESTS = 429

Overrides = Mapping[str, type[StowageError]]


def error_code(error: ClientError) -> str:
    """Give AWS's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


def error_message(error: ClientError) -> str:
    """Give AWS's sentence, without botocore's preamble."""
    return str(error.response.get("Error", {}).get("Message", "")) or str(error)


def cancellation_codes(error: ClientError) -> tuple[str, ...]:
    """Give why each item of a cancelled DynamoDB transaction failed ("None": it did not).

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    reasons = error.response.get("CancellationReasons", [])
    return tuple(str(reason.get("Code", "None")) for reason in reasons)


def translate(error: ClientError, overrides: Overrides) -> StowageError:
    """Give our error for AWS's; `overrides` says what a code means for this one call."""
    code, message = error_code(error), error_message(error)
    codes = cancellation_codes(error) if code == "TransactionCanceledException" else (code,)
    # A failed condition decides, even beside a conflict: trying again would fail by it as well.
    for table in (overrides, MEANINGS):
        for each in codes:
            if each in table:
                return table[each](f"{error.operation_name}: {message}" if message else error.operation_name)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status >= SERVER_ERROR:
        return ServiceUnavailableError(f"{error.operation_name}: {message}")
    if status == TOO_MANY_REQUESTS:
        return ThrottledError(f"{error.operation_name}: {message}")
    return PermanentError(f"{error.operation_name}: {code}: {message}")


@contextmanager
def aws_errors(overrides: Overrides | None = None) -> Iterator[None]:
    """Turn what AWS raises inside the block into errors of our tree, keeping AWS's as the cause."""
    try:
        yield
    except ClientError as error:
        raise translate(error, overrides or {}) from error
    except UNREACHABLE as error:
        raise ServiceUnavailableError(f"AWS could not be reached: {error}") from error
