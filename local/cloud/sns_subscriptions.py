"""Subscriptions of queues in other accounts: who makes one decides whether it has to be confirmed.

Made by the queue's owner it begins at once; the topic's policy has to let that account subscribe. Made by anybody else,
the topic's owner too, the queue receives a SubscriptionConfirmation and nothing else until ConfirmSubscription was
called with its token; that message is never raw. A template's subscription may name another account's topic.
https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ministack.core.responses import get_account_id, new_uuid, now_iso
from ministack.services import sns
from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud.patching import replace_function
from local.cloud.sns_delivery import deliver

Answer = tuple[int, dict[str, str], bytes]
Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, str]]

TYPE = "AWS::SNS::Subscription"

_subscribe = sns._subscribe
_delete = provisioners._RESOURCE_HANDLERS[TYPE]["delete"]


def install() -> None:
    """Let the API and templates make subscriptions by these rules."""
    replace_function(_subscribe, subscribe)
    # ministack's update replaces a subscription by the same function.
    replace_function(provisioners._sns_sub_create, create)
    handlers = provisioners._RESOURCE_HANDLERS[TYPE]
    handlers["create"] = create
    handlers["delete"] = delete


def subscribe(params: dict[str, Any]) -> Answer:
    """Subscribe: https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html."""
    topic = sns._topic_by_arn_any_scope(sns._p(params, "TopicArn"))
    known = {subscription["arn"] for subscription in (topic or {}).get("subscriptions", [])}
    answer: Answer = _subscribe(params)
    if answer[0] != HTTPStatus.OK or topic is None:
        return answer
    status, headers, body = answer
    for subscription in topic["subscriptions"]:
        if subscription["arn"] not in known and _to_be_confirmed(subscription):
            _ask(subscription)
            if sns._p(params, "ReturnSubscriptionArn").lower() != "true":
                body = body.replace(subscription["arn"].encode(), b"pending confirmation")
    return status, headers, body


def create(_logical_id: str, properties: Properties, _stack_name: str) -> Provisioned:
    """Make a template's subscription. Raises ValueError, worded as SNS's refusal, if the topic does not allow it."""
    arn = str(properties.get("TopicArn", ""))
    topic, refusal = sns._get_topic(arn, "sns:Subscribe")
    if refusal is not None:
        missing = refusal[0] == HTTPStatus.NOT_FOUND
        raise ValueError(
            _sdk_error("Topic does not exist" if missing else "Not authorized to subscribe", "Sns", refusal[0])
        )
    attributes = {"FilterPolicyScope": "MessageAttributes", "FilterPolicy": "", "RawMessageDelivery": "false"}
    subscription = {
        "arn": f"{arn}:{new_uuid()}",
        "topic_arn": arn,
        "protocol": properties.get("Protocol", ""),
        "endpoint": properties.get("Endpoint", ""),
        "confirmed": properties.get("Protocol") not in {"http", "https"},
        "owner": get_account_id(),
        "attributes": {**attributes, **provisioners._sns_sub_attributes(properties)},
    }
    topic["subscriptions"].append(subscription)
    sns._sub_arn_to_topic[subscription["arn"]] = arn
    if _to_be_confirmed(subscription):
        _ask(subscription)
    return subscription["arn"], {"Arn": subscription["arn"]}


def delete(physical_id: str, properties: Properties) -> None:
    """Take a template's subscription away, from another account's topic too."""
    topic = sns._topic_by_arn_any_scope(physical_id.rpartition(":")[0])
    if topic is not None:
        topic["subscriptions"] = [found for found in topic["subscriptions"] if found["arn"] != physical_id]
    _delete(physical_id, properties)


def _to_be_confirmed(subscription: Mapping[str, Any]) -> bool:
    return subscription["protocol"] == "sqs" and subscription["endpoint"].split(":")[4] != get_account_id()


def _ask(subscription: dict[str, Any]) -> None:
    """Put the subscription to sleep, and send its token to the queue."""
    token, topic_arn = new_uuid().replace("-", "") * 4, subscription["topic_arn"]
    subscription.update(confirmed=False, token=token)
    subscription["attributes"].update(PendingConfirmation="true", ConfirmationWasAuthenticated="false")
    sns._refresh_subscription_counts(sns._topic_by_arn_any_scope(topic_arn))
    region = topic_arn.split(":")[3]
    query = f"Action=ConfirmSubscription&TopicArn={topic_arn}&Token={token}"
    message = {
        "Type": "SubscriptionConfirmation",
        "MessageId": new_uuid(),
        "Token": token,
        "TopicArn": topic_arn,
        "Message": (
            f"You have chosen to subscribe to the topic {topic_arn}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        ),
        "SubscribeURL": f"https://sns.{region}.amazonaws.com/?{query}",
        "Timestamp": now_iso(),
    }
    deliver(subscription["endpoint"], json.dumps(message), False, "", topic_arn=topic_arn)  # noqa: FBT003 -- not raw
