"""Create a state machine, start it and look at its end, for the contract tests of Step Functions."""

import json
from typing import Any

from tests.contract.conftest import HUB, LocalCloud
from tests.contract.function_package import allow, eventually, make_role

LAMBDA = "arn:aws:states:::lambda:invoke"
CALLBACK = f"{LAMBDA}.waitForTaskToken"
TOKEN = "{% $states.context.Task.Token %}"


def make_machine(
    cloud: LocalCloud, name: str, states: dict[str, Any], *statements: dict[str, Any], **fields: Any
) -> str:
    """Create a JSONata machine that starts at its first state; its role has these statements, or any call allowed."""
    definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **fields}
    machine: str = cloud.client("stepfunctions").create_state_machine(
        name=name,
        definition=json.dumps(definition),
        roleArn=make_role(cloud, f"{name}-states", *(statements or [allow("*")])),
    )["stateMachineArn"]
    return machine


def start(cloud: LocalCloud, machine: str, given: Any = None, **fields: Any) -> str:
    """Start an execution and return its ARN."""
    execution: str = cloud.client("stepfunctions").start_execution(
        stateMachineArn=machine, input=json.dumps(given or {}), **fields
    )["executionArn"]
    return execution


def wait_for_end(cloud: LocalCloud, execution: str, seconds: float = 15.0) -> dict[str, Any]:
    """Return DescribeExecution of the ended execution, its output decoded."""
    states = cloud.client("stepfunctions")

    def ended() -> dict[str, Any] | None:
        described: dict[str, Any] = states.describe_execution(executionArn=execution)
        return described if described["status"] != "RUNNING" else None

    found: dict[str, Any] = eventually(ended, seconds)
    return {**found, "output": json.loads(found.get("output", "null"))}


def run(cloud: LocalCloud, name: str, states: dict[str, Any], given: Any = None, **fields: Any) -> dict[str, Any]:
    """Make the machine, run it once and return its end."""
    return wait_for_end(cloud, start(cloud, make_machine(cloud, name, states, **fields), given))


def history(cloud: LocalCloud, execution: str, **fields: Any) -> list[dict[str, Any]]:
    """Return the execution's events, oldest first."""
    events: list[dict[str, Any]] = cloud.client("stepfunctions").get_execution_history(
        executionArn=execution, maxResults=1000, **fields
    )["events"]
    return events


def call(function: str, payload: Any, resource: str = LAMBDA, **fields: Any) -> dict[str, Any]:
    """Return a Task state that invokes a function."""
    return {
        "Type": "Task",
        "Resource": resource,
        "Arguments": {"FunctionName": function, "Payload": payload},
        **({} if "Next" in fields else {"End": True}),
        **fields,
    }


def log_group_arn(name: str) -> str:
    """Return the ARN of a log group as a logging configuration names it."""
    return f"arn:aws:logs:eu-west-1:{HUB}:log-group:{name}:*"
