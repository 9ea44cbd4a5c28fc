"""The header `Idempotency-Key`."""

import re

from stowage.domain.errors import InvalidRequestError

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def parse_idempotency_key(header: str | None) -> str | None:
    """Give the key, or None without one. Raises InvalidRequestError unless it is 1 to 255 visible ASCII characters."""
    if header is not None and not _KEY.fullmatch(header):
        raise InvalidRequestError("Idempotency-Key must be 1 to 255 visible ASCII characters.")
    return header
