"""SSH public keys made for tests: good ones, and ones that nobody should take."""

import base64

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

ED25519 = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def line_of(key: PublicKeyTypes) -> str:
    """Give a key as OpenSSH writes it."""
    return key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH).decode()


def private_pem() -> str:
    """Give a private key as somebody might paste it by mistake."""
    none = serialization.NoEncryption()
    return ED25519.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, none).decode()


def ed25519_line() -> str:
    """Give the one ed25519 key, always the same."""
    return line_of(ED25519.public_key())


def ecdsa_line(curve: ec.EllipticCurve) -> str:
    """Give a fresh key on a curve."""
    return line_of(ec.generate_private_key(curve).public_key())


def rsa_line(bits: int, exponent: int = 65_537) -> str:
    """Give a key of the right size; no prime is behind it, since a reader sees the product alone."""
    return line_of_fields("ssh-rsa", number(exponent), number((1 << (bits - 1)) | 1))


def number(value: int) -> bytes:
    """Give a positive number as SSH writes one."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big")


def line_of_fields(algorithm: str, *fields: bytes, named: str | None = None, after: bytes = b"") -> str:
    """Give a line whose bytes hold these fields, and name a type of their own if told so."""
    content = b"".join(len(field).to_bytes(4, "big") + field for field in ((named or algorithm).encode(), *fields))
    return f"{algorithm} {base64.b64encode(content + after).decode()}"
