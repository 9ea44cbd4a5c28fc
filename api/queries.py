"""Query parameters that several lists share."""

from collections.abc import Mapping
from datetime import UTC, datetime

from stowage.domain.clock import to_iso
from stowage.domain.errors import InvalidRequestError


def parse_limit(query: Mapping[str, str], *, default: int, maximum: int) -> int:
    """Give `limit`, from 1 to `maximum`. Raises InvalidRequestError."""
    text = query.get("limit")
    if text is None:
        return default
    # Bounded in length first, and ASCII alone: int() takes Arabic digits and underscores too.
    limit = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(maximum)) else 0
    if not 1 <= limit <= maximum:
        raise InvalidRequestError(f"limit must be a whole number from 1 to {maximum}.")
    return limit


def parse_time(query: Mapping[str, str], name: str) -> str | None:
    """Give a time as Stowage writes it; without a time zone it is UTC. Raises InvalidRequestError."""
    text = query.get(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return to_iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        raise InvalidRequestError(f"{name} must be a time in ISO 8601, such as 2026-11-23T09:00:00Z.") from error


def refuse_unknown(query: Mapping[str, str], *known: str) -> None:
    """Raise InvalidRequestError for a parameter that this list does not know: a mistyped filter must not be ignored."""
    unknown = sorted(set(query) - set(known))
    if unknown:
        taken = f"only {', '.join(known)}" if known else "and no other either"
        raise InvalidRequestError(f"This address takes no parameter {unknown[0][:64]!r}, {taken}.")
