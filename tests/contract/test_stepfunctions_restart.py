"""Executions outlive the local cloud's restart: AWS has none that they could notice."""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import CloudFactory, LocalCloud
from tests.contract.function_package import allow, deploy_function, eventually
from tests.contract.state_machines import CALLBACK, TOKEN, call, history, make_machine, start, wait_for_end
from tests.contract.test_stepfunctions_redrive import entered
from tests.contract.test_stepfunctions_tasks import RECORDS_TOKEN, code, next_token, queue_of

BEGUN = {
    "Note": {
        "Type": "Pass",
        "Assign": {"given": "{% $states.input %}"},
        "Output": {"handed": "over"},
        "Next": "Wait",
    }
}
TELL = {"Tell": {"Type": "Pass", "Output": {"given": "{% $given %}", "got": "{% $states.input %}"}, "End": True}}


def test_an_execution_that_waits_for_a_token_goes_on_waiting_with_a_new_one(
    start_cloud: CloudFactory, unique: str
) -> None:
    """It is RUNNING, in its state, with its input and variables; the old token is refused, the new one counts."""
    private = start_cloud()
    queue = queue_of(private, unique)
    function = deploy_function(private, unique, RECORDS_TOKEN, allow("sqs:SendMessage"))
    waits = {**BEGUN, "Wait": call(function, {"token": TOKEN, "queue": queue}, CALLBACK, Next="Tell"), **TELL}
    execution = start(private, make_machine(private, unique, waits), {"n": 1})
    old = next_token(private, queue)
    states = private.client("stepfunctions")

    private.restart()
    running = states.describe_execution(executionArn=execution)
    new = next_token(private, queue)
    with pytest.raises(ClientError) as refused:
        states.send_task_success(taskToken=old, output='"old"')
    states.send_task_success(taskToken=new, output='"new"')

    assert (running["status"], "stopDate" in running) == ("RUNNING", False)
    assert code(refused) == "TaskTimedOut"
    ended = wait_for_end(private, execution)
    assert (ended["status"], ended["output"]) == ("SUCCEEDED", {"given": {"n": 1}, "got": "new"})
    assert ended["startDate"] == running["startDate"]
    assert entered(private, execution) == ["Note", "Wait", "Tell"]
    events = history(private, execution)
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events].count("ExecutionStarted") == 1


def test_a_wait_ends_when_it_would_have_ended_anyway(start_cloud: CloudFactory, unique: str) -> None:
    """Seconds count from when the state was entered, a Timestamp is a moment; both survive two restarts."""
    private = start_cloud()
    seconds = {**BEGUN, "Wait": {"Type": "Wait", "Seconds": 12, "Next": "Tell"}, **TELL}
    until = "{% $fromMillis($toMillis($states.context.State.EnteredTime) + 12000) %}"
    moment = {**BEGUN, "Wait": {"Type": "Wait", "Timestamp": until, "Next": "Tell"}, **TELL}
    executions = [
        start(private, make_machine(private, f"{unique}-{name}", states))
        for name, states in {"seconds": seconds, "moment": moment}.items()
    ]
    eventually(lambda: all("Wait" in entered(private, it) for it in executions))

    private.restart()
    private.restart()
    ended = [wait_for_end(private, it, 20) for it in executions]

    assert [it["status"] for it in ended] == ["SUCCEEDED", "SUCCEEDED"]
    took = [(it["stopDate"] - it["startDate"]).total_seconds() for it in ended]
    assert all(11.5 < it < 15 for it in took), took


def test_a_task_that_was_cut_short_is_tried_again_and_its_retries_are_not_given_back(
    start_cloud: CloudFactory, unique: str
) -> None:
    """The state sees its retries of before; what it does is done once more, and its failure is never told."""
    private = start_cloud()
    queue = queue_of(private, unique)
    source = (
        "import boto3, time\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=event['queue'], MessageBody=str(event['retries']))\n"
        "    if event['retries'] == 0:\n"
        "        raise ValueError('once')\n"
        "    time.sleep(event['seconds'])\n"
        "    return event['retries']\n"
    )
    function = deploy_function(private, unique, source, allow("sqs:SendMessage"), Timeout=30)
    given = {"queue": queue, "retries": "{% $states.context.State.RetryCount %}", "seconds": 4}
    retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
    work = call(function, given, Retry=retry, Catch=catch)
    execution = start(private, make_machine(private, unique, {"Work": work, "Caught": {"Type": "Fail"}}))
    assert [next_token(private, queue) for _ in range(2)] == ["0", "1"]

    private.restart()

    assert next_token(private, queue) == "1"
    ended = wait_for_end(private, execution)
    assert (ended["status"], ended["output"]["Payload"]) == ("SUCCEEDED", 1)


def test_a_restart_changes_no_status_and_publishes_none(start_cloud: CloudFactory, unique: str) -> None:
    """Listeners hear RUNNING once and the end once, whatever was restarted in between."""
    private = start_cloud()
    queue = listener_queue(private, unique)
    execution = start(private, make_machine(private, unique, {"Wait": {"Type": "Wait", "Seconds": 6, "End": True}}))
    eventually(lambda: "Wait" in entered(private, execution))

    private.restart()
    wait_for_end(private, execution)

    heard: dict[str, str] = {}
    while "SUCCEEDED" not in heard.values():
        event = json.loads(next_token(private, queue))
        heard[event["id"]] = event["detail"]["status"]
    assert sorted(heard.values()) == ["RUNNING", "SUCCEEDED"]


def test_the_machines_own_timeout_counts_from_the_start(start_cloud: CloudFactory, unique: str) -> None:
    """A restart gives an execution no more time."""
    private = start_cloud()
    waits = {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}
    execution = start(private, make_machine(private, unique, waits, TimeoutSeconds=8))
    eventually(lambda: "Wait" in entered(private, execution))

    private.restart()
    ended = wait_for_end(private, execution)

    assert ended["status"] == "TIMED_OUT"
    assert 7.5 < (ended["stopDate"] - ended["startDate"]).total_seconds() < 11


def test_executions_are_saved_while_the_cloud_runs(start_cloud: CloudFactory, unique: str) -> None:
    """A kill loses seconds, not the data: table and execution are back, and the execution goes on."""
    private = start_cloud(save_seconds=0.5)
    waits = {**BEGUN, "Wait": {"Type": "Wait", "Seconds": 8, "Next": "Tell"}, **TELL}
    execution = start(private, make_machine(private, unique, waits), {"n": 1})
    eventually(lambda: "Wait" in entered(private, execution))
    saved_by = time.time() + 1.5
    eventually(lambda: time.time() > saved_by)
    assert private.process is not None
    private.process.kill()
    private.process.wait()

    private.start()

    assert wait_for_end(private, execution)["output"] == {"given": {"n": 1}, "got": {"handed": "over"}}


def test_what_is_saved_is_its_owners_alone(start_cloud: CloudFactory, unique: str) -> None:
    """Secrets of users stand in it."""
    private = start_cloud()
    private.client("iam").create_user(UserName=unique)
    private.client("iam").create_access_key(UserName=unique)

    private.stop()

    folder = private.state_dir / "state"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "iam.json").stat().st_mode & 0o777 == 0o600


def listener_queue(cloud: LocalCloud, name: str) -> str:
    """Give the URL of a queue that receives the status changes of the account's executions."""
    queue = queue_of(cloud, name)
    pattern: dict[str, Any] = {"source": ["aws.states"]}
    rule = cloud.client("events").put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    sends = {
        **allow("sqs:SendMessage", attributes["QueueArn"]),
        "Principal": {"Service": "events.amazonaws.com"},
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [sends]})
    cloud.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    cloud.client("events").put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])
    return queue
