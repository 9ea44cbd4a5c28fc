"""Cognito: a renewed token keeps the time at which its person signed in.

ministack tells the time of the renewal instead, and clients that follow OpenID Connect refuse such a token
(https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse). `origin_jti` is the same in all tokens of
one sign-in
(https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html).
"""

from typing import Any

from ministack.services import cognito

from local.cloud.patching import replace_function

_signed_in: dict[str, int] = {}
"""Of each sign-in by its origin_jti; forgotten with the process, after which a renewal is refused and one signs in."""


def install() -> None:
    """Put the sign-in's own time into every token that has one."""
    signed = cognito._signed_jwt

    def _signed_jwt(claims: dict[str, Any], *args: Any, **kwargs: Any) -> str:
        if "auth_time" in claims and "origin_jti" in claims:
            claims["auth_time"] = _signed_in.setdefault(str(claims["origin_jti"]), claims["auth_time"])
        token: str = signed(claims, *args, **kwargs)
        return token

    replace_function(signed, _signed_jwt)
