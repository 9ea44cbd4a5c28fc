"""Executions and waiting states: on moto, and on botocore's stubber for what moto does not say."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber

from stowage.adapters.stepfunctions import CAUSE_LENGTH, StepFunctionsExecutions, StepFunctionsWaits
from stowage.domain.clock import to_iso
from stowage.domain.errors import (
    ExecutionExistsError,
    ExecutionNotFoundError,
    TaskTokenExpiredError,
)
from tests.integration.conftest import REGION

MACHINE = f"arn:aws:states:{REGION}:000000000000:stateMachine:stowage-change-resource"
EXECUTION = f"arn:aws:states:{REGION}:000000000000:execution:stowage-change-resource:chg-1"
MOMENT = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def executions() -> StepFunctionsExecutions:
    """Give the adapter on a machine whose executions stay RUNNING in moto."""
    client = boto3.client("stepfunctions", region_name=REGION)
    wait = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    role = "arn:aws:iam::123456789012:role/machine"
    machine = client.create_state_machine(name="change", definition=json.dumps(wait), roleArn=role)
    return StepFunctionsExecutions(client, machine["stateMachineArn"])


@pytest.fixture
def stub() -> Any:
    """Give a stubbed client."""
    client = botocore.session.Session().create_client("stepfunctions", region_name=REGION)
    stubber = Stubber(client)
    stubber.activate()
    return stubber


def test_an_execution_is_started_and_described(executions: StepFunctionsExecutions) -> None:
    """Its name is the change's id, its start time the one that describe tells."""
    started_at = executions.start("chg-1", '{"a": 1}')

    execution = executions.describe("chg-1")
    assert (execution.name, execution.status, execution.input) == ("chg-1", "RUNNING", '{"a": 1}')
    assert execution.started_at == started_at


def test_a_name_that_was_used_for_something_else_is_refused(executions: StepFunctionsExecutions) -> None:
    """Another input under the same name is another change."""
    executions.start("chg-1", '{"a": 1}')

    with pytest.raises(ExecutionExistsError):
        executions.start("chg-1", '{"a": 2}')


def test_an_execution_that_never_was_is_not_found(executions: StepFunctionsExecutions) -> None:
    """Told apart from any other error."""
    for ask in (executions.describe, executions.states):
        with pytest.raises(ExecutionNotFoundError):
            ask("chg-unknown")


def test_a_start_time_is_written_as_step_functions_writes_it(stub: Any) -> None:
    """Milliseconds and Z: the same text as the machine's own $states.context.Execution.StartTime."""
    expected = {"stateMachineArn": MACHINE, "name": "chg-1", "input": "{}"}
    stub.add_response("start_execution", {"executionArn": EXECUTION, "startDate": MOMENT}, expected)

    assert StepFunctionsExecutions(stub.client, MACHINE).start("chg-1", "{}") == "2026-11-23T09:00:00.123Z"


def test_an_ended_execution_tells_its_output_or_its_error(stub: Any) -> None:
    """From the output a listener learns whether a success changed anything."""
    told = {"executionArn": EXECUTION, "stateMachineArn": MACHINE, "name": "chg-1", "input": "{}", "startDate": MOMENT}
    success = {**told, "status": "SUCCEEDED", "stopDate": MOMENT, "output": '{"outcome":"NO_CHANGE"}'}
    failure = {**told, "status": "FAILED", "stopDate": MOMENT, "error": "NAME_TAKEN", "cause": "Taken."}
    executions = StepFunctionsExecutions(stub.client, MACHINE)
    for described in (success, failure):
        stub.add_response("describe_execution", described, {"executionArn": EXECUTION})

    ended, failed = executions.describe("chg-1"), executions.describe("chg-1")

    assert (ended.output, ended.error, ended.stopped_at) == ('{"outcome":"NO_CHANGE"}', None, to_iso(MOMENT))
    assert (failed.output, failed.error, failed.cause) == (None, "NAME_TAKEN", "Taken.")


def test_a_history_is_read_to_its_last_page_without_execution_data(stub: Any) -> None:
    """Inputs and outputs are neither needed nor shown."""
    entered = {"type": "TaskStateEntered", "id": 1, "timestamp": MOMENT, "stateEnteredEventDetails": {"name": "A"}}
    left = {"type": "TaskStateExited", "id": 2, "timestamp": MOMENT, "stateExitedEventDetails": {"name": "A"}}
    expected = {"executionArn": EXECUTION, "maxResults": 1000, "includeExecutionData": False}
    stub.add_response("get_execution_history", {"events": [entered], "nextToken": "more"}, expected)
    stub.add_response("get_execution_history", {"events": [left]}, {**expected, "nextToken": "more"})

    [state] = StepFunctionsExecutions(stub.client, MACHINE).states("chg-1")

    assert (state.name, state.status, state.exited_at) == ("A", "SUCCEEDED", to_iso(MOMENT))


def test_a_waiting_state_is_answered(stub: Any) -> None:
    """With a result, or an error whose cause is cut to what Step Functions takes."""
    waits = StepFunctionsWaits(stub.client)
    stub.add_response("send_task_success", {}, {"taskToken": "t", "output": "{}"})
    cut = {"taskToken": "t", "error": "E", "cause": "x" * CAUSE_LENGTH}
    stub.add_response("send_task_failure", {}, cut)

    waits.succeed("t", "{}")
    waits.fail("t", "E", "x" * (CAUSE_LENGTH + 1))

    stub.assert_no_pending_responses()


@pytest.mark.parametrize("code", ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"])
def test_a_token_that_nobody_waits_for_is_told_as_such(stub: Any, code: str) -> None:
    """The caller decides that it does not matter."""
    waits = StepFunctionsWaits(stub.client)
    stub.add_client_error("send_task_success", code, "No.")
    stub.add_client_error("send_task_failure", code, "No.")

    with pytest.raises(TaskTokenExpiredError):
        waits.succeed("t", "{}")
    with pytest.raises(TaskTokenExpiredError):
        waits.fail("t", "E", "c")
