"""How any tool or test on this machine reaches an account on the local cloud."""

import threading
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore import UNSIGNED
from botocore.config import Config

HUB_ACCOUNT = "000000000000"
REGION = "eu-west-1"
_SESSION: Any = boto3.session.Session()  # the service is a variable below: the stubs know literals alone
_SESSION_LOCK = threading.Lock()


def environment(url: str, account: str = HUB_ACCOUNT) -> dict[str, str]:
    """Give the variables by which any AWS tool is an account's root on the local cloud."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account,  # the emulator's rule: an account's number is the key of its root
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }


def client(
    service: str,
    url: str,
    account: str = HUB_ACCOUNT,
    *,
    credentials: dict[str, Any] | None = None,
    region: str = REGION,
    unsigned: bool = False,
) -> Any:
    """Give a boto3 client of an account's root, of the given AssumeRole credentials, or of nobody (`unsigned`).

    It tries once: a test wants the first answer, not the third.
    """
    keys = {"AccessKeyId": account, "SecretAccessKey": "local", **(credentials or {})}
    with _SESSION_LOCK:  # making a client is not thread safe, using one is
        made = _SESSION.client(
            service,
            endpoint_url=url,
            region_name=region,
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys.get("SessionToken"),
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=5,
                read_timeout=60,
                s3={"addressing_style": "path"},
                **({"signature_version": UNSIGNED} if unsigned else {}),
            ),
        )
    if service == "s3control":
        # Its endpoint rules put the account before any host, and nothing resolves 111111111111.127.0.0.1.
        made.meta.events.register("before-sign.s3-control", lambda request, **_: _strip_account(request, url))
    return made


def _strip_account(request: Any, url: str) -> None:
    request.url = url + urlsplit(request.url).path
