"""SSH public keys: read strictly, down to the bytes, so that none is taken for more than it is.

A small reader of its own: all that is asked is a key's type and size, which RFC 4253 (section 6.6), RFC 5656 and
RFC 8709 lay out in a few length-prefixed fields, while `cryptography` would make the functions' package larger by half
and their start slower. Whether a point lies on its curve is not asked: a key that is none signs nobody in.
"""

import base64
import binascii
import re
from dataclasses import dataclass

RSA_BITS = range(2048, 4096 + 1)
"""https://docs.aws.amazon.com/transfer/latest/userguide/key-management.html"""
_LONGEST_EXPONENT_BITS = 256
_ED25519_BYTES = 32
_CURVES = {"nistp256": 32, "nistp384": 48, "nistp521": 66}
"""Bytes of a coordinate."""
_ECDSA = "ecdsa-sha2-"
_UNCOMPRESSED = b"\x04"

_LINE = re.compile(r"([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})(?: [A-Za-z0-9._@+-]+)*")
_LENGTH_BYTES = 4


class PublicKeyError(ValueError):
    """The text is no public key that Stowage takes; its message is a sentence, and never repeats the text."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One key: its type as OpenSSH calls it, its size, and its bytes in base64."""

    algorithm: str
    bits: int
    blob: str

    @property
    def line(self) -> str:
        """Give the key without its comment."""
        return f"{self.algorithm} {self.blob}"


def read_public_key(text: str) -> PublicKey:
    """Give the key in one line of a `.pub` file. Raises PublicKeyError for anything else, and for a weak key."""
    if "PRIVATE KEY" in text:
        raise PublicKeyError("This is a private key: take it for known to others now, and make a new pair.")
    if "-cert-v01@" in text:
        raise PublicKeyError("This is a certificate; give the key itself.")
    found = _LINE.fullmatch(text)
    if found is None:
        raise PublicKeyError("This is not one line of a .pub file: a type, the key, and perhaps a comment.")
    algorithm, blob = found.groups()
    if algorithm == "ssh-dss":
        raise PublicKeyError("DSA keys are too weak; make an ssh-ed25519 key instead.")
    if algorithm not in {"ssh-ed25519", "ssh-rsa"} and not algorithm.startswith(_ECDSA):
        raise PublicKeyError("Keys of this type are not taken: make an ssh-ed25519 key.")
    fields = _Fields(_decoded(blob))
    if fields.text() != algorithm:
        raise PublicKeyError("The key's own bytes name another type than the line.")
    if algorithm == "ssh-ed25519":
        bits = _ed25519(fields)
    elif algorithm == "ssh-rsa":
        bits = _rsa(fields)
    else:
        bits = _ecdsa(fields, algorithm.removeprefix(_ECDSA))
    fields.end()
    return PublicKey(algorithm, bits, blob)


def _decoded(blob: str) -> bytes:
    try:
        decoded = base64.b64decode(blob, validate=True)
    except binascii.Error as error:
        raise PublicKeyError("The key is damaged: it is not in base64.") from error
    if base64.b64encode(decoded).decode() != blob:
        raise PublicKeyError("The key is damaged: its last characters are not what they should be.")
    return decoded


class _Fields:
    """The length-prefixed fields of a key, read one after the other."""

    def __init__(self, content: bytes) -> None:
        self._left = content

    def next(self) -> bytes:
        """Give the next field. Raises PublicKeyError where there is none, or less of it than it says."""
        end = _LENGTH_BYTES + int.from_bytes(self._left[:_LENGTH_BYTES], "big")
        if len(self._left) < max(end, _LENGTH_BYTES):
            raise PublicKeyError("The key is damaged: it is cut short.")
        field, self._left = self._left[_LENGTH_BYTES:end], self._left[end:]
        return field

    def text(self) -> str:
        """Give the next field as a name."""
        return self.next().decode("ascii", errors="replace")

    def number(self) -> int:
        """Give the next field as a positive number in its one shortest form."""
        field = self.next()
        number = int.from_bytes(field, "big", signed=True)
        if number <= 0 or len(field) != number.bit_length() // 8 + 1:
            raise PublicKeyError("The key is damaged: a number in it is not written as it must be.")
        return number

    def end(self) -> None:
        """Raise PublicKeyError where anything is left."""
        if self._left:
            raise PublicKeyError("The key is damaged: something follows its end.")


def _ed25519(fields: _Fields) -> int:
    if len(fields.next()) != _ED25519_BYTES:
        raise PublicKeyError("The key is damaged: an ed25519 key has 32 bytes.")
    return _ED25519_BYTES * 8


def _ecdsa(fields: _Fields, curve: str) -> int:
    size = _CURVES.get(curve)
    if size is None:
        raise PublicKeyError("Keys on this curve are not taken: nistp256, nistp384 and nistp521 are.")
    if fields.text() != curve:
        raise PublicKeyError("The key's own bytes name another curve than the line.")
    point = fields.next()
    if len(point) != 1 + 2 * size or not point.startswith(_UNCOMPRESSED):
        raise PublicKeyError(f"The key is damaged: it holds no point of {curve}.")
    return int(curve.removeprefix("nistp"))


def _rsa(fields: _Fields) -> int:
    exponent, modulus = fields.number(), fields.number()
    bits = modulus.bit_length()
    if bits not in RSA_BITS:
        raise PublicKeyError(f"This RSA key has {bits:,} bits, and 2,048 to 4,096 are taken: make an ssh-ed25519 key.")
    if modulus % 2 == 0 or exponent % 2 == 0 or exponent == 1 or exponent.bit_length() > _LONGEST_EXPONENT_BITS:
        raise PublicKeyError("The key is damaged: these numbers are no RSA key.")
    return bits
