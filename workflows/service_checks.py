"""What a machine hands to other services: substitutions that the template fills, calls that DynamoDB accepts."""

import json
import re
from collections.abc import Iterator

from workflows.asl import Json
from workflows.expressions import SUBSTITUTION
from workflows.integrations import function_arn

SHARED = ("Partition", "TableName", "PollSeconds")
"""Substitutions that belong to no state of their own."""

DYNAMODB_EXPRESSIONS = ("ConditionExpression", "FilterExpression", "ProjectionExpression", "UpdateExpression")
PLACEHOLDER = re.compile(r"[#:]\w+")


def substitutions(asl: Json) -> tuple[str, ...]:
    """Give the names of all substitutions in the machine, sorted: what the template has to fill."""
    return tuple(sorted(set(SUBSTITUTION.findall(json.dumps(asl)))))


def substituted(asl: Json) -> Json:
    """Give the machine with made-up values in the place of its substitutions, as validators need it."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        made_up = {"Partition": "aws", "TableName": "stowage", "PollSeconds": "10"}
        return made_up.get(name, f"arn:aws:lambda:eu-west-1:123456789012:function:{name}")

    filled: Json = json.loads(SUBSTITUTION.sub(value, json.dumps(asl)))
    return filled


def services(asl: Json) -> Iterator[str]:
    """Check substitutions, function names, and the arguments of direct DynamoDB calls."""
    known = {*SHARED, *(f"{state}FunctionArn" for state in asl["States"])}
    for name in substitutions(asl):
        if name not in known:
            yield f"the substitution ${{{name}}} is one that nobody fills"
    for state, block in asl["States"].items():
        resource = str(block.get("Resource", ""))
        arguments = block.get("Arguments", {})
        if block["Type"] == "Task" and not resource.startswith("arn:${Partition}:"):
            yield f"{state}.Resource does not leave the partition to ${{Partition}}"
        if ":lambda:invoke" in resource and arguments.get("FunctionName") != function_arn(state):
            yield f"{state} invokes {arguments.get('FunctionName')} and not its own function, {function_arn(state)}"
        if resource.endswith(".waitForTaskToken") and "context.Task.Token" not in json.dumps(arguments):
            yield f"{state} waits for a task token that it hands to nobody"
        if ":dynamodb:" in resource:
            yield from _dynamodb(state, arguments)


def _dynamodb(state: str, arguments: Json) -> Iterator[str]:
    """Check what DynamoDB validates: placeholders defined and used, numbers as strings.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
    """
    text = " ".join(str(arguments.get(name, "")) for name in DYNAMODB_EXPRESSIONS)
    used = set(PLACEHOLDER.findall(text))
    defined = {*arguments.get("ExpressionAttributeNames", {}), *arguments.get("ExpressionAttributeValues", {})}
    for name in sorted(defined - used):
        yield f"{state} defines {name}, which none of its DynamoDB expressions uses"
    for name in sorted(used - defined):
        yield f"{state} uses {name}, which it does not define for DynamoDB"
    for number in _numbers(arguments):
        if not isinstance(number, str):
            yield f"{state} gives DynamoDB the number {number} as a number, not as a string"


def _numbers(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "N":
                yield value
            yield from _numbers(value)
