"""From a stack's event to a queue of another account: policies, keys, confirmations and dead letters.

https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import HUB, OTHER_PROJECT, PROJECT, LocalCloud, StackDriver, Template
from tests.contract.function_package import eventually

HANDLE: Template = {"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def for_service(service: str, *actions: str, account: str | None = None) -> dict[str, Any]:
    """Let a service do this, on behalf of one account if it is given."""
    condition = {"Condition": {"StringEquals": {"aws:SourceAccount": account}}} if account else {}
    principal = {"Service": f"{service}.amazonaws.com"}
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*", **condition}


def for_account(account: str, *actions: str) -> dict[str, Any]:
    """Let an account do this."""
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    return {"Effect": "Allow", "Principal": principal, "Action": list(actions), "Resource": "*"}


class Wiring:
    """A topic of the project and queues of the hub."""

    def __init__(self, cloud: LocalCloud, name: str) -> None:
        self.cloud, self.name = cloud, name
        self.sns, self.sqs = cloud.client("sns", PROJECT), cloud.client("sqs")

    def key(self, account: str, *statements: dict[str, Any]) -> str:
        """Make a key of the account whose policy has these statements."""
        policy = document(for_account(account, "kms:*"), *statements)
        arn: str = self.cloud.client("kms", account).create_key(Policy=policy)["KeyMetadata"]["Arn"]
        return arn

    def topic(self, *statements: dict[str, Any], **attributes: str) -> str:
        """Make the topic, whose policy has these statements."""
        given = {"Policy": document(*statements), **attributes}
        arn: str = self.sns.create_topic(Name=self.name, Attributes=given)["TopicArn"]
        return arn

    def queue(self, suffix: str = "", *statements: dict[str, Any], **attributes: str) -> tuple[str, str]:
        """Make a queue of the hub, whose policy has these statements; return its URL and its ARN."""
        given = {**({"Policy": document(*statements)} if statements else {}), **attributes}
        url: str = self.sqs.create_queue(QueueName=f"{self.name}{suffix}", Attributes=given)["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
        return url, found["QueueArn"]

    def received(self, url: str) -> list[str]:
        """Return the next messages of the queue, or none after a second."""
        got = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in got.get("Messages", []):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in got.get("Messages", [])]


@pytest.fixture
def wiring(cloud: LocalCloud, unique: str) -> Wiring:
    """Wire up the project's topic and the hub's queues."""
    return Wiring(cloud, unique)


def subscription(topic: str, queue: str, **properties: Any) -> Template:
    """Return a template of a subscription."""
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue, "RawMessageDelivery": True, **properties}
    return {"Resources": {"Subscription": {"Type": "AWS::SNS::Subscription", "Properties": given}}}


@pytest.mark.parametrize("by", ["template", "call"])
def test_a_queue_subscribed_by_its_owner_gets_the_events_at_once(
    cloud: LocalCloud, stacks: StackDriver, wiring: Wiring, by: str
) -> None:
    """Topic and queue encrypted, every policy allowing no more than it must; the messages are raw."""
    topic_key = wiring.key(
        PROJECT, for_service("cloudformation", "kms:Decrypt", "kms:GenerateDataKey", account=PROJECT)
    )
    queue_key = wiring.key(HUB, for_service("sns", "kms:Decrypt", "kms:GenerateDataKey"))
    publishes = for_service("cloudformation", "sns:Publish", account=PROJECT)
    topic = wiring.topic(publishes, for_account(HUB, "sns:Subscribe"), KmsMasterKeyId=topic_key)
    sends = for_service("sns", "sqs:SendMessage", account=PROJECT)
    url, queue = wiring.queue("", sends, KmsMasterKeyId=queue_key)
    if by == "template":
        hub = StackDriver(cloud.client("cloudformation", HUB))
        stack = hub.create(wiring.name, subscription(topic, queue))
        assert hub.describe(stack)["StackStatus"] == "CREATE_COMPLETE", hub.first_failure(stack)
    else:
        cloud.client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"}
        )

    told = stacks.create(wiring.name, HANDLE, NotificationARNs=[topic])

    first, *_ = eventually(lambda: wiring.received(url))
    assert first.startswith(f"StackId='{told}'\nTimestamp='")
    if by == "template":
        hub.delete(stack)
        wiring.received(url)
        assert wiring.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_queue_subscribed_by_the_topics_owner_has_to_confirm(stacks: StackDriver, wiring: Wiring) -> None:
    """The token comes to the queue, as JSON although the delivery is raw; until it is used nothing else comes."""
    topic = wiring.topic(for_service("cloudformation", "sns:Publish"))
    url, queue = wiring.queue("", for_service("sns", "sqs:SendMessage"))
    stacks.create(f"{wiring.name}-subscription", subscription(topic, queue))
    (body,) = eventually(lambda: wiring.received(url))
    asked = json.loads(body)
    stacks.create(f"{wiring.name}-before", HANDLE, NotificationARNs=[topic])
    before = wiring.received(url)

    wiring.sns.confirm_subscription(TopicArn=topic, Token=asked["Token"])
    stacks.create(f"{wiring.name}-after", HANDLE, NotificationARNs=[topic])

    assert (asked["Type"], asked["TopicArn"]) == ("SubscriptionConfirmation", topic)
    assert before == []
    assert all("-after'" in message for message in eventually(lambda: wiring.received(url)))


def test_subscribing_to_another_accounts_topic_takes_its_policy(cloud: LocalCloud, wiring: Wiring) -> None:
    """By call and by template."""
    topic = wiring.topic(for_account(HUB, "sns:Subscribe"))
    queue = f"arn:aws:sqs:eu-west-1:{OTHER_PROJECT}:{wiring.name}"
    other = StackDriver(cloud.client("cloudformation", OTHER_PROJECT))

    with pytest.raises(ClientError, match="AuthorizationError"):
        cloud.client("sns", OTHER_PROJECT).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    stack = other.create(wiring.name, subscription(topic, queue))

    assert "Not authorized to subscribe" in other.first_failure(stack)


@pytest.mark.parametrize("lacking", ["topic policy", "topic key", "queue policy", "queue key", "managed queue key"])
def test_what_one_policy_does_not_allow_does_not_arrive(cloud: LocalCloud, wiring: Wiring, lacking: str) -> None:
    """CloudFormation goes on; the message is lost, or a dead letter if it was the queue that refused."""
    use = ("kms:Decrypt", "kms:GenerateDataKey")
    nobody = for_account(PROJECT, "sns:GetTopicAttributes")
    to_cloudformation = for_service(
        "cloudformation", *use, account=OTHER_PROJECT if lacking == "topic key" else PROJECT
    )
    publishes = nobody if lacking == "topic policy" else for_service("cloudformation", "sns:Publish")
    topic = wiring.topic(
        publishes, for_account(HUB, "sns:Subscribe"), KmsMasterKeyId=wiring.key(PROJECT, to_cloudformation)
    )
    sends = for_service("sns", "sqs:SendMessage", account=OTHER_PROJECT if lacking == "queue policy" else PROJECT)
    queue_key = wiring.key(HUB, for_service("events" if lacking == "queue key" else "sns", *use))
    key = "alias/aws/sqs" if lacking == "managed queue key" else queue_key
    url, queue = wiring.queue("", sends, KmsMasterKeyId=key)
    dead_url, dead = wiring.queue("-dead", for_service("sns", "sqs:SendMessage"))
    redrive = {"RawMessageDelivery": "true", "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead})}
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=redrive)
    caller = session(cloud, f"{wiring.name}-caller")

    stack = caller.create(wiring.name, HANDLE, NotificationARNs=[topic])

    assert caller.describe(stack)["StackStatus"] == "CREATE_COMPLETE"
    assert wiring.received(url) == []
    letters = wiring.received(dead_url)
    if lacking.startswith("topic"):
        assert letters == []
    else:
        assert letters[0].startswith(f"StackId='{stack}'")


def test_the_operations_own_principal_may_publish_too(cloud: LocalCloud, wiring: Wiring) -> None:
    """A topic whose policy says nothing of CloudFormation hears of stacks of those who may publish to it."""
    topic = wiring.topic(for_account(PROJECT, "sns:GetTopicAttributes"))
    url, queue = wiring.queue("", for_service("sns", "sqs:SendMessage"))
    wiring.sns.set_topic_attributes(
        TopicArn=topic,
        AttributeName="Policy",
        AttributeValue=document(for_account(HUB, "sns:Subscribe")),
    )
    cloud.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    may = session(cloud, f"{wiring.name}-may", "sns:Publish")
    may_not = session(cloud, f"{wiring.name}-not")

    may_not.create(f"{wiring.name}-unheard", HANDLE, NotificationARNs=[topic])
    may.create(f"{wiring.name}-heard", HANDLE, NotificationARNs=[topic])

    heard = eventually(lambda: wiring.received(url))
    assert all("-heard'" in json.loads(message)["Message"] for message in heard)


def session(cloud: LocalCloud, name: str, *actions: str) -> StackDriver:
    """Return CloudFormation for a session of a role with these permissions."""
    iam = cloud.client("iam", PROJECT)
    anybody = for_account(PROJECT, "sts:AssumeRole")
    del anybody["Resource"]
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(anybody))["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": ["cloudformation:*", *actions], "Resource": "*"}
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(allowed))
    credentials = cloud.client("sts", PROJECT).assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return StackDriver(cloud.client("cloudformation", credentials=credentials))
