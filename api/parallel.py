"""Two reads at once, so that a request waits for the slower one alone."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

First = TypeVar("First")
Second = TypeVar("Second")


@cache
def _pool() -> ThreadPoolExecutor:
    """Give the process's two threads; they outlive an invocation, since starting one costs as much as a read."""
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="reads")


def read_both(first: Callable[[], First], second: Callable[[], Second]) -> tuple[First, Second]:
    """Give both results; an error of the first is raised before one of the second."""
    other = _pool().submit(second)
    try:
        result = first()
    except BaseException:
        # Nothing may still run when the invocation ends: Lambda would freeze it in the middle.
        other.exception()
        raise
    return result, other.result()


def read_all(read: Callable[[First], Second], of: Iterable[First]) -> list[Second]:
    """Give the results in order, two reads at a time."""
    return list(_pool().map(read, of))
