"""What a machine hands to other services: substitutions that the template fills, calls that DynamoDB accepts."""

import json
import re
from collections.abc import Iterator

from workflows.asl import Json
from workflows.expressions import SUBSTITUTION
from workflows.integrations import function_arn

SHARED = ("Partition", "TableName", "PollSeconds", "RotationPollSeconds")
"""Substitutions that belong to no state of their own."""

INTEGRATIONS = frozenset({"dynamodb:getItem", "dynamodb:updateItem", "lambda:invoke", "lambda:invoke.waitForTaskToken"})
"""What a machine may call: each is known to the roles in template.yaml and to the errors in `workflows.retries`."""
WRITES = frozenset({"dynamodb:deleteItem", "dynamodb:putItem", "dynamodb:updateItem"})

DYNAMODB_EXPRESSIONS = ("ConditionExpression", "FilterExpression", "ProjectionExpression", "UpdateExpression")
PLACEHOLDER = re.compile(r"[#:]\w+")


def substitutions(asl: Json) -> tuple[str, ...]:
    """Give the names of all substitutions in the machine, sorted: what the template has to fill."""
    return tuple(sorted(set(SUBSTITUTION.findall(json.dumps(asl)))))


def substituted(asl: Json) -> Json:
    """Give the machine with made-up values in the place of its substitutions, as validators need it."""

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        made_up = {"Partition": "aws", "TableName": "stowage", "PollSeconds": "10", "RotationPollSeconds": "3600"}
        return made_up.get(name, f"arn:aws:lambda:eu-west-1:123456789012:function:{name}")

    filled: Json = json.loads(SUBSTITUTION.sub(value, json.dumps(asl)))
    return filled


def services(asl: Json) -> Iterator[str]:
    """Check substitutions, function names, and the arguments of direct DynamoDB calls."""
    known = {*SHARED, *(f"{state}FunctionArn" for state in asl["States"])}
    for name in substitutions(asl):
        if name not in known:
            yield f"the substitution ${{{name}}} is one that nobody fills: a state's own is ${{<State>FunctionArn}}"
    for state, block in asl["States"].items():
        resource = str(block.get("Resource", ""))
        arguments = block.get("Arguments", {})
        if block["Type"] == "Task" and not resource.startswith("arn:${Partition}:"):
            yield f"{state}.Resource does not leave the partition to ${{Partition}}: begin it with arn:${{Partition}}:"
        if block["Type"] == "Task" and (call := resource.rpartition(":::")[2]) not in INTEGRATIONS:
            yield f"{state} calls {call}, which is none of INTEGRATIONS: add it there, to the role and to the retries"
        if ":lambda:invoke" in resource and arguments.get("FunctionName") != function_arn(state):
            yield f"{state} invokes {arguments.get('FunctionName')} and not its own function, {function_arn(state)}"
        if resource.endswith(".waitForTaskToken") and "context.Task.Token" not in json.dumps(arguments):
            yield f"{state} waits for a task token that it hands to nobody: put it into its payload"
        if ":dynamodb:" in resource:
            yield from _dynamodb(state, arguments)
            yield from _guarded(state, resource.rpartition(":::")[2], arguments)


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


def _guarded(state: str, call: str, arguments: Json) -> Iterator[str]:
    """Check what keeps a row right while others work on it (invariants L1, L5), and that it is our table's."""
    if arguments.get("TableName") != "${TableName}":
        yield f"{state} names the table {arguments.get('TableName')}: only ${{TableName}} is in the role"
    if call in WRITES and "ConditionExpression" not in arguments:
        yield f"{state} writes without a ConditionExpression: say who must hold the lock"
    if call == "dynamodb:getItem" and arguments.get("ConsistentRead") is not True:
        yield f"{state} may read what was true a moment ago: set ConsistentRead"


def _numbers(node: object) -> Iterator[object]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "N":
                yield value
            yield from _numbers(value)
