"""How a change can end: stable codes that API clients, auditors and runbooks rely on."""

import json
from enum import StrEnum


class Outcome(StrEnum):
    """The stable code of a finished change; `docs/operations.md` has an entry for each."""

    SUCCEEDED = "SUCCEEDED"
    NO_CHANGE = "NO_CHANGE"
    RETAINED = "RETAINED"
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


SUCCESSES = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE, Outcome.RETAINED})


def outcome_of_success(output: str | None) -> Outcome:
    """Give the outcome of an execution that has succeeded, by its output: SUCCEEDED unless that tells another success.

    Args:
        output: the JSON text of state ChangeSucceeded, `{"outcome", "stackId"}`.
    """
    try:
        told = json.loads(output or "null")
    except ValueError:
        told = None
    word = told.get("outcome") if isinstance(told, dict) else None
    return next((outcome for outcome in SUCCESSES if outcome.value == word), Outcome.SUCCEEDED)


def sentence_of_success(outcome: Outcome, kind: str, name: str) -> str | None:
    """Give what a person must be told of a success; None where the outcome says it all."""
    if outcome is not Outcome.RETAINED:
        return None
    return (
        f"The stack is deleted. The {kind} {name} and everything in it stay in the project's account, by themselves: "
        f"Stowage neither shows nor protects nor changes it any more, and its name stays taken."
    )
