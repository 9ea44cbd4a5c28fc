"""The virtual clock: time is the next thing that is due, and passes in no time."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from stowage.domain.clock import to_iso
from tests.unit.fakes.clock import START

Action = Callable[[], object]


@dataclass(order=True, slots=True)
class Timer:
    """Something that is due; a cancelled one does nothing."""

    due: float
    order: int
    action: Action = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        """Let it never happen."""
        self.cancelled = True


class Timeline:
    """Does what is due, one thing after another: by time, and at the same time by the order of asking."""

    def __init__(self) -> None:
        self.now_seconds = 0.0
        self._due: list[Timer] = []
        self._order = count()

    def after(self, seconds: float, action: Action) -> Timer:
        """Let `action` happen in so many seconds."""
        timer = Timer(self.now_seconds + max(seconds, 0.0), next(self._order), action)
        heapq.heappush(self._due, timer)
        return timer

    def run(self, most: int = 200_000) -> None:
        """Do all that is due until nothing is; AssertionError when that takes more than `most` steps."""
        for _ in range(most):
            while self._due and self._due[0].cancelled:
                heapq.heappop(self._due)
            if not self._due:
                return
            timer = heapq.heappop(self._due)
            self.now_seconds = timer.due
            timer.action()
        raise AssertionError(f"The world did not come to rest in {most} steps.")

    def now(self) -> datetime:
        """Give the moment (port `Clock`)."""
        return START + timedelta(seconds=self.now_seconds)

    def iso(self) -> str:
        """Give the moment as the rows hold it."""
        return to_iso(self.now())
