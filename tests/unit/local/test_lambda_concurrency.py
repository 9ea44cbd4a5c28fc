"""Invocations beyond what the machine bears wait in line, and are throttled at last."""

import threading
import time

import pytest

from local.cloud.lambda_concurrency import Places, ThrottledError, throttled
from workflows.retries import LAMBDA_ERRORS


def test_no_more_work_at_once_than_there_are_places() -> None:
    """A storm of invocations of two functions never has more than the two limits allow; all get their turn."""
    places = Places(per_function=2, in_all=3)
    working: list[str] = []
    seen: list[tuple[int, int]] = []
    done: list[str] = []

    def invoke(function: str) -> None:
        with places.place(function, wait_seconds=20):
            working.append(function)
            seen.append((max(working.count(it) for it in "ab"), len(working)))
            time.sleep(0.01)
            working.remove(function)
        done.append(function)

    threads = [threading.Thread(target=invoke, args=("ab"[number % 2],)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert (done.count("a"), done.count("b")) == (20, 20)
    assert max(each for each, _ in seen) <= 2
    assert 2 <= max(total for _, total in seen) <= 3


def test_what_waits_too_long_is_throttled_and_leaves_the_place_as_it_was() -> None:
    """Neither a caller that waits for itself nor a failure takes a place away for ever."""
    places = Places(per_function=1, in_all=1)
    with places.place("a"), pytest.raises(ThrottledError), places.place("a", wait_seconds=0.01):
        pytest.fail("there was no place")
    with pytest.raises(ValueError, match="it failed"), places.place("a"):
        raise ValueError("it failed")
    with places.place("b", wait_seconds=0.01):
        return


def test_step_functions_knows_the_error() -> None:
    """It is the name that the machines retry."""
    record = throttled("f")

    assert record["throttle"] is True
    assert isinstance(record["body"], dict)
    assert record["body"]["errorType"] == "Lambda.TooManyRequestsException"
    assert record["body"]["errorType"] in LAMBDA_ERRORS
