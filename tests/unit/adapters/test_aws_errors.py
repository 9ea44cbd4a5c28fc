"""AWS's errors become ours, each and every one of them."""

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.retries.standard import ThrottledRetryableChecker, TransientRetryableChecker

from stowage.adapters.aws_errors import CONFLICTING, DENIED, MEANINGS, THROTTLED, UNAVAILABLE, aws_errors
from stowage.domain.errors import (
    AccessDeniedError,
    ConcurrentUpdateError,
    LockLostError,
    PermanentError,
    RetryableError,
    ServiceUnavailableError,
    StowageError,
    ThrottledError,
)


def client_error(code: str, *, status: int = 400, **more: Any) -> ClientError:
    """Give an error as botocore raises it."""
    response: Any = {
        "Error": {"Code": code, "Message": "Because."},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return ClientError(response, "DescribeThing")


def translated(error: Exception, **overrides: type[StowageError]) -> StowageError:
    """Give what comes out of the block in which `error` is raised."""
    with pytest.raises(StowageError) as caught, aws_errors(overrides):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, ThrottledError) for code in sorted(THROTTLED)),
        *((code, ServiceUnavailableError) for code in sorted(UNAVAILABLE)),
        *((code, ConcurrentUpdateError) for code in sorted(CONFLICTING)),
        *((code, AccessDeniedError) for code in sorted(DENIED)),
    ],
)
def test_every_listed_code_has_its_error(code: str, expected: type[StowageError]) -> None:
    """With AWS's sentence in it, and AWS's error as its cause."""
    ours = translated(client_error(code))

    assert type(ours) is expected
    assert str(ours) == "DescribeThing: Because."


def test_no_code_stands_in_two_lists() -> None:
    """Else the order of the lists would decide."""
    assert len(MEANINGS) == len(THROTTLED) + len(UNAVAILABLE) + len(CONFLICTING) + len(DENIED)


def test_what_botocore_retries_is_retryable_here_too() -> None:
    """Its lists of throttling and transient codes are covered whole; a new botocore may bring more."""
    known = [*ThrottledRetryableChecker._THROTTLED_ERROR_CODES, *TransientRetryableChecker._TRANSIENT_ERROR_CODES]  # type: ignore[attr-defined]

    assert [code for code in known if not issubclass(MEANINGS.get(code, PermanentError), RetryableError)] == []


@pytest.mark.parametrize(
    ("status", "expected"), [(500, ServiceUnavailableError), (503, ServiceUnavailableError), (429, ThrottledError)]
)
def test_an_unknown_code_is_judged_by_its_status(status: int, expected: type[StowageError]) -> None:
    """5xx and 429 are worth another try, whatever they are called."""
    assert type(translated(client_error("Novel", status=status))) is expected


def test_an_unknown_refusal_is_permanent_and_names_its_code() -> None:
    """A 4xx that nobody has thought of is not repeated for ever."""
    ours = translated(client_error("Novel"))

    assert type(ours) is PermanentError
    assert str(ours) == "DescribeThing: Novel: Because."


def test_a_call_can_say_what_a_code_means_for_it() -> None:
    """Before the general meaning."""
    assert type(translated(client_error("Throttling"), Throttling=LockLostError)) is LockLostError


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["None", "ConditionalCheckFailed"], LockLostError),
        (["TransactionConflict", "None"], ConcurrentUpdateError),
        (["TransactionConflict", "ConditionalCheckFailed"], LockLostError),
        (["ThrottlingError"], ThrottledError),
        (["ProvisionedThroughputExceeded"], ThrottledError),
        (["ItemCollectionSizeLimitExceeded"], PermanentError),
    ],
)
def test_a_cancelled_transaction_is_told_by_its_reasons(codes: list[str], expected: type[StowageError]) -> None:
    """A failed condition decides, then what may be tried again."""
    error = client_error("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in codes])

    assert type(translated(error, ConditionalCheckFailed=LockLostError)) is expected


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://x"),
        ConnectTimeoutError(endpoint_url="https://x"),
        ReadTimeoutError(endpoint_url="https://x"),
        CredentialRetrievalError(provider="x", error_msg="y"),
    ],
)
def test_a_call_that_did_not_come_through_may_be_repeated(error: Exception) -> None:
    """Nothing is known of its effect."""
    assert type(translated(error)) is ServiceUnavailableError


def test_a_call_of_the_wrong_form_is_a_defect_and_stays_one() -> None:
    """It is not dressed up as a fault of AWS."""
    with pytest.raises(ParamValidationError), aws_errors():
        raise ParamValidationError(report="x")
