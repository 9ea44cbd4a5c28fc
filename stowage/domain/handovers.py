"""Handovers: one-time links by which a manager gives a user's credentials to a third party."""

import base64
import hashlib
import hmac
import re
import secrets
import unicodedata
from datetime import datetime
from enum import StrEnum

from stowage.domain.clock import to_iso
from stowage.domain.wire import WireModel

PASSPHRASE_TRIES = 5
PASSPHRASE_MINIMUM = 12
PASSPHRASE_MAXIMUM = 200
PASSPHRASE_DIFFERENT = 5
"""So many different characters at least: twelve blanks are no secret."""
TOKEN_BYTES = 16
"""128 bits: nobody guesses one, so that a plain SHA-256 of it cannot be turned back."""
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
HANDOVER_ID = re.compile(r"hnd-[0-9a-f]{32}")

SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 1
"""16 MB and some 50 ms per try (RFC 7914): five tries a handover cost a function nothing, a stolen table everything."""
SCRYPT_MEMORY = 64 * 1024 * 1024
SALT_BYTES, KEY_BYTES = 16, 32


class HandoverStatus(StrEnum):
    """Where a handover stands; OPENED and REVOKED are final.

    EXPIRED is told by the clock and LOCKED by the tries that are left. Neither is ever written, and what is one of them
    may be taken back still, and is REVOKED then.
    """

    WAITING = "WAITING"
    OPENED = "OPENED"
    REVOKED = "REVOKED"
    LOCKED = "LOCKED"
    EXPIRED = "EXPIRED"


class Handover(WireModel):
    """A handover as the table keeps it: of its token and its passphrase, hashes alone.

    Times are ISO 8601, UTC. `rotation` is the rotation whose key it hands over. `claim` is the random mark of the one
    call that opened it, by which that call knows its own success when the answer was lost. `retried_at` is when
    somebody last tried it although it was opened already.
    """

    id: str
    project: str
    kind: str
    name: str
    rotation: str
    token_hash: str
    passphrase_hash: str | None
    tries_left: int
    status: HandoverStatus
    created_at: str
    created_by: str
    created_by_id: str
    expires_at: str
    opened_at: str | None = None
    opened_from: str | None = None
    claim: str | None = None
    revoked_at: str | None = None
    retried_at: str | None = None

    def status_at(self, moment: datetime) -> HandoverStatus:
        """Give where it stands at a moment: one that waits may have expired, or have no try left."""
        if self.status is not HandoverStatus.WAITING:
            return self.status
        if self.expires_at <= to_iso(moment):
            return HandoverStatus.EXPIRED
        if self.passphrase_hash is not None and self.tries_left <= 0:
            return HandoverStatus.LOCKED
        return HandoverStatus.WAITING


def new_id() -> str:
    """Give a fresh handover's id; it is no secret."""
    return f"hnd-{secrets.token_hex(16)}"


def new_token() -> str:
    """Give a fresh token, 22 characters of base64url: told once, kept as its hash alone."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Give what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_matches(token: str, kept: str) -> bool:
    """Tell, in constant time, whether this is the token of which the hash was kept."""
    return hmac.compare_digest(token_hash(token), kept)


def passphrase_hash(passphrase: str) -> str:
    """Give what is kept of a passphrase: scrypt under a random salt, its parameters beside it."""
    salt = secrets.token_bytes(SALT_BYTES)
    key = _scrypt(passphrase, salt, SCRYPT_N, SCRYPT_R, SCRYPT_P)
    return "$".join(("scrypt", str(SCRYPT_N), str(SCRYPT_R), str(SCRYPT_P), _text(salt), _text(key)))


def passphrase_matches(passphrase: str, kept: str) -> bool:
    """Tell, in constant time, whether this is the passphrase; the parameters are those that were kept with it."""
    _, n, r, p, salt, key = kept.split("$")
    given = _scrypt(passphrase, base64.b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(given, base64.b64decode(key))


def _scrypt(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    """Hash what a person typed: the same letters, composed or not, are the same passphrase (NFC)."""
    typed = unicodedata.normalize("NFC", passphrase).encode()
    return hashlib.scrypt(typed, salt=salt, n=n, r=r, p=p, maxmem=SCRYPT_MEMORY, dklen=KEY_BYTES)


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
