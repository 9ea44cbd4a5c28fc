"""The console as `make run` serves it: the headers that were deployed, with this machine's addresses."""

import dataclasses
from typing import Any

import pytest

from local.cloud_process import LocalCloudError
from local.console_headers import Addresses, headers_of
from local.endpoints import Endpoints

OUTPUTS = {
    "ApiUrl": "https://a1.execute-api.eu-west-1.amazonaws.com",
    "SocketUrl": "wss://s1.execute-api.eu-west-1.amazonaws.com/v1",
    "UserPoolDomain": "https://d1.auth.eu-west-1.amazoncognito.com",
}
CLOUD = "http://127.0.0.1:4566"
ENDPOINTS = Endpoints(
    console="http://127.0.0.1:8480",
    api=f"{CLOUD}/_aws/execute-api/a1/$default",
    socket="ws://127.0.0.1:4566/_aws/execute-api/s1/v1",
    aws=CLOUD,
    **{
        field.name: ""
        for field in dataclasses.fields(Endpoints)
        if field.name not in {"console", "api", "socket", "aws"}
    },  # type: ignore[arg-type]
)
POLICY = "default-src 'none'; connect-src 'self' " + " ".join(
    [OUTPUTS["ApiUrl"], "wss://s1.execute-api.eu-west-1.amazonaws.com", OUTPUTS["UserPoolDomain"]]
)


def config(policy: str) -> dict[str, Any]:
    """Give a headers policy as CloudFront tells it."""
    return {
        "SecurityHeadersConfig": {
            "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": policy},
            "FrameOptions": {"Override": True, "FrameOption": "DENY"},
            "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "no-referrer"},
            "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 60, "IncludeSubdomains": True},
        },
        "CustomHeadersConfig": {"Items": [{"Header": "Cross-Origin-Opener-Policy", "Value": "same-origin"}]},
    }


def test_the_policy_has_this_machines_addresses_in_the_place_of_awss() -> None:
    """Three hosts become three hosts, and all else stays as it is deployed."""
    headers = headers_of(config(POLICY), Addresses(OUTPUTS, ENDPOINTS))

    assert headers["Content-Security-Policy"] == (
        f"default-src 'none'; connect-src 'self' {CLOUD} ws://127.0.0.1:4566 {CLOUD}"
    )
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_a_policy_that_does_not_let_the_page_call_the_api_is_told() -> None:
    """Before anybody wonders why nothing loads."""
    with pytest.raises(LocalCloudError, match="ApiUrl"):
        headers_of(config("connect-src 'self'"), Addresses(OUTPUTS, ENDPOINTS))
