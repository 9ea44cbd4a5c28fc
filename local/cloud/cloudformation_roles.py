"""Whose permissions a stack operation has: the service role's (RoleARN), else the caller's.

RoleARN is kept on the stack and used by later operations. It has to exist in the caller's account and to trust
cloudformation.amazonaws.com, and the caller needs iam:PassRole for it. Of what an operation then does to resources,
the actions in `cloudformation_actions.json` (S3, KMS, IAM, SQS types) are asked of the role, its permissions boundary,
or the caller's policies, boundary and session policy. The actions of other types are not enforced, nor are resource
policies, nor condition keys other than iam:PermissionsBoundary, iam:PolicyARN, the tags of a request and the
principal's own. Those of Transfer Family's types stand in `transfer_permissions`. The root of an account may do
anything.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

import contextvars
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, PrincipalInfo
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services.cloudformation.helpers import _error, _sdk_error

from local.cloud.cloudformation_actions import asked_actions
from local.cloud.service_trust import Policy, service_may_assume

Answer = tuple[int, dict[str, str], bytes]

SERVICE = "cloudformation.amazonaws.com"
ACTIONS: Mapping[str, Mapping[str, Any]] = json.loads(
    Path(__file__).with_name("cloudformation_actions.json").read_text(encoding="utf-8")
)

caller_key: contextvars.ContextVar[str] = contextvars.ContextVar("caller_key", default="")
authority: contextvars.ContextVar[PrincipalInfo | None] = contextvars.ContextVar("stack_authority", default=None)


def refuse_role(role_arn: str) -> Answer | None:
    """Return the error that AWS answers if the caller may not hand this role to CloudFormation, else None."""
    if ":role/" not in role_arn:
        return _refusal("ValidationError", f"{role_arn} is not a valid RoleARN")
    if role_arn.split(":")[4] != get_account_id():
        return _refusal("AccessDenied", "Cross-account pass role is not allowed.", HTTPStatus.FORBIDDEN)
    denied = iam_evaluator.enforce(
        caller_key.get(),
        "iam:PassRole",
        "iam",
        get_region(),
        resource_arn=role_arn,
        service_context={"iam:PassedToService": SERVICE},
    )
    if denied:
        principal = "" if isinstance(denied, AuthError) else denied.principal_arn
        return _refusal("AccessDenied", _denial(principal, "iam:PassRole", role_arn), HTTPStatus.FORBIDDEN)
    role = _role(role_arn)
    if role is None or not _trusts_cloudformation(role["AssumeRolePolicyDocument"]):
        return _refusal("ValidationError", f"Role {role_arn} is invalid or cannot be assumed")
    return None


def act_as(role_arn: str) -> None:
    """Let the operation of this context act as the role or, without one, as the caller."""
    if role_arn:
        authority.set(_as_role(role_arn))
        return
    key = caller_key.get()
    principal = iam_evaluator.resolve_principal(key, get_account_id()) if key else None
    authority.set(principal if isinstance(principal, PrincipalInfo) else None)


def demand_permissions(
    verb: str, resource_type: str, name: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> None:
    """Raise ValueError, worded as the service's own refusal, for the first action that the operation may not do.

    `verb` is create, update or delete; `name` is the resource's physical name (an IAM one with its path); `old` and
    `new` are its properties before and after, none before a creation and none after a deletion.
    """
    principal = authority.get()
    known = ACTIONS.get(resource_type)
    if principal is None or principal.policies is None or known is None:
        return
    arn = known["arn"].format(account=get_account_id(), region=get_region(), name=name)
    for action, keys in asked_actions(known, verb, old, new):
        resource = known.get("unscoped", {}).get(action, arn)
        if not _allows(principal, action, resource, keys):
            service = action.partition(":")[0].upper()
            raise ValueError(_sdk_error(_denial(principal.arn, action, resource), service, HTTPStatus.FORBIDDEN))


def is_allowed(action: str, arn: str) -> bool:
    """Tell whether the principal of this operation may do one more thing in its account."""
    principal = authority.get()
    return principal is None or principal.policies is None or _allows(principal, action, arn, {})


def _denial(principal_arn: str, action: str, resource: str) -> str:
    return (
        f"User: {principal_arn} is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def _allows(principal: PrincipalInfo, action: str, arn: str, keys: Mapping[str, Any]) -> bool:
    context = EvalContext(
        principal_arn=principal.arn,
        principal_type=principal.type,
        principal_account=principal.account,
        action=action,
        resource_arn=arn,
        region=get_region(),
        service_context={"aws:tagkeys": None, **keys},
        principal_keys=principal.keys,
    )
    return bool(iam_evaluator.evaluate(context, principal.policies, *principal.limits).decision == "Allow")


def _as_role(role_arn: str) -> PrincipalInfo | None:
    role = _role(role_arn)
    if role is None:
        return None
    account, name = get_account_id(), role["RoleName"]
    return PrincipalInfo(
        arn=f"arn:aws:sts::{account}:assumed-role/{name}/AWSCloudFormation",
        type="AssumedRole",
        account=account,
        policies=iam_evaluator._gather_role_policies(name, account),
        limits=iam_evaluator._permissions_boundary(iam._roles, name, account),
    )


def _role(role_arn: str) -> dict[str, Any] | None:
    role: dict[str, Any] | None = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    return role if role and role["Arn"] == role_arn else None


def _trusts_cloudformation(trust: Policy) -> bool:
    stacks = f"arn:aws:cloudformation:{get_region()}:{get_account_id()}:stack/*"
    return service_may_assume(trust, SERVICE, source_arn=stacks)


def _refusal(code: str, message: str, status: int = HTTPStatus.BAD_REQUEST) -> Answer:
    answer: Answer = _error(code, message, int(status))
    return answer
