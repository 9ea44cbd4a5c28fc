"""What RedriveExecution refuses, as Step Functions documents it.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html#redrive-eligibility
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import CloudFactory, LocalCloud
from tests.contract.function_package import allow, deploy_function
from tests.contract.state_machines import make_machine, run, start, wait_for_end
from tests.contract.test_stepfunctions_redrive import needs_table
from tests.contract.test_stepfunctions_tasks import code, table_of


@pytest.mark.parametrize(
    ("state", "ended", "reason"),
    [
        ({"Type": "Pass", "End": True}, True, "Execution is SUCCEEDED and cannot be redriven"),
        ({"Type": "Wait", "Seconds": 60, "End": True}, False, "Execution is RUNNING and cannot be redriven"),
    ],
)
def test_what_succeeded_or_runs_is_not_redriven(
    cloud: LocalCloud, unique: str, state: dict[str, Any], *, ended: bool, reason: str
) -> None:
    """ExecutionNotRedrivable, and DescribeExecution says so beforehand."""
    states = cloud.client("stepfunctions")
    execution = start(cloud, make_machine(cloud, unique, {"State": state}))
    if ended:
        wait_for_end(cloud, execution)

    described = states.describe_execution(executionArn=execution)
    with pytest.raises(ClientError) as refused:
        states.redrive_execution(executionArn=execution)

    assert (described["redriveStatus"], described["redriveStatusReason"]) == ("NOT_REDRIVABLE", reason)
    assert code(refused) == "ExecutionNotRedrivable"
    assert reason in str(refused.value)


def test_what_does_not_exist_is_not_redriven(cloud: LocalCloud, unique: str) -> None:
    """An unknown execution and an ARN of something else have their own errors."""
    states = cloud.client("stepfunctions")
    machine = make_machine(cloud, unique, {"Pass": {"Type": "Pass", "End": True}})

    with pytest.raises(ClientError) as unknown:
        states.redrive_execution(executionArn=f"{machine.replace(':stateMachine:', ':execution:')}:never")
    with pytest.raises(ClientError) as other:
        states.redrive_execution(executionArn=machine)

    assert (code(unknown), code(other)) == ("ExecutionDoesNotExist", "InvalidArn")


def test_an_execution_that_ended_in_a_map_state_is_refused_loudly(cloud: LocalCloud, unique: str) -> None:
    """On AWS only its failed iterations would run again; the local cloud cannot, so it says so."""
    fails = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail"}}}
    ended = run(cloud, unique, {"Each": {"Type": "Map", "Items": [1], "ItemProcessor": fails, "End": True}})

    with pytest.raises(ClientError, match="does not redrive an execution that ended in a Map state"):
        cloud.client("stepfunctions").redrive_execution(executionArn=ended["executionArn"])


def test_the_fourteen_days_begin_with_the_end_of_the_execution(start_cloud: CloudFactory, unique: str) -> None:
    """What has failed can be redriven over a restart, with its input and variables; after 14 days nothing can."""
    private = start_cloud()
    machine = make_machine(private, unique, needs_table(unique))
    recent, old = start(private, machine, {"n": 1}), start(private, machine, {"n": 2})
    for execution in (recent, old):
        assert wait_for_end(private, execution)["status"] == "FAILED"
    table_of(private, unique)
    private.stop()
    end_long_ago(private, old)
    private.start()
    states = private.client("stepfunctions")

    states.redrive_execution(executionArn=recent)
    with pytest.raises(ClientError) as refused:
        states.redrive_execution(executionArn=old)

    assert wait_for_end(private, recent)["output"]["given"] == {"n": 1}
    assert code(refused) == "ExecutionNotRedrivable"
    assert "Execution redrivable period exceeded" in str(refused.value)


def end_long_ago(stopped: LocalCloud, execution: str) -> None:
    """Let a saved execution have ended 15 days ago."""
    saved = stopped.state_dir / "state" / "stepfunctions.json"
    state = json.loads(saved.read_text(encoding="utf-8"))
    for record in records(state):
        if record.get("executionArn") == execution:
            ended = datetime.now(UTC) - timedelta(days=15)
            record |= {"status": "FAILED", "stopDate": ended.isoformat(), "startDate": ended.isoformat()}
    saved.write_text(json.dumps(state), encoding="utf-8")


def records(value: Any) -> Iterator[dict[str, Any]]:
    """Give every object within a saved state."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from records(item)


def test_redriving_needs_its_own_permission(cloud: LocalCloud, unique: str) -> None:
    """states:RedriveExecution on the execution's ARN; StartExecution is not enough."""
    ended = run(cloud, unique, {"Fail": {"Type": "Fail"}})
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('stepfunctions').redrive_execution(executionArn=event)\n"
    )
    may = deploy_function(cloud, f"{unique}-may", source, allow("states:RedriveExecution", ended["executionArn"]))
    may_not = deploy_function(cloud, f"{unique}-not", source, allow("states:StartExecution"))
    lambdas = cloud.client("lambda")

    refused = lambdas.invoke(FunctionName=may_not, Payload=json.dumps(ended["executionArn"]))
    allowed = lambdas.invoke(FunctionName=may, Payload=json.dumps(ended["executionArn"]))

    assert "AccessDenied" in refused["Payload"].read().decode()
    assert "FunctionError" not in allowed
