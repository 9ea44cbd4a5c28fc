"""A bucket's settings as S3 answers them, written as the properties of AWS::S3::Bucket.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

import functools
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from botocore.parsers import create_parser
from botocore.session import Session
from ministack.services import s3

Read = dict[str, Any]


def bucket_properties(name: str, _properties: Mapping[str, Any]) -> Read | None:
    """Return every setting that the bucket has, or None if it is gone."""
    if name not in s3._buckets:
        return None
    found: Read = {"BucketName": name}
    for setting, (operation, ask, write) in SETTINGS.items():
        answer = _parsed(operation, *ask(name))
        written = write(answer) if answer is not None else None
        if written:
            found[setting] = written
    return found


@functools.cache
def _shape(operation: str) -> Any:
    return Session().get_service_model("s3").operation_model(operation).output_shape


def _parsed(operation: str, status: int, headers: Mapping[str, str], body: bytes) -> Read | None:
    """Read an answer as an SDK does; None for the refusal that tells that there is no such setting."""
    if status >= HTTPStatus.BAD_REQUEST:
        return None
    answer = {"status_code": status, "headers": dict(headers), "body": body}
    parsed: Read = create_parser("rest-xml").parse(answer, _shape(operation))
    parsed.pop("ResponseMetadata", None)
    return parsed


def _encryption(answer: Read) -> Read:
    rules = [
        {
            "ServerSideEncryptionByDefault": rule.get("ApplyServerSideEncryptionByDefault", {}),
            "BucketKeyEnabled": rule.get("BucketKeyEnabled", False),
        }
        for rule in answer["ServerSideEncryptionConfiguration"]["Rules"]
    ]
    return {"ServerSideEncryptionConfiguration": rules}


def _logging(answer: Read) -> Read:
    enabled = answer.get("LoggingEnabled")
    if not enabled:
        return {}
    return {"DestinationBucketName": enabled["TargetBucket"], "LogFilePrefix": enabled.get("TargetPrefix", "")}


def _lifecycle(answer: Read) -> Read:
    return {"Rules": [_rule(rule) for rule in answer.get("Rules", [])]}


def _rule(rule: Read) -> Read:
    conditions = {**rule.get("Filter", {}), **rule.get("Filter", {}).get("And", {})}
    tags = conditions.get("Tags", []) + ([conditions["Tag"]] if "Tag" in conditions else [])
    expiration = rule.get("Expiration", {})
    written = {
        "Id": rule.get("ID"),
        "Status": rule["Status"],
        "Prefix": conditions.get("Prefix") or rule.get("Prefix"),
        "TagFilters": tags,
        "ObjectSizeGreaterThan": conditions.get("ObjectSizeGreaterThan"),
        "ObjectSizeLessThan": conditions.get("ObjectSizeLessThan"),
        "ExpirationInDays": expiration.get("Days"),
        "ExpirationDate": expiration.get("Date"),
        "ExpiredObjectDeleteMarker": expiration.get("ExpiredObjectDeleteMarker"),
        "NoncurrentVersionExpiration": rule.get("NoncurrentVersionExpiration"),
        "AbortIncompleteMultipartUpload": rule.get("AbortIncompleteMultipartUpload"),
        "Transitions": [
            {"StorageClass": move["StorageClass"], "TransitionInDays": move.get("Days")}
            for move in rule.get("Transitions", [])
        ],
    }
    return {key: value for key, value in written.items() if value not in (None, [], "")}


SETTINGS: Mapping[str, tuple[str, Callable[[str], Any], Callable[[Read], Any]]] = {
    "BucketEncryption": ("GetBucketEncryption", s3._get_bucket_encryption, _encryption),
    "LifecycleConfiguration": ("GetBucketLifecycleConfiguration", s3._get_bucket_lifecycle, _lifecycle),
    "LoggingConfiguration": ("GetBucketLogging", s3._get_bucket_logging, _logging),
    "ObjectLockConfiguration": (
        "GetObjectLockConfiguration",
        s3._get_object_lock_configuration,
        lambda answer: answer["ObjectLockConfiguration"],
    ),
    "OwnershipControls": (
        "GetBucketOwnershipControls",
        s3._get_bucket_ownership_controls,
        lambda answer: answer["OwnershipControls"],
    ),
    "PublicAccessBlockConfiguration": (
        "GetPublicAccessBlock",
        s3._get_public_access_block,
        lambda answer: answer["PublicAccessBlockConfiguration"],
    ),
    "Tags": ("GetBucketTagging", s3._get_bucket_tagging, lambda answer: answer["TagSet"]),
    "VersioningConfiguration": (
        "GetBucketVersioning",
        s3._get_bucket_versioning,
        lambda answer: {"Status": answer["Status"]} if "Status" in answer else {},
    ),
}
