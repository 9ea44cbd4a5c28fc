"""Cognito's /oauth2/revoke, which ministack does not have: signing out ends a refresh token and what it has given.

Cognito's own endpoints refuse the access tokens of that sign-in from then on; whoever judges a token by its signature
alone, as an HTTP API's authorizer does, takes it until it expires.
https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
https://docs.aws.amazon.com/cognito/latest/developerguide/token-revocation.html
"""

import importlib
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from ministack.services import cognito

from local.cloud.patching import replace_function

Answer = tuple[int, dict[str, str], bytes]

PATH = "/oauth2/revoke"


def install() -> None:
    """Answer the endpoint; the others stay as they are."""
    app = importlib.import_module("ministack.app")
    handle = app._handle_cognito_body_request

    async def _handle_cognito_body_request(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> Answer | None:
        if (method, path) == ("POST", PATH):
            return revoke(headers, body)
        answer: Answer | None = await handle(method, path, headers, body, query_params)
        return answer

    replace_function(handle, _handle_cognito_body_request)


def revoke(headers: Mapping[str, str], body: bytes) -> Answer:
    """Revoke a refresh token; one that is not this client's, or was revoked before, is no error and changes nothing."""
    form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", errors="replace")).items()}
    client_id, secret = cognito._authenticate_client(headers, form)
    token = form.get("token", "")
    if not token or not client_id:
        return _refused("invalid_request")
    _, _, client = cognito._find_pool_by_client_id(client_id)
    if client is None or (client.get("ClientSecret") or "") != secret:
        return _refused("invalid_client", HTTPStatus.UNAUTHORIZED)
    if not client.get("EnableTokenRevocation", True):
        return _refused("invalid_request")
    claims = cognito._token_claims(token)
    if claims.get("token_use") in ("access", "id"):
        return _refused("unsupported_token_type")
    if claims.get("client_id") == client_id and cognito._signature_valid(token):
        cognito._revoke_token({"Token": token})
    return HTTPStatus.OK, {"Content-Type": "application/json"}, b""


def _refused(error: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> Answer:
    return status, {"Content-Type": "application/json"}, json.dumps({"error": error}).encode()
