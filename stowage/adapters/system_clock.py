"""The port `Clock`, by this machine's own clock."""

from datetime import UTC, datetime


class SystemClock:
    """The port `Clock`."""

    def now(self) -> datetime:
        """Give the current moment."""
        return datetime.now(UTC)
