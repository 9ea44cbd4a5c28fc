"""Times as Stowage writes them: ISO 8601, UTC, milliseconds, `Z`, as Step Functions does."""

from datetime import UTC, datetime


def to_iso(moment: datetime) -> str:
    """Write a moment; it must carry a time zone."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def day_of(moment: datetime) -> str:
    """Give a moment's day, like 2026-11-23."""
    return to_iso(moment)[: len("2026-11-23")]
