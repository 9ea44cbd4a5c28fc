"""The canary scan: every place of a running Stowage in which a secret could have been left, read whole."""

import base64
import json
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.endpoints import Endpoints
from tests.e2e.conftest import Aws

KEPT_BY_AWS = ("iam", "secretsmanager", "cognito")
"""The stores whose very purpose is to hold secrets; in the state folder they are files of their own."""


def disguises(secret: str) -> set[bytes]:
    """Give the forms in which a secret could stand: raw, base64 (at each of its offsets), URL- and JSON-escaped."""
    raw = secret.encode()
    forms = {
        raw,
        urllib.parse.quote(secret).encode(),
        urllib.parse.quote(secret, safe="").encode(),
        urllib.parse.quote_plus(secret).encode(),
        json.dumps(secret)[1:-1].encode(),
        json.dumps(secret)[1:-1].replace("/", "\\/").encode(),
        raw.hex().encode(),
    }
    for offset in range(3):
        # What surrounds the secret changes the first and the last characters of its base64, never the middle.
        padded = bytes(offset) + raw
        for encoded in (base64.b64encode(padded), base64.urlsafe_b64encode(padded)):
            forms.add(encoded.rstrip(b"=")[2 if offset else 0 :][2:-2])
    return forms


@dataclass
class Scan:
    """What was read: places by kind, bytes, and where a secret was found."""

    needles: dict[bytes, str]
    controls: tuple[bytes, ...]
    places: dict[str, int] = field(default_factory=dict)
    bytes_read: int = 0
    found: list[str] = field(default_factory=list)
    controlled: set[str] = field(default_factory=set)

    def read(self, kind: str, where: str, content: object) -> None:
        """Search one place: a text, or anything that JSON can say."""
        text = content if isinstance(content, bytes) else json.dumps(content, default=str, ensure_ascii=False).encode()
        self.places[kind] = self.places.get(kind, 0) + 1
        self.bytes_read += len(text)
        self.found += [f"{what} in {kind} {where}" for needle, what in self.needles.items() if needle in text]
        if any(control in text for control in self.controls):
            self.controlled.add(kind)


def pages(client: Any, verb: str, member: str, **arguments: Any) -> Iterator[Any]:
    """Give all items of a paginated answer."""
    for page in client.get_paginator(verb).paginate(**arguments):
        yield from page[member]


def scan_everything(scan: Scan, endpoints: Endpoints, aws: Aws, state_dir: Path) -> None:
    """Read every place of the hub and of the projects' accounts."""
    for table in aws("dynamodb").list_tables()["TableNames"]:
        for item in pages(aws("dynamodb"), "scan", "Items", TableName=table, ConsistentRead=True):
            scan.read("table row", str(item.get("pk")), item)
    _scan_executions(scan, endpoints, aws)
    for account in (endpoints.hub_account, *(project.account for project in endpoints.projects)):
        _scan_account(scan, aws, account)
    for path in sorted(it for it in state_dir.rglob("*") if it.is_file() and not _is_passed_over(it, state_dir)):
        scan.read("file", path.name, path.read_bytes())


def _is_passed_over(path: Path, state_dir: Path) -> bool:
    """Tell a store whose purpose it is, and the package that `sam build` made before anything was secret."""
    return path.relative_to(state_dir).parts[0] == "build" or any(it in path.name.lower() for it in KEPT_BY_AWS)


def _scan_executions(scan: Scan, endpoints: Endpoints, aws: Aws) -> None:
    states = aws("stepfunctions")
    for machine, arn in endpoints.state_machines.items():
        scan.read("definition", machine, states.describe_state_machine(stateMachineArn=arn))
        for execution in pages(states, "list_executions", "executions", stateMachineArn=arn):
            ran = execution["executionArn"]
            scan.read("execution", ran, states.describe_execution(executionArn=ran))
            history = list(
                pages(states, "get_execution_history", "events", executionArn=ran, includeExecutionData=True)
            )
            scan.read("execution history", ran, history)


def _scan_account(scan: Scan, aws: Aws, account: str) -> None:
    _scan_logs(scan, aws("logs", account))
    _scan_stacks(scan, aws("cloudformation", account))
    sqs = aws("sqs", account)
    for url in sqs.list_queues().get("QueueUrls", []):
        scan.read("queue", url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]))
        for message in _messages(sqs, url):
            scan.read("queue message", url, message)
    for parameter in pages(aws("ssm", account), "describe_parameters", "Parameters"):
        scan.read("parameter", parameter["Name"], aws("ssm", account).get_parameter(Name=parameter["Name"]))
    for function in pages(aws("lambda", account), "list_functions", "Functions"):
        scan.read("function's configuration", function["FunctionName"], function)
    for secret in pages(aws("secretsmanager", account), "list_secrets", "SecretList"):
        value = aws("secretsmanager", account).get_secret_value(SecretId=secret["ARN"])
        scan.read("secret not handed over", secret["Name"], value)
    scan.read("metrics", account, list(pages(aws("cloudwatch", account), "list_metrics", "Metrics")))


def _scan_logs(scan: Scan, logs: Any) -> None:
    for group in pages(logs, "describe_log_groups", "logGroups"):
        name = group["logGroupName"]
        for stream in pages(logs, "describe_log_streams", "logStreams", logGroupName=name):
            for events in _log_pages(logs, name, stream["logStreamName"]):
                scan.read("log", f"{name}/{stream['logStreamName']}", events)


def _log_pages(logs: Any, group: str, stream: str) -> Iterator[Any]:
    token: dict[str, str] = {}
    while True:
        page = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True, **token)
        yield page["events"]
        going_on = {"nextToken": page["nextForwardToken"]}
        if not page["events"] or going_on == token:
            return
        token = going_on


def _scan_stacks(scan: Scan, cloudformation: Any) -> None:
    for stack in pages(cloudformation, "list_stacks", "StackSummaries"):
        which = stack["StackId"]
        events = list(pages(cloudformation, "describe_stack_events", "StackEvents", StackName=which))
        scan.read("stack event", which, events)
        scan.read("stack (outputs, parameters)", which, cloudformation.describe_stacks(StackName=which)["Stacks"])
        if stack["StackStatus"] != "DELETE_COMPLETE":
            scan.read("template", which, cloudformation.get_template(StackName=which)["TemplateBody"])


def _messages(sqs: Any, url: str) -> Iterator[Any]:
    """Give what lies in a queue, without taking it away."""
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=20).get("Messages"):
        yield from messages
