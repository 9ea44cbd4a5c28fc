"""Executions are started by an alias and found by the machine."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stowage.adapters.stepfunctions import StepFunctionsExecutions

MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:change_resource"
EXECUTION = "arn:aws:states:eu-west-1:000000000000:execution:change_resource:chg-1"


class FakeClient:
    """What of Step Functions is called, and by which ARNs."""

    def __init__(self) -> None:
        self.arns: list[str] = []

    def start_execution(self, *, stateMachineArn: str, **_: str) -> dict[str, Any]:  # noqa: N803 -- boto3's name
        """Start."""
        self.arns.append(stateMachineArn)
        return {"startDate": datetime(2026, 11, 23, tzinfo=UTC)}

    def get_execution_history(self, *, executionArn: str, **_: Any) -> dict[str, Any]:  # noqa: N803 -- boto3's name
        """Give no events."""
        self.arns.append(executionArn)
        return {"events": []}


@pytest.mark.parametrize("machine", [MACHINE, f"{MACHINE}:live", f"{MACHINE}:7"])
def test_an_execution_has_the_machines_name_however_it_was_started(machine: str) -> None:
    """Its ARN holds neither version nor alias."""
    client: Any = FakeClient()
    executions = StepFunctionsExecutions(client, machine)

    executions.start("chg-1", "{}")
    executions.states("chg-1")

    assert client.arns == [machine, EXECUTION]
