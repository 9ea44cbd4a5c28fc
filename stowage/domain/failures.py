"""What a failed state says, as Step Functions hands it over: an error's name and a cause that may be Lambda's JSON."""

import json

from stowage.domain import errors
from stowage.domain.errors import ChangeError, LeftoverStackError, RetryableError, StackBusyError, StowageError
from stowage.domain.outcomes import Outcome

CAUSE_LENGTH = 2_000
"""Characters of a cause that are kept: enough for any reason of CloudFormation's (1,024), not for a stack trace."""

SEEN_ENDS = (
    errors.BucketNotEmptyError,
    errors.NameTakenError,
    errors.StackCreateFailedError,
    errors.StackDeleteFailedError,
    errors.StackDeniedError,
    errors.StackMissingError,
    errors.StackNeedsOperatorError,
    errors.StackRolledBackError,
    errors.StackStuckError,
    errors.StoppedError,
)
"""What `stowage.domain.awaiting` judges a stack's end to be, and nothing else."""

TIMEOUTS = frozenset({"States.Timeout", "States.HeartbeatTimeout"})


def sentence_of(cause: str | None) -> str | None:
    """Give the sentence in a cause: Lambda wraps an error's text in JSON with a stack trace, others write it plainly.

    https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """
    if not cause:
        return None
    try:
        wrapped = json.loads(cause)
    except ValueError:
        return cause[:CAUSE_LENGTH]
    if isinstance(wrapped, dict) and isinstance(wrapped.get("errorMessage"), str):
        return str(wrapped["errorMessage"])[:CAUSE_LENGTH] or None
    return cause[:CAUSE_LENGTH]


def error_named(name: str) -> type[StowageError] | None:
    """Give the class of our tree that a state failed with, or None for AWS's own and unexpected errors."""
    found = getattr(errors, name, None)
    return found if isinstance(found, type) and issubclass(found, StowageError) else None


def tells_the_end(error: str) -> bool:
    """Tell whether a state failed with what a stack operation has ended in: somebody saw that end."""
    ours = error_named(error)
    return ours is not None and issubclass(ours, SEEN_ENDS)


def verdict_of(error: str, cause: str | None, change: str) -> tuple[Outcome, str]:
    """Give the outcome and the sentence that a state's failure means for its change.

    Args:
        error: the error's name, as a Catch gets it.
        cause: its cause, plain or Lambda's JSON.
        change: the change's id, by which an operator finds what a person is not told.
    """
    sentence = sentence_of(cause)
    ours = error_named(error)
    if ours is not None and issubclass(ours, ChangeError) and ours.outcome is not Outcome.INTERNAL_ERROR:
        return ours.outcome, sentence or f"The change ended with {ours.outcome.value}."
    if ours is StackBusyError:
        return Outcome.TIMED_OUT, "The stack was being changed outside Stowage for too long. Try again later."
    if ours is LeftoverStackError:
        return Outcome.CREATE_FAILED, sentence or "What an earlier, failed creation left could not be cleared away."
    if ours is not None and issubclass(ours, RetryableError):
        return Outcome.INTERNAL_ERROR, f"AWS did not answer for too long. An operator finds more under {change}."
    if error in TIMEOUTS:
        return Outcome.TIMED_OUT, "The time for this change was over before CloudFormation told its end."
    return Outcome.INTERNAL_ERROR, f"Something broke inside Stowage. An operator finds it under {change}."
