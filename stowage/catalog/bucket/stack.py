"""The stack that a bucket is: the bucket itself and its policy."""

from typing import Any, TypedDict, cast

from stowage.catalog.metadata import template_metadata, version_mark
from stowage.domain.changes import Spec
from stowage.domain.kinds import RenderRequest, Template

ABANDONED_UPLOAD_DAYS = 7
# What a spec without these fields means; the schema tells the same defaults, and a test holds the two together.
NONCURRENT_DAYS = 90
DATA_CLASS = "internal"
LOG_PREFIX = "s3/"
_KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"


class Retention(TypedDict):
    """A spec's Object Lock retention, whole."""

    mode: str
    days: int


def retention_of(spec: Spec) -> Retention | None:
    """Give the retention a spec asks for, with the default mode filled in; None without one."""
    asked = cast("dict[str, Any] | None", spec.get("retention"))
    if asked is None:
        return None
    return {"mode": str(asked.get("mode", "governance")), "days": int(asked["days"])}


def render(request: RenderRequest) -> Template:
    """Give the template of a bucket's stack; equal requests give equal templates.

    From the spec come only numbers, values of enums and tag texts that the schema's patterns allow: never a key,
    never inside an intrinsic function (invariant S2). The logical ids never change, or CloudFormation would replace.
    """
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Stowage: a hardened S3 bucket. Change it in Stowage, not here.",
        "Metadata": template_metadata("bucket", request),
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                # S3 refuses to delete a bucket that holds anything, so deleting the stack never loses data: Delete.
                # A replacement never happens (the name is the resource's), but if it did the old one must stay.
                "DeletionPolicy": "Delete",
                "UpdateReplacePolicy": "Retain",
                "Metadata": version_mark(request),
                "Properties": _bucket(request),
            },
            "BucketPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                # It goes with its bucket. Deleted by CloudFormation it would go first, and a bucket that is not empty
                # would stand without it. A creation that fails takes it away, so that it can be tried again.
                "DeletionPolicy": "RetainExceptOnCreate",
                "UpdateReplacePolicy": "Retain",
                "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": _policy(request.project.kms_key_arn)},
            },
        },
        "Outputs": {
            "Name": {"Description": "The bucket's name.", "Value": {"Ref": "Bucket"}},
            "Arn": {"Description": "The bucket's ARN.", "Value": {"Fn::GetAtt": ["Bucket", "Arn"]}},
            "Region": {"Description": "Where the bucket stands.", "Value": {"Ref": "AWS::Region"}},
        },
    }


def _bucket(request: RenderRequest) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "BucketName": request.name,
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {
                    "BucketKeyEnabled": True,
                    "ServerSideEncryptionByDefault": {
                        "SSEAlgorithm": "aws:kms",
                        "KMSMasterKeyID": request.project.kms_key_arn,
                    },
                }
            ]
        },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "LoggingConfiguration": {
            "DestinationBucketName": request.project.log_bucket,
            "LogFilePrefix": f"{LOG_PREFIX}{request.name}/",
        },
        "LifecycleConfiguration": {"Rules": _lifecycle(request.spec)},
        "Tags": _tags(request.spec),
    }
    if retention := retention_of(request.spec):
        default = {"Mode": retention["mode"].upper(), "Days": retention["days"]}
        properties["ObjectLockEnabled"] = True
        properties["ObjectLockConfiguration"] = {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": default},
        }
    return properties


def _lifecycle(spec: Spec) -> list[dict[str, Any]]:
    noncurrent = spec.get("noncurrentDays")
    rules: list[dict[str, Any]] = [
        {
            "Id": "remove-leftovers",
            "Status": "Enabled",
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABANDONED_UPLOAD_DAYS},
            "NoncurrentVersionExpiration": {"NoncurrentDays": NONCURRENT_DAYS if noncurrent is None else noncurrent},
            # S3 takes it only in a rule without days of expiration, hence two rules.
            "ExpiredObjectDeleteMarker": True,
        }
    ]
    if (days := spec.get("lifecycleDays")) is not None:
        rules.append({"Id": "expire-objects", "Status": "Enabled", "ExpirationInDays": days})
    return rules


def _tags(spec: Spec) -> list[dict[str, Any]]:
    extra = cast("dict[str, str]", spec.get("tags") or {})
    own = {
        "stowage:owner": spec["owner"],
        "stowage:cost-centre": spec["costCentre"],
        "stowage:data-class": spec.get("dataClass", DATA_CLASS),
    }
    return [{"Key": key, "Value": value} for key, value in sorted((extra | own).items())]


def _policy(kms_key_arn: str) -> dict[str, Any]:
    """Give the bucket's policy: denials only, so that it opens nothing to anybody."""
    whole: list[Any] = [
        {"Fn::GetAtt": ["Bucket", "Arn"]},
        {"Fn::Join": ["/", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "*"]]},
    ]
    objects = whole[1]
    return {
        "Version": "2012-10-17",
        "Statement": [
            _deny("DenyWithoutTls", "s3:*", whole, {"Bool": {"aws:SecureTransport": "false"}}),
            _deny("DenyTlsBelow12", "s3:*", whole, {"NumericLessThan": {"s3:TlsVersion": "1.2"}}),
            # An upload that names no encryption gets the bucket's default; one that names another is refused.
            _deny(
                "DenyOtherEncryption", "s3:PutObject", objects, _another("s3:x-amz-server-side-encryption", "aws:kms")
            ),
            _deny("DenyOtherKey", "s3:PutObject", objects, _another(_KEY_HEADER, kms_key_arn)),
        ],
    }


def _another(key: str, value: str) -> dict[str, Any]:
    """Match a request that carries the header `key` with another value.

    `StringNotEquals` alone, and with `IfExists` too, would match a request without the header:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    return {"Null": {key: "false"}, "StringNotEquals": {key: value}}


def _deny(sid: str, action: str, resource: object, condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": resource,
        "Condition": condition,
    }
