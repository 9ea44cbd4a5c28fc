"""How a change can end: stable codes that API clients, auditors and runbooks rely on."""

import json
from enum import StrEnum


class Outcome(StrEnum):
    """The stable code of a finished change; `docs/operations.md` has an entry for each."""

    SUCCEEDED = "SUCCEEDED"
    NO_CHANGE = "NO_CHANGE"
    LOCKED = "LOCKED"
    STALE_VERSION = "STALE_VERSION"
    CREATE_FAILED = "CREATE_FAILED"
    ROLLED_BACK = "ROLLED_BACK"
    DELETE_FAILED = "DELETE_FAILED"
    BUCKET_NOT_EMPTY = "BUCKET_NOT_EMPTY"
    NAME_TAKEN = "NAME_TAKEN"
    IN_USE = "IN_USE"
    REFERENCE_MISSING = "REFERENCE_MISSING"
    STUCK = "STUCK"
    NEEDS_OPERATOR = "NEEDS_OPERATOR"
    STACK_MISSING = "STACK_MISSING"
    ACCESS_DENIED = "ACCESS_DENIED"
    TEMPLATE_TOO_LARGE = "TEMPLATE_TOO_LARGE"
    STILL_RUNNING = "STILL_RUNNING"
    LOCK_LOST = "LOCK_LOST"
    STOPPED = "STOPPED"
    ABORTED = "ABORTED"
    TIMED_OUT = "TIMED_OUT"
    INTERNAL_ERROR = "INTERNAL_ERROR"


def outcome_of_success(output: str | None) -> Outcome:
    """Give the outcome of an execution that has succeeded, by its output: NO_CHANGE if that says so, else SUCCEEDED.

    Args:
        output: the JSON text of state ChangeSucceeded, `{"outcome", "stackId"}`.
    """
    try:
        told = json.loads(output or "null")
    except ValueError:
        told = None
    no_change = isinstance(told, dict) and told.get("outcome") == Outcome.NO_CHANGE.value
    return Outcome.NO_CHANGE if no_change else Outcome.SUCCEEDED
