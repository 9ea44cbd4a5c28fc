"""Rules deliver as EventBridge does: by permission, with retries, else into the dead letters."""

import json
from typing import Any

import pytest

from tests.contract.conftest import HUB, LocalCloud
from tests.contract.function_package import allow, deploy_function, eventually
from tests.contract.state_machines import make_machine, start, wait_for_end

# Fails the first time, so that a retry shows; then it sends on what it got.
FORWARDS = (
    "import boto3, json, os\n"
    "def handler(event, context):\n"
    "    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(event))\n"
    "    if event['detail'].get('input') == '{\"raise\": true}' and event['detail']['status'] == 'RUNNING':\n"
    "        raise ValueError('try again')\n"
)


# Hands the message back twice, then takes it, and tells each time how often it was received.
WAITS = (
    "import boto3, json, os\n"
    "def handler(event, context):\n"
    "    [record] = event['Records']\n"
    "    count = record['attributes']['ApproximateReceiveCount']\n"
    "    told = json.dumps({'detail': {'status': json.loads(record['body'])['detail']['status'], 'count': count}})\n"
    "    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=told)\n"
    "    again = [{'itemIdentifier': record['messageId']}] if int(count) < 3 else []\n"
    "    return {'batchItemFailures': again}\n"
)


def let_rules_send(cloud: LocalCloud, queue: str, rule: str) -> str:
    """Let a rule send to a queue, as its policy says on AWS; return the queue's ARN."""
    queues = cloud.client("sqs")
    arn: str = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    queues.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    return arn


class Listener:
    """A rule for one machine's status changes, the function it invokes and the queue that the function fills."""

    def __init__(self, cloud: LocalCloud, name: str, machine: str, *, permitted: bool) -> None:
        """Deploy it."""
        self.cloud = cloud
        queues = cloud.client("sqs")
        self.queue = queues.create_queue(QueueName=name)["QueueUrl"]
        self.dead_letters = queues.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        let_rules_send(cloud, self.dead_letters, f"arn:aws:events:eu-west-1:{HUB}:rule/{name}")
        function = deploy_function(
            cloud, name, FORWARDS, allow("sqs:SendMessage"), Environment={"Variables": {"QUEUE": self.queue}}
        )
        events = cloud.client("events")
        pattern = {
            "source": ["aws.states"],
            "detail-type": ["Step Functions Execution Status Change"],
            "detail": {"stateMachineArn": [machine]},
        }
        rule = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        self.target = {
            "Id": "listener",
            "Arn": function,
            "DeadLetterConfig": {"Arn": f"arn:aws:sqs:eu-west-1:{HUB}:{name}-dead"},
            "RetryPolicy": {"MaximumRetryAttempts": 20, "MaximumEventAgeInSeconds": 3600},
        }
        events.put_targets(Rule=name, Targets=[self.target])
        if permitted:
            cloud.client("lambda").add_permission(
                FunctionName=name,
                StatementId="events",
                Action="lambda:InvokeFunction",
                Principal="events.amazonaws.com",
                SourceArn=rule,
            )

    def receive(self, queue: str, count: int) -> list[dict[str, Any]]:
        """Return the details of the first `count` events in the queue."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            messages = self.cloud.client("sqs").receive_message(
                QueueUrl=queue, WaitTimeSeconds=1, MaxNumberOfMessages=10
            )
            found.extend(json.loads(message["Body"])["detail"] for message in messages.get("Messages", []))
            return len(found) >= count

        eventually(enough)
        return found


@pytest.mark.parametrize("end", ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"])
def test_every_end_of_an_execution_reaches_the_rules_function(cloud: LocalCloud, unique: str, end: str) -> None:
    """RUNNING and then the end arrive, with the execution's names, times, input, and its error and cause.

    https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
    """
    fields: dict[str, Any] = {"TimeoutSeconds": 1} if end == "TIMED_OUT" else {}
    states = {
        "SUCCEEDED": {"Type": "Succeed"},
        "FAILED": {"Type": "Fail", "Error": "CREATE_FAILED", "Cause": "the first failing event"},
    }.get(end, {"Type": "Wait", "Seconds": 60, "End": True})
    machine = make_machine(cloud, unique, {"Only": states}, **fields)
    listener = Listener(cloud, unique, machine, permitted=True)

    execution = start(cloud, machine, {"change": "chg-1"}, name="chg-1")
    if end == "ABORTED":
        cloud.client("stepfunctions").stop_execution(executionArn=execution, error="Stopped", cause="by ann")
    details = sorted(listener.receive(listener.queue, 2), key=lambda detail: detail["stopDate"] or 0)

    assert [detail["status"] for detail in details] == ["RUNNING", end]
    ended = details[1]
    assert (ended["executionArn"], ended["stateMachineArn"], ended["name"]) == (execution, machine, "chg-1")
    assert json.loads(ended["input"]) == {"change": "chg-1"}
    assert ended["startDate"] <= ended["stopDate"]
    described = wait_for_end(cloud, execution)
    assert (ended["error"], ended["cause"]) == (described.get("error"), described.get("cause"))
    expected = {"FAILED": "CREATE_FAILED", "TIMED_OUT": "States.Timeout", "ABORTED": "Stopped"}
    assert ended["error"] == expected.get(end)


def test_a_function_that_raises_is_tried_again(cloud: LocalCloud, unique: str) -> None:
    """EventBridge invokes asynchronously, so Lambda retries what the function raises, twice."""
    machine = make_machine(cloud, unique, {"Only": {"Type": "Succeed"}})
    listener = Listener(cloud, unique, machine, permitted=True)

    start(cloud, machine, {"raise": True})
    statuses = [detail["status"] for detail in listener.receive(listener.queue, 4)]

    assert sorted(statuses) == ["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"]


def test_without_permission_the_event_goes_to_the_dead_letters(cloud: LocalCloud, unique: str) -> None:
    """A function whose policy does not name the rule is never invoked; the target's dead letters get the event."""
    machine = make_machine(cloud, unique, {"Only": {"Type": "Succeed"}})
    listener = Listener(cloud, unique, machine, permitted=False)

    execution = start(cloud, machine)
    dead = listener.receive(listener.dead_letters, 2)

    assert {detail["executionArn"] for detail in dead} == {execution}
    attributes = cloud.client("sqs").get_queue_attributes(QueueUrl=listener.queue, AttributeNames=["All"])["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "0"


@pytest.mark.parametrize("permitted", [True, False])
def test_a_queue_gets_what_its_policy_lets_the_rule_send(cloud: LocalCloud, unique: str, *, permitted: bool) -> None:
    """The policy names the rule, else the event goes to the dead letters."""
    machine = make_machine(cloud, unique, {"Only": {"Type": "Succeed"}})
    listener = Listener(cloud, unique, machine, permitted=True)
    rule = f"arn:aws:events:eu-west-1:{HUB}:rule/{unique}"
    queue = let_rules_send(cloud, listener.queue, rule if permitted else f"{rule}-other")
    cloud.client("events").put_targets(Rule=unique, Targets=[{**listener.target, "Arn": queue}])

    start(cloud, machine)
    got, empty = (listener.queue, listener.dead_letters) if permitted else (listener.dead_letters, listener.queue)

    assert sorted(detail["status"] for detail in listener.receive(got, 2)) == ["RUNNING", "SUCCEEDED"]
    left = cloud.client("sqs").get_queue_attributes(QueueUrl=empty, AttributeNames=["All"])["Attributes"]
    assert left["ApproximateNumberOfMessages"] == "0"


def test_a_message_that_its_function_hands_back_comes_again_after_the_visibility_timeout(
    cloud: LocalCloud, unique: str
) -> None:
    """A batch's named items alone return to the queue; the rest is deleted.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    machine = make_machine(cloud, unique, {"Only": {"Type": "Succeed"}})
    listener = Listener(cloud, unique, machine, permitted=True)
    source = cloud.client("sqs").create_queue(QueueName=f"{unique}-source", Attributes={"VisibilityTimeout": "1"})
    queue = let_rules_send(cloud, source["QueueUrl"], f"arn:aws:events:eu-west-1:{HUB}:rule/{unique}")
    waits = deploy_function(
        cloud,
        f"{unique}-waits",
        WAITS,
        allow(["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]),
        Environment={"Variables": {"QUEUE": listener.queue}},
        Timeout=1,
    )
    cloud.client("lambda").create_event_source_mapping(
        FunctionName=waits, EventSourceArn=queue, BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    cloud.client("events").put_targets(Rule=unique, Targets=[{**listener.target, "Arn": queue}])

    start(cloud, machine)

    details = listener.receive(listener.queue, 6)
    assert sorted((detail["status"], detail["count"]) for detail in details) == [
        (status, count) for status in ("RUNNING", "SUCCEEDED") for count in ("1", "2", "3")
    ]


def test_targets_keep_their_dead_letters_and_retry_policy(cloud: LocalCloud, unique: str) -> None:
    """ListTargetsByRule and GetSchedule read back what PutTargets and CreateSchedule were given."""
    machine = make_machine(cloud, unique, {"Only": {"Type": "Succeed"}})
    listener = Listener(cloud, unique, machine, permitted=True)
    scheduler = cloud.client("scheduler")
    target = {
        "Arn": machine,
        "RoleArn": f"arn:aws:iam::{HUB}:role/{unique}-states",
        "DeadLetterConfig": listener.target["DeadLetterConfig"],
        "RetryPolicy": listener.target["RetryPolicy"],
    }
    scheduler.create_schedule(
        Name=unique, ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"}, Target=target
    )

    assert cloud.client("events").list_targets_by_rule(Rule=unique)["Targets"] == [listener.target]
    kept = scheduler.get_schedule(Name=unique)["Target"]
    assert {key: kept[key] for key in target} == target
