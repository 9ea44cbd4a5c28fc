"""Who may publish to a topic and deliver to a queue, keys included, and where goes what cannot be delivered.

**CloudFormation to a topic** (NotificationARNs): the topic's policy lets cloudformation.amazonaws.com publish or, in
the same account, the principal of the operation may. An encrypted topic's key has to let the same one use it. What is
not allowed is lost, as on AWS: the local cloud logs a warning.

**A topic to a queue**, of any account: the queue's policy lets sns.amazonaws.com send, and an encrypted queue's key
lets it use the key; the key that AWS manages for SQS lets nobody else. A message that is refused goes to the
dead-letter queue of the subscription's RedrivePolicy, under the same rules, or is lost.
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

import json
import logging
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.core.responses import get_region, request_scope
from ministack.services import kms, sns, sqs

from local.cloud.cloudformation_roles import is_allowed
from local.cloud.kms_use import AWS_MANAGED, enforced
from local.cloud.patching import replace_function

logger = logging.getLogger("sns")
CLOUDFORMATION, SNS = "cloudformation.amazonaws.com", "sns.amazonaws.com"
KEY_USE = ("kms:GenerateDataKey", "kms:Decrypt")

_deliver = sns._deliver_to_sqs


def install() -> None:
    """Check every delivery to a queue."""
    replace_function(_deliver, deliver)


def publish_stack_event(topic_arn: str, message: str, subject: str, stack_id: str) -> None:
    """Publish a stack's event for CloudFormation, if it may."""
    refusal = _refused_publishing(topic_arn, stack_id)
    if refusal:
        logger.warning("%s is not told of events of %s: %s", topic_arn, stack_id, refusal)
    else:
        sns.publish_internal(topic_arn, message, subject)


def deliver(endpoint: str, *content: Any, topic_arn: str = "", **options: Any) -> None:
    """Deliver to the queue or, if it refuses, to the subscription's dead-letter queue."""
    refusal = _refused_delivery(endpoint, topic_arn)
    if refusal is None:
        _deliver(endpoint, *content, topic_arn=topic_arn, **options)
        return
    dead_letters = _dead_letters(endpoint, topic_arn)
    refusal_there = _refused_delivery(dead_letters, topic_arn) if dead_letters else "it has no dead-letter queue"
    logger.warning("%s does not reach %s: %s", topic_arn, endpoint, refusal)
    if refusal_there is None:
        _deliver(dead_letters, *content, topic_arn=topic_arn, **options)
    else:
        logger.warning("A message of %s is lost: %s", topic_arn, refusal_there)


def _refused_publishing(topic_arn: str, stack_id: str) -> str | None:
    topic = sns._topic_by_arn_any_scope(topic_arn)
    if topic is None:
        return "the topic does not exist"
    if not enforced():
        return None
    account = stack_id.split(":")[4]
    key = topic["attributes"].get("KmsMasterKeyId", "")
    if sns.topic_policy_allows(topic_arn, CLOUDFORMATION, stack_id, account):
        return _refused_key(key, CLOUDFORMATION, stack_id, topic_arn)
    if topic_arn.split(":")[4] != account or not is_allowed("sns:Publish", topic_arn):
        return "neither its policy nor the operation's principal allows sns:Publish"
    record = kms._resolve_key(key) if key and AWS_MANAGED not in key else None
    if record and not all(is_allowed(action, record["Arn"]) for action in KEY_USE):
        return f"the operation's principal may not use the key {key}"
    return None


def _refused_delivery(queue_arn: str, topic_arn: str) -> str | None:
    """Return why SNS cannot put a message into the queue, or None."""
    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return "the queue does not exist"
    if not enforced():
        return None
    if not sqs.queue_policy_allows(queue_arn, SNS, topic_arn, topic_arn.split(":")[4]):
        return "the queue's policy does not let it"
    return _refused_key(queue["attributes"].get("KmsMasterKeyId", ""), SNS, topic_arn, queue_arn)


def _refused_key(key: str, service: str, source_arn: str, resource_arn: str) -> str | None:
    """Return why a service cannot use the key of a topic or queue for a source, or None."""
    if not key:
        return None
    if AWS_MANAGED in key:
        return f"the key {key} lets no other service use it"
    _, _, _, region, account, _ = resource_arn.split(":", 5)
    with request_scope(account, region):
        record = kms._resolve_key(key)
    if record is None or record["KeyState"] != "Enabled":
        return f"the key {key} does not exist or is not enabled"
    source_account = source_arn.split(":")[4]
    for action in KEY_USE:
        context = EvalContext(
            principal_arn="*",
            principal_type="Service",
            principal_account="",
            action=action,
            resource_arn=record["Arn"],
            region=get_region(),
            service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_account},
        )
        policy = record.get("Policy") or ""
        if iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision != "Allow":
            return f"the policy of the key {key} does not let {service} use {action}"
    return None


def _dead_letters(endpoint: str, topic_arn: str) -> str:
    topic = sns._topic_by_arn_any_scope(topic_arn) or {"subscriptions": []}
    for subscription in topic["subscriptions"]:
        if subscription["endpoint"] == endpoint:
            policy = json.loads(subscription["attributes"].get("RedrivePolicy") or "{}")
            return str(policy.get("deadLetterTargetArn", ""))
    return ""
