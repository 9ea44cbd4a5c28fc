"""The account's own public access block (S3 Control), which ministack does not know: kept, answered and in force.

It holds for every bucket of the account, whatever the bucket's own block says.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
"""

import importlib
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

from ministack.core.responses import AccountScopedDict, get_account_id, new_uuid
from ministack.services import s3

from local.cloud.patching import replace_function

Answer = tuple[int, dict[str, str], bytes]

PATH = "/v20180820/configuration/publicAccessBlock"
NAMESPACE = "http://awss3control.amazonaws.com/doc/2018-08-20/"
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ACTIONS = {"GET": "s3:GetAccountPublicAccessBlock", "PUT": "s3:PutAccountPublicAccessBlock"}

_blocks = AccountScopedDict()
_public_access_blocked = s3._public_access_blocked
_get_state = s3.get_state
_load_persisted_state = s3.load_persisted_state


def install() -> None:
    """Answer the three operations, apply the block, and keep it over a restart."""
    app = importlib.import_module("ministack.app")
    handle = app._handle_s3_control_request

    async def handle_s3_control(  # noqa: PLR0917 -- ministack's own signature
        path: str,
        method: str,
        body: bytes,
        query_params: dict[str, Any],
        request_id: str,
        headers: dict[str, str] | None = None,
    ) -> Answer | None:
        if path.rstrip("/") != PATH:
            answer: Answer | None = await handle(path, method, body, query_params, request_id, headers)
            return answer
        # Deleting is permitted by the same action as putting.
        action = ACTIONS["GET" if method == "GET" else "PUT"]
        denied: Answer | None = app._enforce_data_plane("s3", action, headers or {}, query_params, request_id)
        return denied or _answer(method, body, headers or {})

    replace_function(handle, handle_s3_control)
    replace_function(_public_access_blocked, public_access_blocked)
    s3.get_state = lambda: {**_get_state(), "account_public_access_blocks": _blocks}
    s3.load_persisted_state = load_persisted_state


def public_access_blocked(owner_account: str, bucket: str, setting: str) -> bool:
    """Tell whether the account's block or the bucket's own turns the setting on."""
    block = _blocks.get_scoped(owner_account, None, "block") or {}
    return bool(block.get(setting)) or bool(_public_access_blocked(owner_account, bucket, setting))


def load_persisted_state(data: dict[str, Any]) -> None:
    """Restore S3, and the accounts' blocks with it."""
    _load_persisted_state(data)
    restored = data.get("account_public_access_blocks")
    if restored is not None:
        _blocks._data.update(restored._data)


def _answer(method: str, body: bytes, headers: dict[str, str]) -> Answer:
    if headers.get("x-amz-account-id", get_account_id()) != get_account_id():
        return _error("AccessDenied", "Access Denied", HTTPStatus.FORBIDDEN)
    if method == "PUT":
        # The request was made by an SDK on this machine and is read by this process alone.
        sent = {element.tag.rpartition("}")[2]: element.text for element in ET.fromstring(body).iter()}  # noqa: S314
        _blocks["block"] = {setting: str(sent.get(setting)).lower() == "true" for setting in SETTINGS}
        return HTTPStatus.CREATED, {"Content-Type": "application/xml"}, b""
    if method == "DELETE":
        _blocks.pop("block", None)
        return HTTPStatus.NO_CONTENT, {}, b""
    block = _blocks.get("block")
    if block is None:
        message = "The public access block configuration was not found"
        return _error("NoSuchPublicAccessBlockConfiguration", message, HTTPStatus.NOT_FOUND)
    settings = "".join(f"<{name}>{str(block[name]).lower()}</{name}>" for name in SETTINGS)
    told = f'<PublicAccessBlockConfiguration xmlns="{NAMESPACE}">{settings}</PublicAccessBlockConfiguration>'
    return HTTPStatus.OK, {"Content-Type": "application/xml"}, told.encode()


def _error(code: str, message: str, status: int) -> Answer:
    told = (
        f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error>"
        f"<RequestId>{new_uuid()}</RequestId></ErrorResponse>"
    )
    return int(status), {"Content-Type": "application/xml"}, told.encode()
