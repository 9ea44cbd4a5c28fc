"""Two reads at once."""

from threading import Event

import pytest

from api.parallel import read_all, read_both


def test_both_run_at_the_same_time() -> None:
    """Each can wait for the other, so neither waits for the other's end."""
    one, two = Event(), Event()

    def first() -> bool:
        one.set()
        return two.wait(5)

    def second() -> bool:
        two.set()
        return one.wait(5)

    assert read_both(first, second) == (True, True)


def test_a_failed_first_read_leaves_nothing_running() -> None:
    """Its error is raised only when the second has ended, whose own error does not hide it."""
    begun, finished = Event(), Event()

    def first() -> None:
        begun.wait(5)
        raise KeyError("first")

    def second() -> None:
        begun.set()
        finished.wait(0.05)
        finished.set()
        raise KeyError("second")

    with pytest.raises(KeyError, match="first"):
        read_both(first, second)
    assert finished.is_set()


def test_many_reads_keep_their_order() -> None:
    """Results stand where their questions stood."""
    assert read_all(lambda number: number * 2, range(50)) == [number * 2 for number in range(50)]
