"""Access keys as IAM keeps them: two per user, and each knows when, where and with which service it was last used.

A secret has the alphabet and length of a real one, so that whatever escapes it is tried for real. The last use is
noted at each request whose signature was verified, whether a policy then allowed it or not; AWS tells it with a delay.
A presigned URL that S3 verifies counts too.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
"""

import base64
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, ResolvedCredential, SignedRequest
from ministack.core.responses import get_account_id, get_region
from ministack.core.sigv4 import parse_header_signature, parse_query_signature
from ministack.services import iam, s3

from local.cloud.iam_requests import caller_user_name
from local.cloud.patching import replace_function, wrap_action

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[dict[str, Any]], Answer]

KEYS_PER_USER = 2
SECRET_BYTES = 30  # 40 characters in base64

SCOPE_PARTS = 5  # key, date, region, service, aws4_request

_authenticate = iam_evaluator.authenticate
_verify_presigned = s3._verify_presigned_sigv4


def install() -> None:
    """Put the checks around ministack's handlers, and note each use of a key."""
    actions = iam._IAM_HANDLERS
    for name in ("ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey"):
        wrap_action(actions, name, _of_an_existing_user)
    actions["CreateAccessKey"] = create_access_key
    actions["GetAccessKeyLastUsed"] = get_last_used
    replace_function(_authenticate, authenticate)
    s3._verify_presigned_sigv4 = verify_presigned


def authenticate(access_key_id: str, account_id: str) -> AuthError | ResolvedCredential | None:
    """Check the request's signature, and note the use of a user's key whose signature is right."""
    request = iam_evaluator._signed_request.get()
    checked: AuthError | ResolvedCredential | None = _authenticate(access_key_id, account_id)
    if request is not None and isinstance(checked, ResolvedCredential):
        _note_use(checked.account_id, access_key_id, *_scope_of(request))
    return checked


def verify_presigned(method: str, path: str, headers: Mapping[str, str], query: Mapping[str, Any]) -> Answer | None:
    """Check a presigned URL as S3 does, and note the use of the key that signed it."""
    refusal: Answer | None = _verify_presigned(method, path, headers, query)
    scope = str(s3._qp(query, "X-Amz-Credential", "")).split("/")
    if refusal is None and s3._qp(query, "X-Amz-Signature", "") and len(scope) == SCOPE_PARTS:
        _note_use(get_account_id(), scope[0], scope[2], scope[3])
    return refusal


def create_access_key(params: dict[str, Any]) -> Answer:
    """Make a key for the named user, or for the user who asks."""
    name = _user_name(params)
    if isinstance(name, tuple):
        return name
    if len(_keys_of(name)) >= KEYS_PER_USER:
        message = f"Cannot exceed quota for AccessKeysPerUser: {KEYS_PER_USER}"
        return _error(HTTPStatus.CONFLICT, "LimitExceeded", message)
    key = {
        "UserName": name,
        "AccessKeyId": iam._gen_access_key_id(),
        "SecretAccessKey": base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode(),
        "Status": "Active",
        "CreateDate": iam._now(),
    }
    iam._access_keys[key["AccessKeyId"]] = key
    told = "".join(f"<{field}>{value}</{field}>" for field, value in key.items())
    result = f"<CreateAccessKeyResult><AccessKey>{told}</AccessKey></CreateAccessKeyResult>"
    answer: Answer = iam._xml(HTTPStatus.OK.value, "CreateAccessKeyResponse", result, ns="iam")
    return answer


def get_last_used(params: dict[str, Any]) -> Answer:
    """Tell a key's user and its last use; N/A for a key that was never used."""
    key_id = iam._p(params, "AccessKeyId")
    key = iam._access_keys.get(key_id)
    if key is None:
        return _error(HTTPStatus.NOT_FOUND, "NoSuchEntity", f"The Access Key with id {key_id} cannot be found.")
    use = key.get("LastUse")
    told = f"<Region>{use['region'] if use else 'N/A'}</Region><ServiceName>{use['service'] if use else 'N/A'}"
    told += "</ServiceName>" + (f"<LastUsedDate>{use['date']}</LastUsedDate>" if use else "")
    result = f"<UserName>{key['UserName']}</UserName><AccessKeyLastUsed>{told}</AccessKeyLastUsed>"
    answer: Answer = iam._xml(
        HTTPStatus.OK.value,
        "GetAccessKeyLastUsedResponse",
        f"<GetAccessKeyLastUsedResult>{result}</GetAccessKeyLastUsedResult>",
        ns="iam",
    )
    return answer


def _of_an_existing_user(handler: Handler, params: dict[str, Any]) -> Answer:
    """Refuse for a user who does not exist, and a key that is not the user's; then let ministack answer."""
    name = _user_name(params)
    if isinstance(name, tuple):
        return name
    key_id = iam._p(params, "AccessKeyId")
    if key_id and key_id not in _keys_of(name):
        return _error(HTTPStatus.NOT_FOUND, "NoSuchEntity", f"The Access Key with id {key_id} cannot be found.")
    return handler({**params, "UserName": [name]})


def _user_name(params: Mapping[str, Any]) -> str | Answer:
    name = str(iam._p(params, "UserName") or caller_user_name())
    if not name:
        return _error(
            HTTPStatus.BAD_REQUEST, "ValidationError", "Must specify userName when calling with non-User credentials"
        )
    if name not in iam._users:
        return _error(HTTPStatus.NOT_FOUND, "NoSuchEntity", f"The user with name {name} cannot be found.")
    return name


def _keys_of(user_name: str) -> list[str]:
    return [key_id for key_id, key in iam._access_keys.items() if key["UserName"] == user_name]


def _scope_of(request: SignedRequest) -> tuple[str, str]:
    """Return the region and the service that the request was signed for."""
    signature = (
        parse_query_signature(request.query_params) if request.presigned else parse_header_signature(request.headers)
    )
    if request.sigv2 or isinstance(signature, tuple):
        return get_region(), "s3"  # the old signature names neither, and S3 alone takes it
    return str(signature.region), str(signature.service)


def _note_use(account: str, key_id: str, region: str, service: str) -> None:
    key = iam._access_keys.get_scoped(account, None, key_id)
    if key is not None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        key["LastUse"] = {"date": now, "region": region, "service": service}


def _error(status: HTTPStatus, code: str, message: str) -> Answer:
    answer: Answer = iam._error(status.value, code, message, ns="iam")
    return answer
