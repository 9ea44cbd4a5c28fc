"""Tokens, at the level of the API: claims that the gateway let through.

Signature, algorithm, key and expiry are the gateway's to judge: tests/e2e/test_tokens.py.
"""

from io import StringIO
from typing import Any

import pytest

from tests.unit.api.world import CLIENT, ISSUER, World, claims_of
from tests.unit.fakes.people import MANAGER
from tests.unit.input.refusal import BUCKET, SPEC, Case, assert_refused

REFUSED = (401, "not-signed-in")
CLAIMS: dict[str, dict[str, Any]] = {
    "no claims": {},
    "an ID token": claims_of(MANAGER, token_use="id"),
    "an ID token without use": {"sub": MANAGER.id, "aud": CLIENT, "iss": ISSUER},
    "an ID token beside an access token's client": {**claims_of(MANAGER), "token_use": "id", "aud": CLIENT},
    "a refresh token": claims_of(MANAGER, token_use="refresh"),
    "a use in capitals": claims_of(MANAGER, token_use="ACCESS"),
    "two uses": {**claims_of(MANAGER), "token_use": ["access", "id"]},
    "another client's": claims_of(MANAGER, client_id="another"),
    "two clients'": {**claims_of(MANAGER), "client_id": [CLIENT, "another"]},
    "nobody's client": {**claims_of(MANAGER), "client_id": None},
    "another issuer's": claims_of(MANAGER, iss="https://evil.example.com"),
    "an issuer that begins like ours": claims_of(MANAGER, iss=f"{ISSUER}.evil.example.com"),
    "an issuer with a slash behind": claims_of(MANAGER, iss=f"{ISSUER}/"),
    "another pool's of the same region": claims_of(MANAGER, iss=ISSUER[:-1]),
    "nobody's": claims_of(MANAGER, sub=""),
    "a sub that is a list": {**claims_of(MANAGER), "sub": [MANAGER.id]},
    "a sub that is an object": {**claims_of(MANAGER), "sub": {"$ne": None}},
    "a sub that is a number": {**claims_of(MANAGER), "sub": 0},
    "a name for a sub": {"username": MANAGER.id, "token_use": "access", "client_id": CLIENT, "iss": ISSUER},
}


@pytest.mark.parametrize("what", CLAIMS)
@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", BUCKET), ("DELETE", BUCKET), ("GET", "/v1/me"), ("POST", "/v1/socket-tickets"), ("GET", "/v1/kinds")],
)
def test_only_an_access_token_of_this_client_is_taken(
    house: World, log: StringIO, what: str, method: str, path: str
) -> None:
    """Any other token is 401, before a single port is asked."""
    assert_refused(house, log, Case(what, REFUSED, None, method, path, fields={"claims": CLAIMS[what], "json": SPEC}))

    assert house.calls == []


@pytest.mark.parametrize("header", ["Bearer x.y.z", "Basic YTph", "", "\x00"])
def test_a_header_is_no_identity(house: World, log: StringIO, header: str) -> None:
    """Without an authorizer nobody is signed in: the API never reads a token itself."""
    fields = {"headers": {"authorization": header, "x-amzn-oidc-identity": MANAGER.id}}

    assert_refused(house, log, Case("a header", REFUSED, None, "GET", "/v1/me", None, fields))


@pytest.mark.parametrize("sub", ["*", "PERSON#x", "x" * 4096, "a\r\nb", "\u202e", "\ud800"])
def test_a_stranger_is_nobody_whatever_the_sub_says(house: World, log: StringIO, sub: str) -> None:
    """A sub that no member has is a member of nothing, and reaches the log only escaped."""
    fields = {"claims": claims_of(MANAGER, sub=sub), "json": SPEC}

    assert_refused(house, log, Case("a sub", (403, "forbidden"), fields=fields))
