"""The stack that a queue is: the queue itself and its policy."""

from typing import Any, cast

from stowage.catalog.metadata import template_metadata, version_mark
from stowage.domain.changes import Spec
from stowage.domain.kinds import RenderRequest, Template

RETENTION_DAYS = 4
DAY_SECONDS = 86_400


def render(request: RenderRequest) -> Template:
    """Give the template of a queue's stack; equal requests give equal templates."""
    days = cast("int", request.spec.get("retentionDays", RETENTION_DAYS))
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Stowage: an SQS queue. Change it in Stowage, not here.",
        "Metadata": template_metadata("queue", request),
        "Resources": {
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "DeletionPolicy": "Delete",
                "UpdateReplacePolicy": "Retain",
                "Metadata": version_mark(request),
                "Properties": {
                    "QueueName": request.name,
                    "KmsMasterKeyId": request.project.kms_key_arn,
                    "MessageRetentionPeriod": days * DAY_SECONDS,
                    "Tags": _tags(request.spec),
                },
            },
            "QueuePolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": _policy()},
            },
        },
        "Outputs": {
            "Url": {"Description": "Where messages are sent to.", "Value": {"Ref": "Queue"}},
            "Arn": {"Description": "The queue's ARN.", "Value": {"Fn::GetAtt": ["Queue", "Arn"]}},
        },
    }


def _tags(spec: Spec) -> list[dict[str, Any]]:
    tags = {"stowage:cost-centre": spec["costCentre"], "stowage:owner": spec["owner"]}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _policy() -> dict[str, Any]:
    """Give the queue's policy: a denial only, so that it opens nothing to anybody."""
    without_tls = {
        "Sid": "DenyWithoutTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [without_tls]}
