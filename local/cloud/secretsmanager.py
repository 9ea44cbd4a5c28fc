"""Secrets Manager where it matters for a secret that is stored once: idempotent creation, KMS, names, deletion.

- CreateSecret and PutSecretValue with a ClientRequestToken are idempotent: the same token and content answer the same
  version again, other content is refused; the token is the version's id. A name that waits for its deletion is refused.
- A secret with tags needs secretsmanager:TagResource.
- A customer managed key is used in the caller's name: writing needs kms:GenerateDataKey and kms:Decrypt, reading
  kms:Decrypt, through Secrets Manager.
- A partial ARN (without the six random characters) names one secret, not every one that begins so.
- Deleting a secret by force that does not exist succeeds.
- A secret of another account is refused, whatever its resource policy says.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
"""

import contextvars
import json
import re
import time
from http import HTTPStatus
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_actions import identity_denial_message
from ministack.core.iam_evaluator import EvalResult
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.core.router import extract_access_key_id
from ministack.services import secretsmanager

from local.cloud.kms_use import enforced, refused_use

Answer = tuple[int, dict[str, str], bytes]
Data = dict[str, Any]

NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]{1,512}")
TOKEN = re.compile(r".{32,64}")
SUFFIX_CHARACTERS = 7  # a hyphen and six random characters
ACCOUNT_PART = 4  # of an ARN
WRITING = ("kms:GenerateDataKey", "kms:Decrypt")
CONTENT = ("SecretString", "SecretBinary")

_handle_request = secretsmanager.handle_request
_create_secret = secretsmanager._create_secret
_put_secret_value = secretsmanager._put_secret_value
_get_secret_value = secretsmanager._get_secret_value
_delete_secret = secretsmanager._delete_secret
_resolve = secretsmanager._resolve
_caller: contextvars.ContextVar[str] = contextvars.ContextVar("secretsmanager_caller", default="")


def install() -> None:
    """Answer through this module; ministack looks its actions up by name at each request."""
    secretsmanager.handle_request = handle_request
    secretsmanager._create_secret = create_secret
    secretsmanager._put_secret_value = put_secret_value
    secretsmanager._get_secret_value = get_secret_value
    secretsmanager._delete_secret = delete_secret
    secretsmanager._resolve = resolve


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Answer:
    """Answer a request, remembering in whose name a key is used for it."""
    if refusal := _foreign(body):
        return refusal
    token = _caller.set(extract_access_key_id(headers, query_params) or "")
    try:
        answer: Answer = await _handle_request(method, path, headers, body, query_params)
    finally:
        _caller.reset(token)
    return answer


def create_secret(data: Data) -> Answer:
    """Store a new secret once per request token."""
    name, request_token = str(data.get("Name") or ""), data.get("ClientRequestToken")
    if not NAME.fullmatch(name):
        return _error("ValidationException", "Invalid name. Must be a valid name containing alphanumeric characters")
    if request_token is not None and not TOKEN.fullmatch(str(request_token)):
        return _error("InvalidParameterException", "ClientRequestToken must be 32-64 characters long.")
    existing = secretsmanager._secrets.get(name)
    if existing is not None:
        return _created_before(existing, data)
    # The six characters are drawn later; no policy can name them beforehand.
    arn = f"{_arn(name)}-000000"
    refusal = _refused(str(data.get("KmsKeyId") or ""), WRITING, arn)
    if data.get("Tags"):
        refusal = _refused_tags(arn, data["Tags"]) or refusal
    if refusal:
        return refusal
    answer: Answer = _create_secret(data)
    if request_token is None or answer[0] != HTTPStatus.OK:
        return answer
    secret = secretsmanager._secrets[name]
    (version,) = secret["Versions"].values()
    secret["Versions"] = {str(request_token): version}
    return _version_answer(secret, str(request_token))


def put_secret_value(data: Data) -> Answer:
    """Add a version to a secret, once per request token."""
    _, secret = resolve(data.get("SecretId"))
    token = str(data.get("ClientRequestToken") or "")
    if secret and (refusal := _refused(str(secret.get("KmsKeyId") or ""), WRITING, secret["ARN"])):
        return refusal
    version = secret["Versions"].get(token) if secret and not secret.get("DeletedDate") else None
    if version is None:
        answer: Answer = _put_secret_value(data)
        return answer
    if any(version.get(part) != data.get(part) for part in CONTENT):
        message = "You can't use ClientRequestToken because that value is already in use for a version of the secret."
        return _error("ResourceExistsException", message)
    return _version_answer(secret, token, VersionStages=list(version["Stages"]))


def get_secret_value(data: Data) -> Answer:
    """Answer the secret to a caller who may use its key too."""
    _, secret = resolve(data.get("SecretId"))
    if secret and (refusal := _refused(str(secret.get("KmsKeyId") or ""), ("kms:Decrypt",), secret["ARN"])):
        return refusal
    answer: Answer = _get_secret_value(data)
    return answer


def delete_secret(data: Data) -> Answer:
    """Delete a secret; by force also one that does not exist."""
    secret_id = str(data.get("SecretId") or "")
    _, secret = resolve(secret_id)
    if secret is None and secret_id and data.get("ForceDeleteWithoutRecovery"):
        name = secret_id.rsplit(":secret:", 1)[-1]
        gone: Answer = json_response({"ARN": _arn(name), "Name": name, "DeletionDate": int(time.time())})
        return gone
    answer: Answer = _delete_secret(data)
    return answer


def resolve(secret_id: Any, *, use_arn_scope: bool = False) -> tuple[Any, Any]:
    """Find a secret by name, ARN or partial ARN: storage key and record, or None for both."""
    key, secret = _resolve(secret_id, use_arn_scope=use_arn_scope)
    if secret is not None and str(secret_id).startswith("arn:"):
        whole = secret["ARN"]
        if secret_id not in {whole, whole[:-SUFFIX_CHARACTERS]}:
            return None, None
    return key, secret


def _foreign(body: bytes) -> Answer | None:
    """Refuse another account's secret: resource policies of secrets are not looked at across accounts."""
    try:
        secret_id = str(json.loads(body or b"{}").get("SecretId", ""))
    except (ValueError, AttributeError):
        return None  # ministack answers for what is no request
    parts = secret_id.split(":")
    if not secret_id.startswith("arn:") or len(parts) <= ACCOUNT_PART or parts[ACCOUNT_PART] == get_account_id():
        return None
    return _error("AccessDeniedException", f"No resource-based policy allows access to the resource: {secret_id}")


def _created_before(secret: Data, data: Data) -> Answer:
    if secret.get("DeletedDate"):
        return _error(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        )
    token = str(data.get("ClientRequestToken") or "")
    version = secret["Versions"].get(token)
    if version is not None and all(version.get(part) == data.get(part) for part in CONTENT):
        return _version_answer(secret, token)
    message = f"The operation failed because the secret {secret['Name']} already exists."
    return _error("ResourceExistsException", message)


def _version_answer(secret: Data, version: str, **more: Any) -> Answer:
    answer: Answer = json_response({"ARN": secret["ARN"], "Name": secret["Name"], "VersionId": version, **more})
    return answer


def _refused_tags(arn: str, tags: list[dict[str, str]]) -> Answer | None:
    if not enforced() or not _caller.get():
        return None
    action, caller = "secretsmanager:TagResource", _caller.get()
    keys: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    keys["aws:TagKeys"] = [tag["Key"] for tag in tags]
    denied = iam_evaluator.enforce(
        caller, action, "secretsmanager", get_region(), resource_arn=arn, service_context=keys
    )
    if denied is None:
        return None
    principal = denied.principal_arn if isinstance(denied, EvalResult) else caller
    explicit = isinstance(denied, EvalResult) and denied.decision == "Deny"
    return _error("AccessDeniedException", identity_denial_message(action, principal, arn, explicit))


def _refused(key: str, actions: tuple[str, ...], arn: str) -> Answer | None:
    caller = _caller.get()
    if caller and (refusal := refused_use(caller, actions, key, "secretsmanager", {"SecretARN": arn})):
        return _error("AccessDeniedException", f"Access to KMS is not allowed. {refusal}")
    return None


def _arn(name: str) -> str:
    return f"arn:aws:secretsmanager:{get_region()}:{get_account_id()}:secret:{name}"


def _error(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, HTTPStatus.BAD_REQUEST.value)
    return answer
