"""What ministack's policy evaluation tells differently from AWS: the caller's ARN, ARN patterns, owners, and TLS.

- `aws:PrincipalArn` of a role's session is the role's ARN, with its path, not the session's.
- ArnEquals and ArnLike compare the six parts of an ARN each for itself: `*` never reaches across a colon.
- `aws:ResourceAccount` of a bucket is the account that owns it, not the caller's.
- `aws:ViaAWSService` is there in every request: true where S3 or Secrets Manager use a key for the caller, else false.
- The local cloud speaks plain HTTP on the loopback, and counts it as TLS: else every TLS-only policy would refuse
  everybody. That such a policy refuses plain HTTP is therefore not shown here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
"""

import importlib
import itertools
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.services import iam, s3

from local.cloud.patching import replace_function

ARN_PARTS = 6
BUCKETS = "arn:aws:s3:::"

_resolve_condition_key = iam_evaluator._resolve_condition_key
_pin_request_origin = iam_evaluator.pin_request_origin


def install() -> None:
    """Correct the evaluator in every module that uses it."""
    importlib.import_module("ministack.app")
    replace_function(_resolve_condition_key, resolve_condition_key)
    replace_function(_pin_request_origin, pin_request_origin)
    operators = iam_evaluator._CONDITION_OPS
    for name, operator in list(operators.items()):
        if operator is iam_evaluator._op_arn_like:
            operators[name] = arn_like
        elif operator is iam_evaluator._op_arn_not_like:
            operators[name] = _arn_not_like


def resolve_condition_key(key: str, context: EvalContext) -> Any:
    """Return the value of a condition key in a request."""
    if key.lower() == "aws:principalarn":
        return principal_role_arn(context.principal_arn)
    if key.lower() == "aws:viaawsservice":
        return context.service_context.get("aws:viaawsservice", "false")
    if key.lower() in {"aws:resourceaccount", "s3:resourceaccount"} and context.resource_arn.startswith(BUCKETS):
        bucket = context.resource_arn.removeprefix(BUCKETS).split("/", 1)[0]
        return s3._bucket_owner_account(bucket) or context.principal_account
    return _resolve_condition_key(key, context)


def principal_role_arn(principal_arn: str) -> str:
    """Return the ARN of the role whose session this is, or the ARN itself."""
    if ":assumed-role/" not in principal_arn:
        return principal_arn
    partition, account = principal_arn.split(":")[1], principal_arn.split(":")[4]
    name = iam_evaluator._role_name_from_assumed_arn(principal_arn)
    role = iam._roles.get_scoped(account, None, name)
    return str(role["Arn"]) if role else f"arn:{partition}:iam::{account}:role/{name}"


def pin_request_origin(source_ip: str, _secure_transport: bool) -> None:  # noqa: FBT001 -- ministack's own signature
    """Remember where the request comes from, as one that came over TLS."""
    _pin_request_origin(source_ip, True)  # noqa: FBT003


def arn_like(actual: str, expected: str) -> bool:
    """Compare two ARNs part by part."""
    parts = itertools.zip_longest(
        str(actual).split(":", ARN_PARTS - 1), str(expected).split(":", ARN_PARTS - 1), fillvalue=""
    )
    return all(iam_evaluator.fnmatch_iam_cs(have, want) for have, want in parts)


def _arn_not_like(actual: str, expected: str) -> bool:
    return not arn_like(actual, expected)
