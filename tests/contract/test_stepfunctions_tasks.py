"""Task states call, wait, retry and catch as Step Functions documents it."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import LocalCloud
from tests.contract.function_package import allow, deploy_function, eventually
from tests.contract.state_machines import CALLBACK, TOKEN, call, history, make_machine, run, start, wait_for_end

UPDATE = "arn:aws:states:::dynamodb:updateItem"
GET = "arn:aws:states:::dynamodb:getItem"
LOCKED = "class Locked(Exception): pass\ndef handler(event, context): raise Locked('held by ann')\n"
RECORDS_TOKEN = (
    "import boto3\n"
    "def handler(event, context):\n"
    "    boto3.client('sqs').send_message(QueueUrl=event['queue'], MessageBody=event['token'])\n"
    "    return {'recorded': True}\n"
)
ANSWERS_AT_ONCE = (
    "import boto3, json, time\n"
    "def handler(event, context):\n"
    "    boto3.client('stepfunctions').send_task_success(taskToken=event['token'], output=json.dumps({'ok': True}))\n"
    "    time.sleep(event['seconds'])\n"
)


def table_of(cloud: LocalCloud, name: str) -> str:
    """Create a table keyed by `pk` and return its name."""
    cloud.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    return name


def queue_of(cloud: LocalCloud, name: str) -> str:
    """Create a queue and return its URL."""
    url: str = cloud.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return url


def next_token(cloud: LocalCloud, queue: str) -> str:
    """Return the task token that the function put into the queue."""

    def receive() -> str | None:
        messages = cloud.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=1).get("Messages", [])
        return messages[0]["Body"] if messages else None

    token: str = eventually(receive)
    return token


def types(events: list[dict[str, Any]]) -> list[str]:
    """Return the events' types without the executions' own first and last."""
    return [event["type"] for event in events[1:-1]]


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    """Return the error's code."""
    return caught.value.response["Error"]["Code"]


def test_an_error_is_caught_by_its_class_name(cloud: LocalCloud, unique: str) -> None:
    """ErrorEquals matches the exception's class; Cause is the function's error as JSON; Catch assigns and outputs."""
    function = deploy_function(cloud, unique, LOCKED)
    catch = {
        "ErrorEquals": ["Locked"],
        "Assign": {"why": "{% $states.errorOutput.Error %}"},
        "Output": "{% $parse($states.errorOutput.Cause) %}",
        "Next": "Tell",
    }
    states = {
        "Work": call(function, {}, Catch=[{"ErrorEquals": ["Other"], "Next": "Tell"}, catch], Next="Tell"),
        "Tell": {"Type": "Succeed", "Output": {"why": "{% $why %}", "cause": "{% $states.input %}"}},
    }

    ended = run(cloud, unique, states)

    assert ended["output"]["why"] == "Locked"
    assert ended["output"]["cause"]["errorMessage"] == "held by ann"
    assert ended["output"]["cause"]["errorType"] == "Locked"


def test_the_history_of_a_task_that_is_retried_and_fails(cloud: LocalCloud, unique: str) -> None:
    """Every attempt is scheduled, started and failed with error and cause; the last error ends the execution."""
    function = deploy_function(cloud, unique, LOCKED)
    retry = {"ErrorEquals": ["Locked"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 1}
    execution = start(cloud, make_machine(cloud, unique, {"Work": call(function, {"n": 1}, Retry=[retry])}))

    ended = wait_for_end(cloud, execution)
    events = history(cloud, execution)

    attempt = ["TaskScheduled", "TaskStarted", "TaskFailed"]
    assert types(events) == ["TaskStateEntered", *attempt, *attempt]
    assert [event["previousEventId"] for event in events] == list(range(len(events)))
    scheduled = events[2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("lambda", "invoke")
    assert json.loads(scheduled["parameters"]) == {"FunctionName": function, "Payload": {"n": 1}}
    failed = events[4]["taskFailedEventDetails"]
    assert failed["error"] == "Locked"
    assert json.loads(failed["cause"])["errorMessage"] == "held by ann"
    assert (ended["status"], ended["error"]) == ("FAILED", "Locked")
    assert "input" not in history(cloud, execution, includeExecutionData=False)[1]["stateEnteredEventDetails"]


def test_a_token_is_answered_by_the_very_function_before_it_returns(cloud: LocalCloud, unique: str) -> None:
    """The state goes on at once, although the function still works."""
    function = deploy_function(cloud, unique, ANSWERS_AT_ONCE, allow("states:SendTaskSuccess"))
    machine = make_machine(cloud, unique, {"Wait": call(function, {"token": TOKEN, "seconds": 5}, CALLBACK)})
    started = time.monotonic()

    ended = wait_for_end(cloud, start(cloud, machine))

    assert (ended["status"], ended["output"]) == ("SUCCEEDED", {"ok": True})
    assert time.monotonic() - started < 3


def test_an_answer_wakes_the_state_at_once(cloud: LocalCloud, unique: str) -> None:
    """SendTaskSuccess ends the wait within 50 ms, and the history tells of the submission and the result."""
    queue = queue_of(cloud, unique)
    function = deploy_function(cloud, unique, RECORDS_TOKEN, allow("sqs:SendMessage"))
    waits = call(function, {"token": TOKEN, "queue": queue}, CALLBACK, TimeoutSeconds=30)
    execution = start(cloud, make_machine(cloud, unique, {"Wait": waits}))
    token = next_token(cloud, queue)
    eventually(lambda: "TaskSubmitted" in [event["type"] for event in history(cloud, execution)])

    cloud.client("stepfunctions").send_task_success(taskToken=token, output='{"stack": "done"}')
    sent = time.time()
    ended = wait_for_end(cloud, execution)

    assert ended["output"] == {"stack": "done"}
    assert ended["stopDate"].timestamp() - sent < 0.05
    waited = ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded", "TaskStateExited"]
    assert types(history(cloud, execution)) == waited
    assert history(cloud, execution)[2]["taskScheduledEventDetails"]["resource"] == "invoke.waitForTaskToken"


def test_a_timeout_retried_is_a_poll_loop_with_a_token_for_each_attempt(cloud: LocalCloud, unique: str) -> None:
    """TimeoutSeconds may be JSONata; each attempt has its own token and RetryCount, and an old token is refused.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html: TaskTimedOut, "the task
    token has either expired or the task associated with the token has already been closed".
    """
    states = cloud.client("stepfunctions")
    queue = queue_of(cloud, unique)
    function = deploy_function(cloud, unique, RECORDS_TOKEN, allow("sqs:SendMessage"))
    retry = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 9}
    arguments = {"token": TOKEN, "queue": queue, "poll": "{% $states.context.State.RetryCount %}"}
    waits = call(function, arguments, CALLBACK, TimeoutSeconds="{% $states.input.poll %}", Retry=[retry])
    execution = start(cloud, make_machine(cloud, unique, {"Wait": waits}), {"poll": 1})

    first, second = next_token(cloud, queue), next_token(cloud, queue)
    with pytest.raises(ClientError) as old:
        states.send_task_success(taskToken=first, output="{}")
    states.send_task_success(taskToken=second, output='"done"')
    with pytest.raises(ClientError) as closed:
        states.send_task_failure(taskToken=second, error="Late")
    with pytest.raises(ClientError) as invented:
        states.send_task_success(taskToken="invented", output="{}")

    assert wait_for_end(cloud, execution)["output"] == "done"
    assert (code(old), code(closed), code(invented)) == ("TaskTimedOut", "TaskTimedOut", "InvalidToken")
    events = history(cloud, execution)
    timed_out = next(event for event in events if event["type"] == "TaskTimedOut")
    assert timed_out["taskTimedOutEventDetails"]["error"] == "States.Timeout"
    scheduled = [event["taskScheduledEventDetails"] for event in events if event["type"] == "TaskScheduled"]
    assert [json.loads(attempt["parameters"])["Payload"]["poll"] for attempt in scheduled] == [0, 1]
    assert {attempt["timeoutInSeconds"] for attempt in scheduled} == {1}


def test_a_failure_sent_to_a_token_and_a_function_that_raises_fail_the_state(cloud: LocalCloud, unique: str) -> None:
    """SendTaskFailure's error and cause reach the Catch; so does the error of the function that should have waited."""
    queue = queue_of(cloud, unique)
    records = deploy_function(cloud, unique, RECORDS_TOKEN, allow("sqs:SendMessage"))
    raises = deploy_function(cloud, f"{unique}-raises", LOCKED)
    told = {"Type": "Succeed", "Output": "{% $states.input %}"}

    def machine(name: str, function: str) -> str:
        catch = {"ErrorEquals": ["States.ALL"], "Output": "{% $states.errorOutput %}", "Next": "Tell"}
        waits = call(function, {"token": TOKEN, "queue": queue}, CALLBACK, Catch=[catch], Next="Tell")
        return make_machine(cloud, name, {"Wait": waits, "Tell": told})

    answered = start(cloud, machine(f"{unique}-a", records))
    cloud.client("stepfunctions").send_task_failure(
        taskToken=next_token(cloud, queue), error="CreateFailedError", cause="NAME_TAKEN"
    )
    raised = start(cloud, machine(f"{unique}-b", raises))

    assert wait_for_end(cloud, answered)["output"] == {"Error": "CreateFailedError", "Cause": "NAME_TAKEN"}
    assert wait_for_end(cloud, raised)["output"]["Error"] == "Locked"


def test_stopping_an_execution_closes_its_token(cloud: LocalCloud, unique: str) -> None:
    """The token of an aborted execution is refused with TaskTimedOut."""
    queue = queue_of(cloud, unique)
    function = deploy_function(cloud, unique, RECORDS_TOKEN, allow("sqs:SendMessage"))
    execution = start(
        cloud, make_machine(cloud, unique, {"Wait": call(function, {"token": TOKEN, "queue": queue}, CALLBACK)})
    )
    token = next_token(cloud, queue)

    cloud.client("stepfunctions").stop_execution(executionArn=execution)
    with pytest.raises(ClientError) as refused:
        cloud.client("stepfunctions").send_task_success(taskToken=token, output="{}")

    assert code(refused) == "TaskTimedOut"


def test_a_row_is_locked_and_read_without_a_function(cloud: LocalCloud, unique: str) -> None:
    """Direct calls return ALL_NEW; a failed condition is DynamoDB.ConditionalCheckFailedException; one wins."""
    table = table_of(cloud, unique)
    acquire = {
        "Type": "Task",
        "Resource": UPDATE,
        "Arguments": {
            "TableName": table,
            "Key": {"pk": {"S": "{% $states.input.name %}"}},
            "UpdateExpression": "SET #lock = :lock, #fence = if_not_exists(#fence, :zero) + :one",
            "ConditionExpression": "attribute_not_exists(#lock)",
            "ExpressionAttributeNames": {"#lock": "lock", "#fence": "fence"},
            "ExpressionAttributeValues": {
                ":lock": {"M": {"change": {"S": "{% $states.context.Execution.Name %}"}}},
                ":zero": {"N": "0"},
                ":one": {"N": "{% $string(1) %}"},
            },
            "ReturnValues": "ALL_NEW",
        },
        "Assign": {"fence": "{% $number($states.result.Attributes.fence.N) %}"},
        "Catch": [{"ErrorEquals": ["DynamoDB.ConditionalCheckFailedException"], "Next": "Describe"}],
        "Next": "Acquired",
    }
    describe = {
        "Type": "Task",
        "Resource": GET,
        "Arguments": {"TableName": table, "Key": {"pk": {"S": "row"}}, "ConsistentRead": True},
        "Output": "{% $states.result.Item.lock.M.change.S %}",
        "End": True,
    }
    acquired = {"Type": "Succeed", "Output": "{% $fence %}"}
    machine = make_machine(cloud, unique, {"Acquire": acquire, "Describe": describe, "Acquired": acquired})

    executions = [start(cloud, machine, {"name": "row"}) for _ in range(6)]
    outputs = [wait_for_end(cloud, execution)["output"] for execution in executions]

    winners = [execution for execution, output in zip(executions, outputs, strict=True) if output == 1]
    assert len(winners) == 1
    assert [output for output in outputs if output != 1] == [winners[0].rsplit(":", 1)[1]] * 5


@pytest.mark.parametrize("allowed", [True, False])
def test_the_machines_role_decides(cloud: LocalCloud, unique: str, *, allowed: bool) -> None:
    """Without lambda:InvokeFunction or dynamodb:GetItem in its role a state fails with AWS's own error names."""
    function = deploy_function(cloud, unique, "def handler(event, context): return event\n")
    table = table_of(cloud, unique)
    get = {"Type": "Task", "Resource": GET, "Arguments": {"TableName": table, "Key": {"pk": {"S": "a"}}}, "End": True}
    rights = [allow("lambda:InvokeFunction", function), allow("dynamodb:GetItem", f"*table/{table}")]
    statements = rights if allowed else [allow("lambda:InvokeFunction", f"{function}x"), allow("dynamodb:PutItem")]

    invoked = wait_for_end(
        cloud, start(cloud, make_machine(cloud, f"{unique}-l", {"Call": call(function, {})}, *statements))
    )
    read = wait_for_end(cloud, start(cloud, make_machine(cloud, f"{unique}-d", {"Get": get}, *statements)))

    if allowed:
        assert (invoked["status"], read["status"]) == ("SUCCEEDED", "SUCCEEDED")
    else:
        assert (invoked["error"], read["error"]) == ("Lambda.AWSLambdaException", "DynamoDB.AmazonDynamoDBException")
        assert "is not authorized to perform: lambda:InvokeFunction" in invoked["cause"]
