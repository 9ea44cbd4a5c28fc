"""RedriveExecution as Step Functions documents it.

https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import LocalCloud
from tests.contract.function_package import allow, deploy_function, eventually
from tests.contract.state_machines import (
    CALLBACK,
    TOKEN,
    call,
    history,
    make_machine,
    run,
    start,
    wait_for_end,
)
from tests.contract.test_stepfunctions_tasks import RECORDS_TOKEN, code, next_token, queue_of, table_of

GET = "arn:aws:states:::dynamodb:getItem"


def needs_table(table: str, **fields: Any) -> dict[str, Any]:
    """Return states that note a variable and fail, after their retry, until the table exists."""
    retry = {"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}
    counted = {"RetryCount": "{% $states.context.State.RetryCount %}"}
    arguments = {"TableName": table, "Key": {"pk": {"S": "1"}}}
    return {
        "Note": {
            "Type": "Pass",
            "Assign": {"given": "{% $states.input %}"},
            "Output": {"handed": "over"},
            "Next": "Get",
        },
        "Get": {
            "Type": "Task",
            "Resource": GET,
            "Arguments": arguments,
            "Retry": [retry],
            "Output": {"input": "{% $states.input %}", **counted},
            "Next": "Tell",
            **fields,
        },
        "Tell": {
            "Type": "Pass",
            "Output": {
                "got": "{% $states.input %}",
                "given": "{% $given %}",
                "redrives": "{% $states.context.Execution.RedriveCount %}",
            },
            "End": True,
        },
    }


def entered(cloud: LocalCloud, execution: str) -> list[str]:
    """Return the names of the entered states, in order."""
    events = history(cloud, execution)
    return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"].endswith("StateEntered")]


def test_a_redriven_execution_goes_on_from_the_state_that_failed(cloud: LocalCloud, unique: str) -> None:
    """Same ARN; finished states are not run again; input and variables are as they were; retries begin anew."""
    states = cloud.client("stepfunctions")
    execution = run(cloud, unique, needs_table(unique), {"a": 1})["executionArn"]
    failed = states.describe_execution(executionArn=execution)
    attempts = [event["type"] for event in history(cloud, execution)].count("TaskScheduled")
    table_of(cloud, unique)

    date = states.redrive_execution(executionArn=execution)["redriveDate"]
    ended = wait_for_end(cloud, execution)

    assert (failed["redriveCount"], failed["redriveStatus"]) == (0, "REDRIVABLE")
    assert ended["output"] == {
        "got": {"input": {"handed": "over"}, "RetryCount": 0},
        "given": {"a": 1},
        "redrives": 1,
    }
    assert (ended["redriveCount"], ended["redriveDate"], ended["startDate"]) == (1, date, failed["startDate"])
    assert (ended["redriveStatus"], ended["redriveStatusReason"]) == (
        "NOT_REDRIVABLE",
        "Execution is SUCCEEDED and cannot be redriven",
    )
    assert attempts == 2
    assert entered(cloud, execution) == ["Note", "Get", "Get", "Tell"]
    events = history(cloud, execution)
    redriven = next(event for event in events if event["type"] == "ExecutionRedriven")
    assert redriven["executionRedrivenEventDetails"] == {"redriveCount": 1}
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    listed = states.list_executions(stateMachineArn=ended["stateMachineArn"])["executions"]
    assert [(item["redriveCount"], item["status"]) for item in listed] == [(1, "SUCCEEDED")]


def test_an_execution_can_be_redriven_again_and_again(cloud: LocalCloud, unique: str) -> None:
    """Each unsuccessful redrive counts; a Fail state is entered again and fails again."""
    execution = run(cloud, unique, {"Pass": {"Type": "Pass", "Next": "Fail"}, "Fail": {"Type": "Fail", "Error": "E"}})

    for count in (1, 2):
        cloud.client("stepfunctions").redrive_execution(executionArn=execution["executionArn"])
        ended = wait_for_end(cloud, execution["executionArn"])
        assert (ended["status"], ended["error"], ended["redriveCount"]) == ("FAILED", "E", count)

    assert entered(cloud, execution["executionArn"]) == ["Pass", "Fail", "Fail", "Fail"]


def test_an_aborted_and_a_timed_out_execution_are_redriven_too(cloud: LocalCloud, unique: str) -> None:
    """The machine's own timeout begins anew; the task token of the aborted attempt stays refused."""
    states = cloud.client("stepfunctions")
    queue = queue_of(cloud, unique)
    function = deploy_function(cloud, unique, RECORDS_TOKEN, allow("sqs:SendMessage"))
    waits = {"Wait": call(function, {"token": TOKEN, "queue": queue}, CALLBACK)}

    aborted = start(cloud, make_machine(cloud, f"{unique}-a", waits))
    old = next_token(cloud, queue)
    states.stop_execution(executionArn=aborted, error="Stopped", cause="by hand")
    states.redrive_execution(executionArn=aborted)
    new = next_token(cloud, queue)
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=old, output='"old"')
    states.send_task_success(taskToken=new, output='"new"')
    expired = start(cloud, make_machine(cloud, f"{unique}-t", waits, TimeoutSeconds=2))
    next_token(cloud, queue)
    timed_out = wait_for_end(cloud, expired)["status"]
    states.redrive_execution(executionArn=expired)
    states.send_task_success(taskToken=next_token(cloud, queue), output='"in time"')

    assert (code(refused), timed_out) == ("TaskTimedOut", "TIMED_OUT")
    assert wait_for_end(cloud, aborted)["output"] == "new"
    assert wait_for_end(cloud, expired)["output"] == "in time"
    assert "error" not in states.describe_execution(executionArn=aborted)


def test_what_an_aborted_attempt_still_does_is_not_told_in_the_redriven_execution(
    cloud: LocalCloud, unique: str
) -> None:
    """A function that is stopped with its execution runs on, but its answer is nobody's, even after a redrive."""
    source = "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n    return event\n"
    function = deploy_function(cloud, unique, source)
    seconds = "{% $states.context.Execution.RedriveCount = 0 ? 1 : 2 %}"
    machine = make_machine(cloud, unique, {"Work": call(function, {"seconds": seconds})})
    states = cloud.client("stepfunctions")

    execution = start(cloud, machine)
    eventually(lambda: "TaskStarted" in [event["type"] for event in history(cloud, execution)])
    states.stop_execution(executionArn=execution)
    states.redrive_execution(executionArn=execution)
    ended = wait_for_end(cloud, execution)

    assert ended["output"]["Payload"] == {"seconds": 2}
    assert [event["type"] for event in history(cloud, execution)].count("TaskSucceeded") == 1


def test_the_definition_is_the_one_the_execution_began_with(cloud: LocalCloud, unique: str) -> None:
    """An update of the machine changes nothing for executions that are redriven."""
    states = cloud.client("stepfunctions")
    ended = run(cloud, unique, {"Fail": {"Type": "Fail", "Error": "Old"}})
    changed = {"QueryLanguage": "JSONata", "StartAt": "Pass", "States": {"Pass": {"Type": "Pass", "End": True}}}
    states.update_state_machine(stateMachineArn=ended["stateMachineArn"], definition=json.dumps(changed))

    states.redrive_execution(executionArn=ended["executionArn"])

    assert wait_for_end(cloud, ended["executionArn"])["error"] == "Old"


def test_listeners_hear_of_a_redrive(cloud: LocalCloud, unique: str) -> None:
    """The status change to RUNNING, and the next end, carry the count and the date of the redrive.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    events, queue = cloud.client("events"), queue_of(cloud, unique)
    machine = make_machine(cloud, unique, {"Fail": {"Type": "Fail"}})
    pattern = {"source": ["aws.states"], "detail": {"stateMachineArn": [machine]}}
    rule = events.put_rule(Name=unique, EventPattern=json.dumps(pattern))["RuleArn"]
    arn = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    sends = {
        **allow("sqs:SendMessage", arn),
        "Principal": {"Service": "events.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [sends]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    events.put_targets(Rule=unique, Targets=[{"Id": "queue", "Arn": arn}])

    execution = start(cloud, machine)
    wait_for_end(cloud, execution)
    cloud.client("stepfunctions").redrive_execution(executionArn=execution)
    heard: dict[str, dict[str, Any]] = {}
    while len(heard) < 4:
        event = json.loads(next_token(cloud, queue))
        heard[event["id"]] = event["detail"]

    told = [(detail["status"], detail["redriveCount"], detail["redriveDate"] is None) for detail in heard.values()]
    assert sorted(told) == [("FAILED", 0, True), ("FAILED", 1, False), ("RUNNING", 0, True), ("RUNNING", 1, False)]


def test_a_repeated_request_redrives_once(cloud: LocalCloud, unique: str) -> None:
    """The same clientToken is answered with the same date, also once the execution runs or has ended."""
    states = cloud.client("stepfunctions")
    arn = run(cloud, unique, {"Fail": {"Type": "Fail"}})["executionArn"]

    first = states.redrive_execution(executionArn=arn, clientToken="token-1")
    wait_for_end(cloud, arn)
    again = states.redrive_execution(executionArn=arn, clientToken="token-1")

    assert again["redriveDate"] == first["redriveDate"]
    assert wait_for_end(cloud, arn)["redriveCount"] == 1
