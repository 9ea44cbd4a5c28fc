"""How many invocations work at once: as many as this machine bears; the others wait in line, and are throttled at last.

AWS has room for a thousand environments and throttles at once beyond it, and so the emulator starts a process for each
invocation that comes while others work: a hundred at once on two processors, none of which gets anywhere. Here an
invocation waits up to a minute for its place; what waits longer gets Lambda's TooManyRequestsException, which Step
Functions retries. The wait does not count towards the function's timeout. Of a function of its own, `PER_FUNCTION` work
at once, so that no one function keeps the others out.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

PROCESSORS = os.cpu_count() or 2
PER_FUNCTION = max(4, 2 * PROCESSORS)
IN_ALL = max(12, 6 * PROCESSORS)
WAIT_SECONDS = 60.0
THROTTLED = "Lambda.TooManyRequestsException"


class ThrottledError(Exception):
    """The invocation got no place in time."""


class Places:
    """The places in which invocations work, some for each function and some for all."""

    def __init__(self, per_function: int, in_all: int) -> None:
        self._per_function = per_function
        self._in_all = in_all
        self._taken: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def place(self, function: str, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
        """Hold a place for an invocation of the function. Raises ThrottledError if none gets free in time."""
        deadline = time.monotonic() + wait_seconds
        with self._changed:
            if not self._changed.wait_for(lambda: self._is_free(function), max(0.0, deadline - time.monotonic())):
                raise ThrottledError(function)
            self._taken[function] += 1
        try:
            yield
        finally:
            with self._changed:
                self._taken[function] -= 1
                self._changed.notify_all()

    def _is_free(self, function: str) -> bool:
        return self._taken[function] < self._per_function and self._taken.total() < self._in_all


places = Places(PER_FUNCTION, IN_ALL)


def throttled(function: str) -> dict[str, object]:
    """Give the emulator's record of an invocation that was throttled."""
    message = f"Rate Exceeded: {function} got no execution environment within {WAIT_SECONDS:.0f} s"
    body = {
        "__type": "TooManyRequestsException",
        "Reason": "ConcurrentInvocationLimitExceeded",
        "message": message,
        "retryAfterSeconds": "1",
        # What Step Functions calls it.
        "errorType": THROTTLED,
        "errorMessage": message,
    }
    return {"throttle": True, "body": body, "error": True, "log": ""}
