"""Tokens that nobody signed: refused by the gateway, before a function sees them.

That a token is refused from its `exp` on, and those of another client or pool, is told in
tests/contract/test_apigateway_http.py; what the API itself asks of claims in tests/unit/input/test_tokens.py.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from local.client import Session
from local.endpoints import Endpoints

pytestmark = pytest.mark.e2e

Part = dict[str, Any]
FAR = int(time.time()) + 10**8


def encoded(part: bytes) -> str:
    """Give a part of a token."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def decoded(part: str) -> Part:
    """Give what a part of a token says."""
    content: Part = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return content


def forged(token: str, header: Part | None = None, claims: Part | None = None, key: bytes | None = None) -> str:
    """Give the token with these fields in place of its own; signed with `key`, or under the old signature."""
    old_header, old_claims, signature = token.split(".")
    parts = ({**decoded(old_header), **(header or {})}, {**decoded(old_claims), **(claims or {})})
    text = ".".join(encoded(json.dumps(part).encode()) for part in parts)
    if key is not None:
        signature = encoded(hmac.new(key, text.encode(), hashlib.sha256).digest())
    return f"{text}.{signature}"


def unsigned(token: str, algorithm: str) -> str:
    """Give the token for an algorithm that signs nothing."""
    return forged(token, {"alg": algorithm}).rpartition(".")[0] + "."


FORGERIES: dict[str, Callable[[str, str], str]] = {
    "alg none": lambda token, _jwks: unsigned(token, "none"),
    "alg None": lambda token, _jwks: unsigned(token, "nOnE"),
    "alg none under the old signature": lambda token, _jwks: forged(token, {"alg": "none"}),
    "no alg": lambda token, _jwks: forged(token, {"alg": None}),
    "HS256 with the public key": lambda token, jwks: forged(token, {"alg": "HS256"}, key=jwks.encode()),
    "HS256 with an empty key": lambda token, _jwks: forged(token, {"alg": "HS256"}, key=b""),
    "a kid that climbs": lambda token, _jwks: forged(token, {"alg": "HS256", "kid": "../../../dev/null"}, key=b""),
    "a kid that is SQL": lambda token, _jwks: forged(token, {"kid": "x' UNION SELECT 'key"}),
    "an unknown kid": lambda token, _jwks: forged(token, {"kid": "another"}),
    "no kid": lambda token, _jwks: forged(token, {"kid": None}),
    "a kid that is a list": lambda token, _jwks: forged(token, {"kid": ["a"]}),
    "a key of its own": lambda token, _jwks: forged(token, {"alg": "HS256", "jwk": {"kty": "oct", "k": ""}}, key=b""),
    "a key from elsewhere": lambda token, _jwks: forged(token, {"jku": "https://evil.example.com/jwks.json"}),
    "another person": lambda token, _jwks: forged(token, claims={"sub": "somebody-else"}),
    "another use": lambda token, _jwks: forged(token, claims={"token_use": "id"}),
    "a longer life": lambda token, _jwks: forged(token, claims={"exp": FAR}),
    "another issuer": lambda token, _jwks: forged(token, claims={"iss": "https://evil.example.com"}),
    "without its signature": lambda token, _jwks: token.rpartition(".")[0] + ".",
    "without its last part": lambda token, _jwks: token.rpartition(".")[0],
    "with a part too many": lambda token, _jwks: f"{token}.{token.rpartition('.')[2]}",
    "a signature of another token": lambda token, _jwks: token[:-8] + "AAAAAAAA",
    "twice": lambda token, _jwks: f"{token}, Bearer {token}",
    "of 7 KB": lambda _token, _jwks: "a" * 7000,
    "a list for claims": lambda token, _jwks: f"{token.split('.')[0]}.{encoded(b'[]')}.{token.split('.')[2]}",
}


@pytest.mark.parametrize("what", FORGERIES)
def test_a_token_that_nobody_signed_is_refused(anna: Session, endpoints: Endpoints, what: str) -> None:
    """401 by the gateway itself; the token it was made from still opens the API."""
    token = anna.tokens["AccessToken"]
    issuer = decoded(token.split(".")[1])["iss"]
    pool = issuer.rpartition("/")[2]
    jwks = httpx.get(f"{endpoints.aws}/{pool}/.well-known/jwks.json").raise_for_status().text
    assert "keys" in json.loads(jwks)

    answer = httpx.get(f"{endpoints.api}/v1/me", headers={"Authorization": f"Bearer {FORGERIES[what](token, jwks)}"})

    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert anna.http.get("me").status_code == 200


def test_another_scheme_is_no_token(anna: Session, endpoints: Endpoints) -> None:
    """A good token in another place, or under another scheme, signs nobody in."""
    token = anna.tokens["AccessToken"]
    tried: list[Part] = [
        {"headers": {"Authorization": f"Basic {token}"}},
        {"headers": {"X-Authorization": f"Bearer {token}"}},
        {"headers": {"Cookie": f"access_token={token}"}},
        {"params": {"access_token": token}},
    ]

    assert [httpx.get(f"{endpoints.api}/v1/me", **each).status_code for each in tried] == [401] * 4
