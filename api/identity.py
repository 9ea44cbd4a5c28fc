"""Who calls: the access token's claims, checked again after the gateway's authorizer."""

from collections.abc import Mapping
from typing import Any

from api.wiring import ApiSettings
from stowage.domain.errors import NotSignedInError


def person_id(claims: Mapping[str, Any], settings: ApiSettings) -> str:
    """Give the caller's `sub`.

    API Gateway's JWT authorizer has checked signature, expiry, issuer and audience; but it takes an ID token (`aud`)
    as gladly as an access token (`client_id`), so `token_use` is checked here, and the rest with it
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).

    Raises NotSignedInError, which never tells which claim was wrong.
    """
    sub = claims.get("sub")
    genuine = (
        claims.get("token_use") == "access"
        and claims.get("client_id") == settings.user_pool_client_id
        and claims.get("iss") == settings.user_pool_issuer
    )
    if not genuine or not isinstance(sub, str) or not sub:
        raise NotSignedInError("Sign in: the request carries no valid access token of Stowage.")
    return sub
