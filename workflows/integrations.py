"""What a Task state calls: its own Lambda function, or DynamoDB directly.

ARNs name the partition by the substitution `${Partition}`; the template fills it, and every other `${…}`, when it is
deployed (AWS::Serverless::StateMachine, DefinitionSubstitutions).
"""

from typing import Any

from workflows.asl import Json, Task
from workflows.retries import retry_dynamodb, retry_lambda

SERVICE = "arn:${Partition}:states:::"
LAMBDA_SECONDS = 90
"""Above every function's own timeout, so that a hanging function is told as its own error and not as a silent state."""
DYNAMODB_SECONDS = 20


def function_arn(state: str) -> str:
    """Give the substitution that stands for the ARN of `state`'s own function."""
    return f"${{{state}FunctionArn}}"


def lambda_task(state: str, payload: Json, **fields: Any) -> Task:  # noqa: ANN401 -- the SDK's own fields
    """Give the Task that invokes `state`'s own function with `payload`; its result is `$states.result.Payload`.

    `fields` may say otherwise than the defaults: retried on transient errors, 90 s, its output the function's answer.
    """
    defaults: Json = {
        "resource": SERVICE + "lambda:invoke",
        "arguments": {"FunctionName": function_arn(state), "Payload": payload},
        "timeout_seconds": LAMBDA_SECONDS,
        "output": "{% $states.result.Payload %}",
        "retry": retry_lambda(),
    }
    return Task(state, **{**defaults, **fields})


def dynamodb_task(state: str, operation: str, arguments: Json, **fields: Any) -> Task:  # noqa: ANN401 -- as above
    """Give the Task that calls DynamoDB's `operation` on Stowage's one table, without a function in between."""
    return Task(
        state,
        resource=f"{SERVICE}dynamodb:{operation}",
        arguments={"TableName": "${TableName}", **arguments},
        timeout_seconds=DYNAMODB_SECONDS,
        retry=retry_dynamodb(),
        **fields,
    )
