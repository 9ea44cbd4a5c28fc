"""Cursors: where a list goes on, usable for that very list alone."""

import base64
import binascii
import hashlib
import json

from stowage.domain.errors import InvalidRequestError

CURSOR_LENGTH = 4096
DIGEST_LENGTH = 16


def to_cursor(key: str | None, *scope: str | None) -> str | None:
    """Give the cursor of a page's last key, bound to `scope`: the list, its project and its filters."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(f"{_digest(key, scope)}{key}".encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, *scope: str | None) -> str | None:
    """Give the key that `to_cursor` was given under the same scope.

    The digest is no signature and need not be: the partition that is read comes from the checked path, so that a
    forged cursor opens nothing its maker may not read. It catches what is cut, mistyped or of another list.

    Raises InvalidRequestError.
    """
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise _refused() from error
    digest, key = text[:DIGEST_LENGTH], text[DIGEST_LENGTH:]
    if len(cursor) > CURSOR_LENGTH or not key or digest != _digest(key, scope):
        raise _refused()
    return key


def _refused() -> InvalidRequestError:
    return InvalidRequestError("The cursor is not one that this list gave, with these filters.")


def _digest(key: str, scope: tuple[str | None, ...]) -> str:
    return hashlib.sha256(json.dumps([key, *scope]).encode()).hexdigest()[:DIGEST_LENGTH]
