"""A clock that stands still until a test moves it."""

from datetime import UTC, datetime, timedelta

from stowage.domain.clock import to_iso

START = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)


class FakeClock:
    """Port `Clock`: the test owns the time."""

    def __init__(self, now: datetime = START) -> None:
        self.moment = now

    def now(self) -> datetime:
        """Give the moment that the test has set."""
        return self.moment

    def iso(self) -> str:
        """Give the moment as Stowage writes it."""
        return to_iso(self.moment)

    def epoch(self) -> int:
        """Give the moment in seconds since 1970."""
        return int(self.moment.timestamp())

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)
