"""Time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, as a port, so that tests own it."""

    def now(self) -> datetime:
        """Give the current moment with its time zone (UTC)."""
        ...
