"""What somebody without a sign-in does: opens a handover's link, and works with the credentials it gave."""

import time
from typing import Any

import boto3
import httpx
from botocore.config import Config

from local.client import Message
from local.endpoints import Endpoints

READY_SECONDS = 60.0


def token_of(handover: Message) -> str:
    """Give the token behind the link's `#token=`."""
    return str(handover["url"]).partition("#token=")[2]


def reveal(
    endpoints: Endpoints, handover: Message, *, token: str | None = None, passphrase: str | None = None
) -> httpx.Response:
    """Open a handover once."""
    body = {"token": token_of(handover) if token is None else token}
    if passphrase is not None:
        body["passphrase"] = passphrase
    return httpx.post(f"{endpoints.api}/v1/handovers/{handover['id']}/reveal", json=body, timeout=30)


def open_handover(endpoints: Endpoints, handover: Message, passphrase: str | None = None) -> Message:
    """Open a handover, waiting while its credentials are being prepared, and give what it reveals.

    Raises TimeoutError, and httpx.HTTPStatusError when it is refused.
    """
    deadline = time.monotonic() + READY_SECONDS
    while True:
        answer = reveal(endpoints, handover, passphrase=passphrase)
        if answer.status_code != httpx.codes.CONFLICT:
            opened: Message = answer.raise_for_status().json()
            return opened
        if time.monotonic() > deadline:
            raise TimeoutError(f"the credentials are not ready after {READY_SECONDS:.0f} s: {answer.text}")
        time.sleep(0.2)


def client_of(endpoints: Endpoints, opened: Message, service: str = "s3") -> Any:
    """Give a client that has these credentials and nothing else."""
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=endpoints.aws,
        region_name=endpoints.region,
        aws_access_key_id=opened["accessKeyId"],
        aws_secret_access_key=opened["secretAccessKey"],
        config=Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
    )
