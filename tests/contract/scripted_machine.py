"""The real machine change_resource on the local cloud, its tasks played by small functions that follow a script.

A change's spec carries the script: for each state the steps of its attempts, the last one repeated. A step is one of
    {"answer": …}               return this
    {"raise": name, "cause": …} raise an exception class of this name
    {"succeed": …}              answer the task token with this (AwaitStack)
    {"fail": name, "cause": …}  refuse the task token (AwaitStack)
    {"sleep": true}             store the token on the row and return, as the real AwaitStack does
    {"steal": change}           take the lock away, as recovery would
"""

import io
import json
import time
import uuid
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.contract.conftest import LocalCloud
from workflows.nesting import flat

ASL = Path(__file__).parents[2] / "statemachines" / "change_resource.asl.json"
FINISH_SECONDS = 30.0
STARTED = ("RUNNING", "PENDING_REDRIVE")

SUCCESS = [
    "AcquireLock",
    "NotifyStarted",
    "SubmitStackOperation",
    "AwaitStack",
    "UpdateMirror",
    "ReleaseLock",
    "NotifySucceeded",
    "ChangeSucceeded",
]
FAILURE = ["RecordFailure", "OperationStillRuns", "ReleaseLockAfterFailure", "NotifyFailed", "ChangeFailed"]
REFUSAL = ["AcquireLock", "DescribeLock", "NotifyRefused", "ChangeRefused"]
STACK_ID = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-bucket-logs/1"
DONE = {"stackId": STACK_ID, "stackStatus": "CREATE_COMPLETE", "outputs": {}, "outcome": "SUCCEEDED"}

HANDLER = """
import json
import os

import boto3

STATE, TABLE = os.environ["STATE"], os.environ["TABLE_NAME"]
STACK = {"stackId": "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-bucket-logs/1"}
DEFAULTS = {
    "SubmitStackOperation": {"answer": {**STACK, "operation": "create", "noChange": False}},
    "AwaitStack": {"succeed": {**STACK, "stackStatus": "CREATE_COMPLETE", "outputs": {}, "outcome": "SUCCEEDED"}},
    "RecordFailure": {"answer": {"outcome": "CREATE_FAILED", "cause": "The first failing event.", "keepLock": False}},
    "NotifyRefused": {"answer": {"outcome": "LOCKED", "cause": "Somebody else holds it."}},
}


def handler(event, context):
    change, table = event["change"], boto3.client("dynamodb")
    counter = {"pk": {"S": "SCRIPT#" + change["change"]}, "sk": {"S": STATE}}
    counted = table.update_item(
        TableName=TABLE, Key=counter, UpdateExpression="ADD attempts :one",
        ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="ALL_NEW",
    )
    attempt = int(counted["Attributes"]["attempts"]["N"])
    steps = change["spec"].get("script", {}).get(STATE) or [DEFAULTS.get(STATE, {"answer": {}})]
    step = steps[min(attempt, len(steps)) - 1]
    row = {
        "pk": {"S": "RESOURCES#" + change["project"]},
        "sk": {"S": "RESOURCE#" + change["kind"] + "#" + change["name"]},
    }
    if "raise" in step:
        raise type(step["raise"], (Exception,), {})(step["cause"])
    if "sleep" in step:
        table.update_item(
            TableName=TABLE, Key=row, UpdateExpression="SET wakeToken = :token",
            ExpressionAttributeValues={":token": {"S": event["taskToken"]}},
        )
    if "steal" in step:
        table.update_item(
            TableName=TABLE, Key=row, UpdateExpression="SET #lock.#change = :thief, fence = fence + :one",
            ExpressionAttributeNames={"#lock": "lock", "#change": "change"},
            ExpressionAttributeValues={":thief": {"S": step["steal"]}, ":one": {"N": "1"}},
        )
    if "succeed" in step:
        output = json.dumps(step["succeed"])
        boto3.client("stepfunctions").send_task_success(taskToken=event["taskToken"], output=output)
    if "fail" in step:
        boto3.client("stepfunctions").send_task_failure(
            taskToken=event["taskToken"], error=step["fail"], cause=step["cause"]
        )
    return step.get("answer")
"""


@dataclass(frozen=True)
class Ended:
    """How an execution ended, and its history."""

    status: str
    error: str | None
    cause: str | None
    output: Any
    events: tuple[dict[str, Any], ...]

    @property
    def entered(self) -> list[str]:
        """Give the names of the entered states, in order."""
        return [e["stateEnteredEventDetails"]["name"] for e in self.events if "stateEnteredEventDetails" in e]

    def inputs(self, state: str) -> list[dict[str, Any]]:
        """Give the payload of each attempt at invoking the state's function."""
        scheduled = (e["taskScheduledEventDetails"]["parameters"] for e in self._of(state, "taskScheduledEventDetails"))
        return [json.loads(parameters)["Payload"] for parameters in scheduled]

    def _of(self, state: str, details: str) -> list[dict[str, Any]]:
        """Give the events with these details that happened between entering and leaving the state."""
        found, inside = [], False
        for event in self.events:
            if "stateEnteredEventDetails" in event:
                inside = event["stateEnteredEventDetails"]["name"] == state
            if inside and details in event:
                found.append(event)
        return found


@dataclass
class Stage:
    """A table, the tasks' stand-ins, and the machine, with its substitutions changed at will."""

    cloud: LocalCloud
    name: str = field(default_factory=lambda: f"stage{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        """Make the table, the role and one stand-in function for each Lambda state."""
        self.definition = ASL.read_text(encoding="utf-8")
        self.table = self.cloud.client("dynamodb")
        self.states = self.cloud.client("stepfunctions")
        self.table.create_table(
            TableName=self.name,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        role = self._role()
        self.functions = {
            state: self._function(state, role)
            for state, block in flat(json.loads(self.definition))["States"].items()
            if ":lambda:invoke" in block.get("Resource", "")
        }
        self.role = role

    def _role(self) -> str:
        iam = self.cloud.client("iam")
        services = {"Service": ["lambda.amazonaws.com", "states.amazonaws.com"]}
        trust = {"Effect": "Allow", "Principal": services, "Action": "sts:AssumeRole"}
        role = iam.create_role(RoleName=self.name, AssumeRolePolicyDocument=_policy(trust))["Role"]["Arn"]
        calls = ["dynamodb:*", "states:*", "lambda:InvokeFunction", "logs:*"]
        allowed = {"Effect": "Allow", "Action": calls, "Resource": "*"}
        iam.put_role_policy(RoleName=self.name, PolicyName="stage", PolicyDocument=_policy(allowed))
        return str(role)

    def _function(self, state: str, role: str) -> str:
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as package:
            package.writestr("script.py", HANDLER)
        created = self.cloud.client("lambda").create_function(
            FunctionName=f"{self.name}-{state}",
            Runtime="python3.12",
            Role=role,
            Handler="script.handler",
            Code={"ZipFile": code.getvalue()},
            Timeout=15,
            Environment={"Variables": {"STATE": state, "TABLE_NAME": self.name}},
        )
        return str(created["FunctionArn"])

    def machine(self, **substitutions: str) -> str:
        """Deploy the rendered machine, its substitutions filled; give its ARN."""
        values = {"Partition": "aws", "TableName": self.name, "PollSeconds": "20"}
        values |= {f"{state}FunctionArn": arn for state, arn in self.functions.items()}
        definition = self.definition
        for name, value in {**values, **substitutions}.items():
            definition = definition.replace(f"${{{name}}}", value)
        name = f"{self.name}-{uuid.uuid4().hex[:8]}"
        return str(
            self.states.create_state_machine(name=name, definition=definition, roleArn=self.role)["stateMachineArn"]
        )

    @cached_property
    def sleepy(self) -> str:
        """Give the machine that polls so rarely that only its token wakes it in a test."""
        return self.machine()

    @cached_property
    def quick(self) -> str:
        """Give the machine that polls every second."""
        return self.machine(PollSeconds="1")

    def request(self, action: str = "create", **fields: Any) -> dict[str, Any]:
        """Give an execution's input, for a resource of its own."""
        unique = uuid.uuid4().hex
        return {
            "change": f"chg-{unique}", "project": "web", "kind": "bucket", "name": f"logs-{unique[:8]}",
            "action": action, "spec": {}, "expectedVersion": 0, "version": 1, "actor": "anna@example.org",
            "actorId": "4f1c", "request": "a" * 64, **fields,
        }  # fmt: skip

    def start(self, request: dict[str, Any], machine: str) -> str:
        """Start the change; its id is the execution's name."""
        started = self.states.start_execution(
            stateMachineArn=machine, name=request["change"], input=json.dumps(request)
        )
        return str(started["executionArn"])

    def finish(self, execution: str) -> Ended:
        """Wait for the execution's end; give it with its history."""
        deadline = time.monotonic() + FINISH_SECONDS
        while (told := self.states.describe_execution(executionArn=execution))["status"] in STARTED:
            assert time.monotonic() < deadline, f"{execution} still runs after {FINISH_SECONDS:.0f} s"
            time.sleep(0.02)
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=execution)
        events = tuple(event for page in pages for event in page["events"])
        output = json.loads(told["output"]) if "output" in told else None
        return Ended(told["status"], told.get("error"), told.get("cause"), output, events)

    def play(self, request: dict[str, Any], machine: str | None = None) -> Ended:
        """Start the change and wait for its end."""
        return self.finish(self.start(request, machine or self.sleepy))

    def put(self, request: dict[str, Any], **attributes: Any) -> dict[str, Any]:
        """Write the row of the request's resource; give it."""
        row = {**_key(request), **attributes}
        self.table.put_item(TableName=self.name, Item=row)
        return row

    def row(self, request: dict[str, Any]) -> dict[str, Any]:
        """Read the row of the request's resource."""
        read = self.table.get_item(TableName=self.name, Key=_key(request), ConsistentRead=True)
        return dict(read.get("Item", {}))

    def wait_for(self, request: dict[str, Any], attribute: str) -> str:
        """Wait until the row has the attribute; give its text."""
        deadline = time.monotonic() + FINISH_SECONDS
        while attribute not in (row := self.row(request)):
            assert time.monotonic() < deadline, f"no {attribute} after {FINISH_SECONDS:.0f} s"
            time.sleep(0.02)
        return str(row[attribute]["S"])


def script(**steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the spec that makes the stand-ins follow these steps."""
    return {"script": steps}


def lock_of(request: dict[str, Any], **other: str) -> dict[str, Any]:
    """Give the lock that a change holds, as DynamoDB has it."""
    lock = {name: request[name] for name in ("change", "actor", "actorId", "action")}
    lock |= {"since": "2026-01-01T00:00:00.000Z", **other}
    return {"M": {name: {"S": value} for name, value in lock.items()}}


def _key(request: dict[str, Any]) -> dict[str, Any]:
    return {
        "pk": {"S": f"RESOURCES#{request['project']}"},
        "sk": {"S": f"RESOURCE#{request['kind']}#{request['name']}"},
    }


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
