"""Whether a function's resource policy lets an AWS service invoke it; the emulator invokes whatever it is told to.

https://docs.aws.amazon.com/lambda/latest/dg/permissions-function-services.html
"""

from typing import Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region


def may_invoke(function: dict[str, Any], service: str, source_arn: str) -> bool:
    """Return whether `service`, acting for `source_arn`, may invoke the function (its record in the emulator)."""
    if not app.AUTH:
        return True
    context = iam_evaluator.EvalContext(
        principal_arn=service,
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function["config"]["FunctionArn"],
        region=get_region(),
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": get_account_id()},
    )
    decision = iam_evaluator.evaluate_resource_policy(function.get("policy"), context, service=service)
    return bool(decision.decision == "Allow")
