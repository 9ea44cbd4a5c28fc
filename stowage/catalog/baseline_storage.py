"""What a project's account keeps: the access logs, the key that encrypts its data, the topic of its stack events."""

from typing import Any

from stowage.catalog.baseline_roles import LOG_BUCKET_ARN
from stowage.catalog.baseline_sftp import LOGICAL_ID_OF_LOG as SFTP_LOG
from stowage.domain.kinds import Statement

LOG_DAYS = 400
"""Thirteen months: a yearly audit finds the whole year."""
DELETION_WINDOW_DAYS = 30
KEY_ALIAS = "alias/stowage"
TOPIC = "stowage-stack-events"

_ACCOUNT_ROOT = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
_CLOUDFORMATION = {"Service": "cloudformation.amazonaws.com"}
_OUR_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
_REENCRYPTION = ("kms:ReEncryptFrom", "kms:ReEncryptTo")
_LOG_OBJECTS = {"Fn::Join": ["/", [LOG_BUCKET_ARN, "*"]]}

THROUGH = ("s3", "secretsmanager", "sns")
"""The services through which alone the project's key is used."""

KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)


def log_bucket_name(account: str, region: str) -> str:
    """Give the name of a project's log bucket, which outlives the stack: the one name that a second baseline meets."""
    return f"stowage-logs-{account}-{region}"


def log_bucket() -> dict[str, Any]:
    """Give the bucket that receives the access logs of the project's buckets; it outlives the stack, being evidence.

    SSE-S3, because S3 delivers access logs to no bucket whose default encryption is SSE-KMS, and no Object Lock for
    the same reason: https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
    It keeps no access log of its own: each delivery would be logged, for ever.
    """
    return {
        "Type": "AWS::S3::Bucket",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "BucketName": {"Fn::Sub": "stowage-logs-${AWS::AccountId}-${AWS::Region}"},
            "VersioningConfiguration": {"Status": "Enabled"},
            "BucketEncryption": {
                "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "LifecycleConfiguration": {
                "Rules": [
                    {
                        "Id": "remove-leftovers",
                        "Status": "Enabled",
                        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
                        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
                        "ExpiredObjectDeleteMarker": True,
                    },
                    {"Id": "expire-logs", "Status": "Enabled", "ExpirationInDays": LOG_DAYS},
                ]
            },
        },
    }


def log_bucket_policy() -> dict[str, Any]:
    """Let S3's log delivery write for buckets of this account, and refuse whatever comes without TLS."""
    whole = [LOG_BUCKET_ARN, _LOG_OBJECTS]
    return {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {
            "Bucket": {"Ref": "LogBucket"},
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "AccessLogDelivery",
                        "Effect": "Allow",
                        "Principal": {"Service": "logging.s3.amazonaws.com"},
                        "Action": "s3:PutObject",
                        "Resource": _LOG_OBJECTS,
                        "Condition": _OUR_ACCOUNT,
                    },
                    {
                        "Sid": "DenyWithoutTls",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": whole,
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                    {
                        "Sid": "DenyTlsBelow12",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "s3:*",
                        "Resource": whole,
                        "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
                    },
                ],
            },
        },
    }


def key() -> dict[str, Any]:
    """Give the key of the project's data; it outlives the stack, or the data of retained buckets would be lost.

    The account administers it (and lends that to IAM policies), but decrypts only through S3, SNS and Secrets Manager:
    a principal with `kms:Decrypt` still reads data only where S3 lets it. CloudWatch Logs may use it whether or not the
    project has an SFTP server now, since a server's log outlives it. In a key policy `Resource: "*"` means this key.
    https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    """
    through = [{"Fn::Sub": f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"} for service in THROUGH]
    return {
        "Type": "AWS::KMS::Key",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {
            "Description": "Stowage: encrypts this project's data and stack events.",
            "EnableKeyRotation": True,
            "PendingWindowInDays": DELETION_WINDOW_DAYS,
            "KeyPolicy": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "AccountAdministers",
                        "Effect": "Allow",
                        "Principal": _ACCOUNT_ROOT,
                        "Action": list(KEY_ADMINISTRATION),
                        "Resource": "*",
                    },
                    {
                        "Sid": "AccountUsesThroughServices",
                        "Effect": "Allow",
                        "Principal": _ACCOUNT_ROOT,
                        "Action": [
                            "kms:Decrypt",
                            "kms:DescribeKey",
                            "kms:Encrypt",
                            "kms:GenerateDataKey",
                            *_REENCRYPTION,
                        ],
                        "Resource": "*",
                        "Condition": {"StringEquals": {"kms:ViaService": through}},
                    },
                    {
                        "Sid": "CloudFormationPublishesStackEvents",
                        "Effect": "Allow",
                        "Principal": _CLOUDFORMATION,
                        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                        "Resource": "*",
                        "Condition": _OUR_ACCOUNT,
                    },
                    _sftp_log_is_encrypted(),
                ],
            },
        },
    }


def _sftp_log_is_encrypted() -> Statement:
    """Let CloudWatch Logs of this account use the project's key for the log of an SFTP server.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    group = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${AWS::StackName}-" + SFTP_LOG + "-*"
    return {
        "Sid": "SftpLogIsEncrypted",
        "Effect": "Allow",
        "Principal": {"Service": {"Fn::Sub": "logs.${AWS::Region}.${AWS::URLSuffix}"}},
        "Action": ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", *_REENCRYPTION],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": {"Fn::Sub": group}}},
    }


def key_alias() -> dict[str, Any]:
    """Give the key's name for people."""
    return {
        "Type": "AWS::KMS::Alias",
        "Properties": {"AliasName": KEY_ALIAS, "TargetKeyId": {"Ref": "Key"}},
    }


def topic() -> dict[str, Any]:
    """Give the topic to which CloudFormation tells every stack event.

    Under the project's own key, since the key that AWS manages for SNS lets no other service publish:
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    return {
        "Type": "AWS::SNS::Topic",
        "Properties": {"TopicName": TOPIC, "KmsMasterKeyId": {"Fn::GetAtt": ["Key", "Arn"]}},
    }


def topic_policy(hub_account: str) -> dict[str, Any]:
    """Let CloudFormation publish for stacks of this account, the hub subscribe a queue of its own, nobody without TLS.

    The hub subscribes, and not this stack: a subscription by the queue's owner needs no confirmation
    (https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html). `IfExists`: SNS sends both
    keys with every Subscribe (https://docs.aws.amazon.com/sns/latest/dg/sns-using-identity-based-policies.html), and
    who emulates it may not; nobody outside the hub gets in either way.
    """
    return {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {
            "Topics": [{"Ref": "StackEvents"}],
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Sid": "CloudFormationPublishes",
                        "Effect": "Allow",
                        "Principal": _CLOUDFORMATION,
                        "Action": "sns:Publish",
                        "Resource": {"Ref": "StackEvents"},
                        "Condition": _OUR_ACCOUNT,
                    },
                    {
                        "Sid": "HubSubscribesItsQueue",
                        "Effect": "Allow",
                        "Principal": {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{hub_account}:root"}},
                        "Action": "sns:Subscribe",
                        "Resource": {"Ref": "StackEvents"},
                        "Condition": {
                            "StringEqualsIfExists": {"sns:Protocol": "sqs"},
                            "StringLikeIfExists": {
                                "sns:Endpoint": {"Fn::Sub": f"arn:${{AWS::Partition}}:sqs:*:{hub_account}:*"}
                            },
                        },
                    },
                    {
                        "Sid": "DenyWithoutTls",
                        "Effect": "Deny",
                        "Principal": "*",
                        "Action": "sns:Publish",
                        "Resource": {"Ref": "StackEvents"},
                        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                    },
                ],
            },
        },
    }
