"""Which errors a Retry or a Catch takes, how long a retry waits, and which retries a state has used.

The emulator forgets MaxDelaySeconds and JitterStrategy.
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

import random
from collections import Counter
from typing import Any

from ministack.services import stepfunctions as engine

from local.cloud.patching import replace_function
from local.cloud.stepfunctions_callbacks import TIMEOUT_ERROR

# States.ALL does not match these two.
UNCATCHABLE = ("States.DataLimitExceeded", "States.Runtime")
DEFAULT_ATTEMPTS, DEFAULT_INTERVAL_SECONDS, DEFAULT_BACKOFF = 3, 1, 2.0


def kept_retries(execution: dict[str, Any], context: dict[str, Any]) -> Counter[int]:
    """Give the retries that a state has used, none unless a restart has interrupted it: JSON has made keys of text."""
    at = execution.get("_at", {})
    kept = at.get("retries", {}) if at.get("state") == context["State"]["Name"] else {}
    return Counter({int(retrier): used for retrier, used in kept.items()})


def keep_retries(execution: dict[str, Any], context: dict[str, Any], retries: Counter[int]) -> None:
    """Keep what the state has used with the execution's place; within a Map or Parallel that is another state's."""
    at = execution.get("_at", {})
    if at.get("state") == context["State"]["Name"]:
        execution["_at"] = {**at, "retries": dict(retries)}


def retry_delay(retriers: list[dict[str, Any]], error: str, retries: Counter[int]) -> float | None:
    """Return the seconds until the next attempt, or None: the first retrier that names the error decides."""
    for index, retrier in enumerate(retriers):
        if error_matches(retrier.get("ErrorEquals", []), error):
            if retries[index] >= retrier.get("MaxAttempts", DEFAULT_ATTEMPTS):
                return None
            interval = retrier.get("IntervalSeconds", DEFAULT_INTERVAL_SECONDS)
            delay = interval * retrier.get("BackoffRate", DEFAULT_BACKOFF) ** retries[index]
            delay = min(delay, retrier.get("MaxDelaySeconds", delay))
            retries[index] += 1
            return float(random.uniform(0, delay) if retrier.get("JitterStrategy") == "FULL" else delay)  # noqa: S311
    return None


def error_matches(names: list[str], error: str) -> bool:
    """Return whether an ErrorEquals list takes this error.

    States.ALL takes all but States.DataLimitExceeded and States.Runtime; States.TaskFailed all but these and
    States.Timeout.
    """
    if error in names:
        return True
    if error in UNCATCHABLE:
        return False
    return "States.ALL" in names or ("States.TaskFailed" in names and error != TIMEOUT_ERROR)


def install() -> None:
    """Match errors by this module everywhere."""
    replace_function(engine._error_matches, error_matches)
