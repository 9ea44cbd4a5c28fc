"""What an IAM request is about: the resource's ARN with its path, and the condition keys of IAM itself.

ministack checks an IAM request against `user/<name>`, whatever the user's path is, and knows neither iam:PolicyARN nor
iam:PermissionsBoundary; a policy on `user/stowage/*` would then refuse everything, and one on `user/*` nothing.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

import importlib
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import iam

from local.cloud.patching import replace_function

Params = Mapping[str, Any]

_extract_resource_arn = iam_actions.extract_resource_arn
_request_tag_context = iam_actions.request_tag_context
_param = iam_actions._query_param

# The parameter that names the entity, the word in its ARN, and where ministack keeps it.
ENTITIES = (("RoleName", "role", "_roles"), ("UserName", "user", "_users"), ("GroupName", "group", "_groups"))
OF_A_USER = frozenset(
    {"CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey", "GetUser", "UpdateUser"}
)

# Exactly the actions for which the reference above lists each key.
POLICY_ARN_ACTIONS = frozenset(
    f"iam:{verb}{entity}Policy" for verb in ("Attach", "Detach") for entity in ("User", "Role", "Group")
)
BOUNDARY_ACTIONS = frozenset(
    f"iam:{action.format(entity)}"
    for entity in ("User", "Role")
    for action in (
        "Create{}",
        "Attach{}Policy",
        "Detach{}Policy",
        "Put{}Policy",
        "Delete{}Policy",
        "Put{}PermissionsBoundary",
        "Delete{}PermissionsBoundary",
    )
)


def install() -> None:
    """Tell the enforcement what IAM requests are about."""
    importlib.import_module("ministack.app")
    replace_function(_extract_resource_arn, extract_resource_arn)
    replace_function(_request_tag_context, request_tag_context)


def extract_resource_arn(service: str, *request: Any) -> str:
    """Return the ARN of the resource that a request is about, an IAM entity's with its path."""
    *_, params, _region, account = request
    if service == "iam" and (arn := _entity_arn(params, account)):
        return arn
    return str(_extract_resource_arn(service, *request))


def request_tag_context(service: str, action: str, body: bytes, params: Params) -> dict[str, Any]:
    """Return the condition keys of a request: its tags, and for IAM the policy and the boundary it is about."""
    context: dict[str, Any] = _request_tag_context(service, action, body, params)
    if service != "iam":
        return context
    return {**context, **condition_keys(action, _param(params, "PolicyArn"), _boundary(params))}


def condition_keys(action: str, policy_arn: str | None, boundary: str | None) -> dict[str, Any]:
    """Return IAM's own condition keys of an action; a key that the action does not have is absent."""
    keys: dict[str, Any] = {}
    if policy_arn and action in POLICY_ARN_ACTIONS:
        keys["iam:policyarn"] = policy_arn
    if boundary and action in BOUNDARY_ACTIONS:
        keys["iam:permissionsboundary"] = boundary
    return keys


def caller_user_name() -> str:
    """Return the name of the IAM user who signed the request, or an empty text for anybody else."""
    arn = iam_evaluator.caller_arn()
    return str(arn.rsplit("/", 1)[-1]) if ":user/" in arn else ""


def _entity_arn(params: Params, account: str) -> str:
    action = _param(params, "Action")
    if action == "CreatePolicy":
        return f"arn:aws:iam::{account}:policy{_param(params, 'Path') or '/'}{_param(params, 'PolicyName')}"
    if action == "GetAccessKeyLastUsed":
        key = iam._access_keys.get(_param(params, "AccessKeyId"))
        return _stored_arn("user", iam._users, key["UserName"], account) if key else f"arn:aws:iam::{account}:user/*"
    for parameter, kind, store in ENTITIES:
        if name := _param(params, parameter):
            if action == f"Create{kind.title()}":
                return f"arn:aws:iam::{account}:{kind}{_param(params, 'Path') or '/'}{name}"
            return _stored_arn(kind, getattr(iam, store), name, account)
    if action in OF_A_USER and (name := caller_user_name()):
        return _stored_arn("user", iam._users, name, account)
    return ""


def _stored_arn(kind: str, store: Any, name: str, account: str) -> str:
    entity = store.get(name)
    return str(entity["Arn"]) if entity else f"arn:aws:iam::{account}:{kind}/{name}"


def _boundary(params: Params) -> str | None:
    """Return the boundary that the request sets, or the one which its user or role already has."""
    if asked := _param(params, "PermissionsBoundary"):
        return str(asked)
    for parameter, _, store in ENTITIES[:2]:
        entity = getattr(iam, store).get(_param(params, parameter))
        if entity:
            return entity.get("PermissionsBoundary") or None
    return None
