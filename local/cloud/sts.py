"""SourceIdentity of AssumeRole, which ministack ignores: checked, answered, kept by the session and handed on.

And sessions end with their user: ministack knows a user by the name alone.

The caller needs sts:SetSourceIdentity in its own policies and in the role's trust policy. A session keeps its source
identity (`aws:SourceIdentity`), and a role assumed from it inherits it and cannot be given another one. CloudTrail
does not exist here.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
"""

import contextvars
import re
import time
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, PrincipalInfo, ResolvedCredential
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import iam, sts

from local.cloud.patching import replace_function

Answer = tuple[int, dict[str, str], bytes]

SOURCE_IDENTITY = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
ACTION = "sts:SetSourceIdentity"

_handle_request = sts.handle_request
_principal_keys = iam_evaluator._principal_keys
_resolve_condition_key = iam_evaluator._resolve_condition_key
_resolve_credential = iam_evaluator.resolve_credential
_requested: contextvars.ContextVar[str | None] = contextvars.ContextVar("requested_source_identity", default=None)


def install() -> None:
    """Answer AssumeRole through this module, and let policies ask for both source identity keys.

    It builds on `iam`, which must be installed before.
    """
    global _resolve_condition_key  # noqa: PLW0603 -- what `iam` has put there
    _resolve_condition_key = iam_evaluator._resolve_condition_key
    sts.handle_request = handle_request
    replace_function(_principal_keys, principal_keys)
    replace_function(sts._evict_expired_sessions, evict_expired_sessions)
    replace_function(_resolve_credential, resolve_credential)
    iam_evaluator._resolve_condition_key = resolve_condition_key


async def handle_request(
    method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Answer:
    """Answer an STS request."""
    form = parse_qs(body.decode("utf-8", errors="replace")) if method == "POST" else {}
    if form.get("Action") != ["AssumeRole"]:
        return await _pass_on(method, path, headers, body, query_params)
    key = extract_access_key_id(headers, query_params) or ""
    inherited = (sts._sessions.get(key) or {}).get("SourceIdentity")
    asked = form.get("SourceIdentity", [None])[0]
    identity = asked or inherited
    token = _requested.set(identity)
    try:
        refusal = _refusal(key, form["RoleArn"][0], asked, inherited) if asked else None
        answer = refusal or await _pass_on(method, path, headers, body, query_params)
    finally:
        _requested.reset(token)
    return _with_identity(answer, identity) if identity and answer[0] == HTTPStatus.OK else answer


async def _pass_on(*request: Any) -> Answer:
    answer: Answer = await _handle_request(*request)
    return answer


def resolve_credential(access_key_id: str, *arguments: Any, **named: Any) -> Any:
    """Resolve a key; a session ends with the very user who began it, whoever is given the name later.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    session = sts._sessions.get(access_key_id)
    if session is not None and session.get("PrincipalType") == "User":
        user = iam._users.get_scoped(session.get("AccountId"), None, session.get("PrincipalName")) or {}
        if user.get("UserId") != session.get("UserId"):
            return iam_evaluator._unknown_access_key()
    return _resolve_credential(access_key_id, *arguments, **named)


def evict_expired_sessions() -> None:
    """Drop sessions that have expired; the emulator reads them while another thread adds one, and fails."""
    now = time.time()
    for key, session in list(sts._sessions.items()):
        expires = session.get("Expiration")
        if isinstance(expires, int | float) and now > expires:
            sts._sessions.pop(key, None)


def resolve_condition_key(key: str, context: EvalContext) -> Any:
    """Return the value of a condition key, sts:SourceIdentity being what the request asks for."""
    if key.lower() == "sts:sourceidentity":
        return _requested.get()
    return _resolve_condition_key(key, context)


def principal_keys(credential: ResolvedCredential) -> dict[str, Any]:
    """Return the condition keys that describe the caller, its source identity included."""
    keys: dict[str, Any] = _principal_keys(credential)
    identity = (sts._sessions.get(credential.access_key_id) or {}).get("SourceIdentity")
    return {**keys, "aws:sourceidentity": identity} if identity else keys


def _refusal(key: str, role_arn: str, asked: str, inherited: str | None) -> Answer | None:
    if not SOURCE_IDENTITY.fullmatch(asked):
        return _error(
            "ValidationError",
            f"1 validation error detected: Value '{asked}' at 'sourceIdentity' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w+=,.@-]* and have a length of 2 to 64",
            HTTPStatus.BAD_REQUEST,
        )
    if not _enforced():
        return None
    principal = iam_evaluator.resolve_principal(key, get_account_id())
    if isinstance(principal, AuthError):
        return None  # STS itself answers for unknown credentials
    changed = inherited is not None and inherited != asked
    if changed or not _caller_may(key, role_arn) or not _role_lets(principal, role_arn):
        message = f"User: {principal.arn} is not authorized to perform: {ACTION} on resource: {role_arn}"
        return _error("AccessDenied", message, HTTPStatus.FORBIDDEN)
    return None


def _caller_may(key: str, role_arn: str) -> bool:
    return iam_evaluator.enforce(key, ACTION, "sts", get_region(), resource_arn=role_arn) is None


def _role_lets(principal: PrincipalInfo, role_arn: str) -> bool:
    role = iam._roles.get_scoped(role_arn.split(":")[4], None, role_arn.rsplit("/", 1)[-1])
    context = EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=ACTION,
        resource_arn=role_arn,
        region=get_region(),
        principal_keys=principal.keys,
    )
    trust = (role or {}).get("AssumeRolePolicyDocument", "{}")
    return bool(iam_evaluator.evaluate_trust_policy(trust, principal.arn, context))


def _with_identity(answer: Answer, identity: str) -> Answer:
    status, headers, body = answer
    key = re.search(rb"<AccessKeyId>([^<]+)</AccessKeyId>", body)
    if key:
        sts._sessions[key.group(1).decode()]["SourceIdentity"] = identity
    told = f"<SourceIdentity>{identity}</SourceIdentity></AssumeRoleResult>".encode()
    return status, headers, body.replace(b"</AssumeRoleResult>", told, 1)


def _enforced() -> bool:
    from ministack.app import AUTH  # noqa: PLC0415 -- the application imports every service

    return bool(AUTH)


def _error(code: str, message: str, status: int) -> Answer:
    answer: Answer = iam._error(int(status), code, message, ns="sts")
    return answer
