"""What a failed state says, as Step Functions hands it over: an error's name and a cause that may be Lambda's JSON."""

import json

from stowage.domain import errors
from stowage.domain.errors import ChangeError, StowageError

CAUSE_LENGTH = 2_000
"""Characters of a cause that are kept: enough for any reason of CloudFormation's (1,024), not for a stack trace."""


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


def change_error_named(name: str) -> type[ChangeError] | None:
    """Give the class if it ends a change with an outcome of its own."""
    found = error_named(name)
    return found if found is not None and issubclass(found, ChangeError) else None
