"""The role of a state machine decides what its states may call, as on AWS; the emulator asks nobody.

Enforced are the two integrations that this project's machines use: `lambda:InvokeFunction` and the DynamoDB item
operations. Other integrations still run unasked.
https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
"""

from typing import Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam
from ministack.services import stepfunctions as engine

DYNAMODB_RESOURCE = "states:::dynamodb:"
LAMBDA_RESOURCE = "states:::lambda:invoke"


def check_role(role_arn: str, resource: str, arguments: Any, execution_name: str) -> None:
    """Raise the error that AWS gives the state if the machine's role does not allow this call.

    Lambda.AWSLambdaException and DynamoDB.AmazonDynamoDBException are what the two services' unmodelled
    AccessDeniedException becomes in the optimized integrations.
    """
    if not app.AUTH or not isinstance(arguments, dict):
        return
    if LAMBDA_RESOURCE in resource:
        _require(
            role_arn,
            "lambda:InvokeFunction",
            _function_arn(str(arguments.get("FunctionName", ""))),
            execution_name,
            error="Lambda.AWSLambdaException",
        )
    elif DYNAMODB_RESOURCE in resource:
        operation = resource.split(DYNAMODB_RESOURCE)[1].split(".", maxsplit=1)[0]
        table = str(arguments.get("TableName", ""))
        _require(
            role_arn,
            f"dynamodb:{operation[:1].upper()}{operation[1:]}",
            table if table.startswith("arn:") else f"arn:aws:dynamodb:{get_region()}:{get_account_id()}:table/{table}",
            execution_name,
            error="DynamoDB.AmazonDynamoDBException",
        )


def _function_arn(reference: str) -> str:
    return (
        reference
        if reference.startswith("arn:")
        else f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{reference}"
    )


def _require(role_arn: str, action: str, resource_arn: str, session: str, *, error: str) -> None:
    account = role_arn.split(":")[4] or get_account_id()
    role_name = role_arn.rsplit("/", 1)[-1]
    principal = f"arn:aws:sts::{account}:assumed-role/{role_name}/{session}"
    context = iam_evaluator.EvalContext(
        principal_arn=principal,
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource_arn,
        region=get_region(),
    )
    decision = iam_evaluator.evaluate(
        context,
        iam_evaluator._gather_role_policies(role_name, account),
        *iam_evaluator._permissions_boundary(iam._roles, role_name, account),
    )
    if decision.decision != "Allow":
        why = (
            "with an explicit deny in an identity-based policy"
            if decision.decision == "Deny"
            else f"because no identity-based policy allows the {action} action"
        )
        raise engine._ExecutionError(
            error,
            f"User: {principal} is not authorized to perform: {action} on resource: {resource_arn} {why} "
            "(Status Code: 400; Error Code: AccessDeniedException)",
        )
