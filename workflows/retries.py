"""When a state is tried again: the retry policies of every machine, their error names derived from the error tree.

Step Functions matches exact names and knows no inheritance
(https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html), so that a class added to
`stowage.domain.errors` must appear in the machines by being rendered anew, never by being typed here.
"""

from stowage.domain import errors
from workflows.asl import Retry

POLLED = (errors.StackBusyError, errors.LeftoverStackError)
"""Not faults but waiting: CloudFormation is at work on the stack, and asking again is the way to wait."""

PROBED = (errors.KeyNotReadyError,)
"""Not a fault either: a fresh access key takes some seconds to be known everywhere; only the probe meets it."""

LAMBDA_ERRORS = (
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.TooManyRequestsException",
    "Sandbox.Timedout",
    # A sandbox that crashed or ran out of memory; every task is idempotent.
    "Runtime.ExitError",
    "Lambda.Unknown",
)
"""The Lambda service's own transient errors (docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html,
"Handle transient Lambda service exceptions"), and a function that ran into its timeout: every task is idempotent."""

DYNAMODB_ERRORS = (
    "DynamoDB.ProvisionedThroughputExceededException",
    "DynamoDB.RequestLimitExceeded",
    "DynamoDB.RequestLimitExceededException",
    "DynamoDB.ThrottlingException",
    "DynamoDB.TransactionConflictException",
    "DynamoDB.InternalServerError",
    "DynamoDB.InternalServerErrorException",
    "DynamoDB.SdkClientException",
    "DynamoDB.AmazonDynamoDBException",
)
"""DynamoDB's retryable errors. The API names two of them without `Exception`
(docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html) while Step Functions prefixes the
SDK's class name, so both spellings stand here; a name that never comes costs nothing.

The last is the SDK's name for whatever has no class of its own: a 503 among others, which must be tried again, and a
ValidationException, which then fails half a minute late. AWS's own sample retries it by this name
(docs.aws.amazon.com/step-functions/latest/dg/synchronous-execution.html). A failed condition has a class of its own and
is not meant."""

TIMEOUT = "States.Timeout"


def leaf_names(branch: type[errors.StowageError]) -> tuple[str, ...]:
    """Give the names of the tree's classes below `branch` that have none below themselves, in the tree's order."""
    below = [error for error in branch.__subclasses__() if error.__module__.startswith(f"{errors.__name__}.")]
    return tuple(name for error in below for name in (leaf_names(error) or (error.__name__,)))


def transient_names() -> tuple[str, ...]:
    """Give the names that are retried with backoff: every retryable leaf but those that are waited for."""
    polled = {error.__name__ for error in (*POLLED, *PROBED)}
    return tuple(name for name in leaf_names(errors.RetryableError) if name not in polled)


MEAN_DELAY_SECONDS = 15
"""Half of the longest: what full jitter waits on average."""


def backing_off(*names: str, max_attempts: int) -> Retry:
    """Retry with full jitter, 1 s doubling to at most 30 s: 6 attempts outlast about a minute of throttling."""
    return Retry(
        error_equals=list(names),
        interval_seconds=1,
        backoff_rate=2,
        max_delay_seconds=30,
        jitter_strategy="FULL",
        max_attempts=max_attempts,
    )


def at_fixed_interval(*names: str, interval_seconds: int, max_attempts: int) -> Retry:
    """Retry every `interval_seconds`: this is waiting, so it neither backs off nor is jittered."""
    return Retry(error_equals=list(names), interval_seconds=interval_seconds, backoff_rate=1, max_attempts=max_attempts)


def retry_lambda(*, max_attempts: int = 6) -> Retry:
    """Retry a Lambda task on its own retryable errors and on the Lambda service's."""
    return backing_off(*transient_names(), *LAMBDA_ERRORS, max_attempts=max_attempts)


def outlast_throttling(*, seconds: int) -> Retry:
    """Retry a Lambda task on its transient errors for `seconds` of waiting, on average.

    That AWS does not answer just now is no reason to fail a change before its deadline.
    """
    return retry_lambda(max_attempts=seconds // MEAN_DELAY_SECONDS)


def retry_dynamodb() -> Retry:
    """Retry a direct DynamoDB call; all of ours are idempotent, so a timeout may be repeated as well."""
    return backing_off(*DYNAMODB_ERRORS, TIMEOUT, max_attempts=6)


def wait_for_the_stack(*, max_seconds: int) -> Retry:
    """Ask again every 5 s while another operation runs on the stack, for `max_seconds` in all."""
    interval_seconds = 5
    return at_fixed_interval(
        *(error.__name__ for error in POLLED),
        interval_seconds=interval_seconds,
        max_attempts=max_seconds // interval_seconds,
    )


def wait_for_the_key(*, max_seconds: int) -> Retry:
    """Probe again every 2 s while a fresh access key is refused, for `max_seconds` in all."""
    interval_seconds = 2
    return at_fixed_interval(
        *(error.__name__ for error in PROBED),
        interval_seconds=interval_seconds,
        max_attempts=max_seconds // interval_seconds,
    )
