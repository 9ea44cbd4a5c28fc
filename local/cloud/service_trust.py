"""Whether a role's trust policy lets an AWS service assume it, on behalf of one of the account's resources.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-services
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext

Policy = str | Mapping[str, Any]


def service_may_assume(trust: Policy, service: str, *, source_arn: str) -> bool:
    """Tell whether `service` may assume the role for the resource with this ARN (aws:SourceArn, aws:SourceAccount)."""
    document = json.loads(trust) if isinstance(trust, str) else trust
    statements = document.get("Statement") or []
    _, _, _, region, account, _ = source_arn.split(":", 5)
    context = EvalContext(
        principal_arn="",
        principal_type="Service",
        principal_account=account,
        action="sts:AssumeRole",
        resource_arn="*",
        region=region,
        service_context={"aws:sourceaccount": account, "aws:sourcearn": source_arn},
    )
    matching = [
        statement["Effect"]
        for statement in ([statements] if isinstance(statements, Mapping) else statements)
        if iam_evaluator._service_principal_matches(statement.get("Principal"), service)
        and iam_evaluator._action_matches(context.action, _listed(statement.get("Action")), [])
        and iam_evaluator._conditions_met(statement.get("Condition") or {}, context)
    ]
    return "Allow" in matching and "Deny" not in matching


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]
