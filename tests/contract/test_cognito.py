"""People sign in to the local cloud's user pool as they do to Cognito: sign-in page, code with PKCE, access tokens."""

import base64
import hashlib
import json
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import CloudFactory, LocalCloud

PASSWORD = "Correct-Horse-1"
CALLBACK = "http://localhost:8080/signed-in"
ORIGIN = "http://localhost:8080"


@dataclass
class Pool:
    """A user pool with a public client for the browser, and one person."""

    cloud: LocalCloud
    id: str
    client: str
    email: str

    def authorize(self, verifier: str, **changes: str) -> httpx.Response:
        """Ask for the sign-in page, as a browser that is sent there."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "client_id": self.client,
            "response_type": "code",
            "scope": "openid email profile",
            "redirect_uri": CALLBACK,
            "state": "here",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **changes,
        }
        return httpx.get(f"{self.cloud.url}/oauth2/authorize", params=query)

    def sign_in(self, verifier: str, password: str = PASSWORD) -> httpx.Response:
        """Fill the page's form in and send it."""
        query = parse_qs(urlsplit(str(self.authorize(verifier).request.url)).query)
        form = {name: values[0] for name, values in query.items()}
        return httpx.post(f"{self.cloud.url}/login", data={**form, "username": self.email, "password": password})

    def redeem(self, **form: str) -> httpx.Response:
        """Exchange a code or a refresh token, as the browser does from the console's origin."""
        return httpx.post(
            f"{self.cloud.url}/oauth2/token", data={"client_id": self.client, **form}, headers={"Origin": ORIGIN}
        )

    def tokens(self) -> dict[str, Any]:
        """Sign in and give the tokens."""
        verifier = secrets.token_urlsafe(48)
        code = parse_qs(urlsplit(self.sign_in(verifier).headers["location"]).query)["code"][0]
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        given: dict[str, Any] = self.redeem(**grant, code_verifier=verifier).json()
        return given

    def refresh(self, token: str) -> httpx.Response:
        """Ask for new tokens."""
        return self.redeem(grant_type="refresh_token", refresh_token=token)

    def revoke(self, **form: str) -> httpx.Response:
        """Revoke a token, as the browser does from the console's origin."""
        return httpx.post(f"{self.cloud.url}/oauth2/revoke", data=form, headers={"Origin": ORIGIN})

    def who(self, access_token: str) -> int:
        """Give the status that Cognito's own API answers a token with."""
        authorization = {"Authorization": f"Bearer {access_token}"}
        return httpx.get(f"{self.cloud.url}/oauth2/userInfo", headers=authorization).status_code


def make_pool(cloud: LocalCloud) -> Pool:
    """Create the pool as the template does: e-mail as name, code flow with PKCE, no secret, no password flow."""
    people = cloud.client("cognito-idp")
    pool = people.create_user_pool(
        PoolName="people", UsernameAttributes=["email"], AdminCreateUserConfig={"AllowAdminCreateUserOnly": True}
    )["UserPool"]["Id"]
    client = people.create_user_pool_client(
        UserPoolId=pool,
        ClientName="console",
        GenerateSecret=False,
        SupportedIdentityProviders=["COGNITO"],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"],
        CallbackURLs=[CALLBACK],
        LogoutURLs=[f"{ORIGIN}/"],
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    email = f"{uuid.uuid4().hex[:8]}@example.com"
    people.admin_create_user(
        UserPoolId=pool,
        Username=email,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        MessageAction="SUPPRESS",
    )
    people.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    return Pool(cloud, pool, client, email)


def claims(token: str) -> dict[str, Any]:
    """Return what a token says."""
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return said


@pytest.fixture
def pool(cloud: LocalCloud) -> Pool:
    """Make a pool."""
    return make_pool(cloud)


def test_the_code_flow_with_pkce_gives_access_and_id_tokens(pool: Pool) -> None:
    """Page, form, redirect with code and state, exchange from the browser's origin: tokens with Cognito's claims.

    https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-access-token.html
    """
    verifier = secrets.token_urlsafe(48)
    page = pool.authorize(verifier)
    sent_back = pool.sign_in(verifier)
    answer = parse_qs(urlsplit(sent_back.headers["location"]).query)
    exchanged = pool.redeem(
        grant_type="authorization_code", code=answer["code"][0], redirect_uri=CALLBACK, code_verifier=verifier
    )
    access, identity = claims(exchanged.json()["access_token"]), claims(exchanged.json()["id_token"])

    assert (page.status_code, "password" in page.text) == (200, True)
    assert sent_back.headers["location"].startswith(f"{CALLBACK}?")
    assert answer["state"] == ["here"]
    assert exchanged.headers["access-control-allow-origin"] in ("*", ORIGIN)
    assert (access["token_use"], access["client_id"]) == ("access", pool.client)
    assert "aud" not in access
    assert access["iss"] == identity["iss"] == f"https://cognito-idp.eu-west-1.amazonaws.com/{pool.id}"
    assert "openid" in access["scope"].split()
    assert (identity["token_use"], identity["aud"], identity["email"]) == ("id", pool.client, pool.email)
    assert access["sub"] == identity["sub"]


def test_a_code_is_good_once_and_only_with_its_verifier(pool: Pool) -> None:
    """Another verifier, and a second exchange, are invalid_grant."""
    verifier = secrets.token_urlsafe(48)
    location = pool.sign_in(verifier).headers["location"]
    grant = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(location).query)["code"][0],
        "redirect_uri": CALLBACK,
    }

    stolen = pool.redeem(**grant, code_verifier=secrets.token_urlsafe(48))
    first = pool.redeem(**grant, code_verifier=verifier)
    second = pool.redeem(**grant, code_verifier=verifier)

    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert first.status_code == 200
    assert (second.status_code, second.json()["error"]) == (400, "invalid_grant")


def test_wrong_passwords_and_foreign_callbacks_get_no_code(pool: Pool) -> None:
    """A wrong password shows the page again; a callback that the client does not list is refused."""
    verifier = secrets.token_urlsafe(48)

    wrong = pool.sign_in(verifier, "Wrong-Horse-1")
    foreign = pool.authorize(verifier, redirect_uri="https://evil.example.com/")

    assert "location" not in wrong.headers
    assert foreign.status_code == 400


def test_the_password_flow_is_closed_unless_the_client_allows_it(pool: Pool) -> None:
    """USER_PASSWORD_AUTH is NotAuthorizedException or InvalidParameterException where the client does not list it."""
    with pytest.raises(ClientError) as refused:
        pool.cloud.client("cognito-idp").initiate_auth(
            ClientId=pool.client,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": pool.email, "PASSWORD": PASSWORD},
        )

    assert refused.value.response["Error"]["Code"] in ("InvalidParameterException", "NotAuthorizedException")


def test_a_renewed_token_keeps_the_time_of_the_sign_in(pool: Pool) -> None:
    """OpenID Connect demands it, and the console's client refuses another: auth_time is not the renewal's."""
    tokens = pool.tokens()
    signed_in = claims(tokens["id_token"])["auth_time"]
    later = time.monotonic() + 10
    while time.time() < signed_in + 1 and time.monotonic() < later:
        time.sleep(0.1)

    renewed = pool.refresh(tokens["refresh_token"]).json()

    assert claims(renewed["id_token"])["auth_time"] == signed_in
    assert claims(renewed["id_token"])["iat"] > signed_in


def test_a_revoked_sign_in_is_over_and_no_other(pool: Pool) -> None:
    """An empty 200, again when repeated; its refresh token is invalid_grant, its access tokens are refused by Cognito.

    https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
    """
    tokens, others = pool.tokens(), pool.tokens()
    renewed = pool.refresh(tokens["refresh_token"]).json()
    access = [tokens["access_token"], renewed["access_token"], others["access_token"]]
    before = [pool.who(each) for each in access]

    revoked = pool.revoke(token=tokens["refresh_token"], client_id=pool.client)
    again = pool.revoke(token=tokens["refresh_token"], client_id=pool.client)
    refused = pool.refresh(tokens["refresh_token"])

    assert before == [200, 200, 200]
    assert [(each.status_code, each.content) for each in (revoked, again)] == [(200, b"")] * 2
    assert revoked.headers["access-control-allow-origin"] in ("*", ORIGIN)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert [pool.who(each) for each in access] == [401, 401, 200]
    assert pool.refresh(others["refresh_token"]).status_code == 200


def test_what_is_no_refresh_token_of_the_client_is_not_revoked(pool: Pool) -> None:
    """Each bad request has Cognito's error; a token that is not this client's gets a 200 and revokes nothing."""
    tokens = pool.tokens()
    refresh = tokens["refresh_token"]
    stranger = make_pool(pool.cloud)
    forged = refresh[:-8] + ("A" if refresh[-8] != "A" else "B") + refresh[-7:]

    answers = [
        pool.revoke(**form)
        for form in (
            {"client_id": pool.client},
            {"token": refresh},
            {"token": tokens["access_token"], "client_id": pool.client},
            {"token": refresh, "client_id": "nobody"},
            {"token": refresh, "client_id": stranger.client},
            {"token": forged, "client_id": pool.client},
            {"token": "none", "client_id": pool.client},
        )
    ]

    assert [(each.status_code, each.json()["error"] if each.content else "") for each in answers] == [
        (400, "invalid_request"),
        (400, "invalid_request"),
        (400, "unsupported_token_type"),
        (401, "invalid_client"),
        (200, ""),
        (200, ""),
        (200, ""),
    ]
    assert pool.refresh(refresh).status_code == 200


def test_a_revoked_token_stays_so_over_a_restart(start_cloud: CloudFactory) -> None:
    """Signing out holds, whatever becomes of the local cloud."""
    private = start_cloud()
    pool = make_pool(private)
    token = pool.tokens()["refresh_token"]

    pool.revoke(token=token, client_id=pool.client)
    private.restart()

    assert pool.refresh(token).json()["error"] == "invalid_grant"


def test_sessions_and_keys_survive_a_restart(start_cloud: CloudFactory) -> None:
    """A refresh token from before a restart still gives tokens, signed by the same keys."""
    private = start_cloud()
    pool = make_pool(private)
    keys = f"{private.url}/{pool.id}/.well-known/jwks.json"
    tokens = pool.tokens()
    before = httpx.get(keys).json()

    private.restart()
    refreshed = pool.refresh(tokens["refresh_token"])

    assert refreshed.status_code == 200, refreshed.text
    assert claims(refreshed.json()["access_token"])["sub"] == claims(tokens["access_token"])["sub"]
    assert httpx.get(keys).json() == before
