"""AWS::S3::Bucket with every hardening property of ours applied, read back, changed and removed as on AWS.

ministack itself applies BucketName, PublicAccessBlockConfiguration, CorsConfiguration, WebsiteConfiguration and
NotificationConfiguration, and switches versioning on; here the rest goes through S3's own API functions. A property
that an update takes away goes back to what a new bucket has. Versioning that was on can only be suspended.
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.etree import ElementTree as ET

from ministack.services import s3
from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud.s3_lifecycle import lifecycle_request
from local.cloud.s3_requests import request_body

Properties = Mapping[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Provisioned = tuple[str, dict[str, str]]

BUCKET = "AWS::S3::Bucket"
NOT_EMPTY = "The bucket you tried to delete is not empty. You must delete all versions in the bucket."


@dataclass(frozen=True)
class Setting:
    """One property of a bucket: how its S3 request is written, sent and taken back."""

    name: str
    write: Callable[[Any], bytes]
    put: Callable[[str, bytes], Answer]
    clear: Callable[[str], Any]


def _encryption(value: Properties) -> bytes:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": dict(rule["ServerSideEncryptionByDefault"]),
            "BucketKeyEnabled": _is_true(rule.get("BucketKeyEnabled", False)),
        }
        for rule in value["ServerSideEncryptionConfiguration"]
    ]
    return request_body("PutBucketEncryption", ServerSideEncryptionConfiguration={"Rules": rules})


def _logging(value: Properties) -> bytes:
    target = str(value.get("DestinationBucketName") or "")
    if target and s3._buckets.get(target) is None:
        # S3 refuses a target that is not there or belongs to another account.
        raise ValueError(_sdk_error("The target bucket for logging does not exist", "S3", HTTPStatus.BAD_REQUEST))
    enabled = {"TargetBucket": target, "TargetPrefix": str(value.get("LogFilePrefix") or "")}
    return request_body("PutBucketLogging", BucketLoggingStatus={"LoggingEnabled": enabled})


def _object_lock(value: Properties) -> bytes:
    configuration: dict[str, Any] = {"ObjectLockEnabled": value.get("ObjectLockEnabled", "Enabled")}
    retention = (value.get("Rule") or {}).get("DefaultRetention")
    if retention:
        period = {unit: int(retention[unit]) for unit in ("Days", "Years") if unit in retention}
        configuration["Rule"] = {"DefaultRetention": {"Mode": retention["Mode"], **period}}
    return request_body("PutObjectLockConfiguration", ObjectLockConfiguration=configuration)


def _clear_object_lock(name: str) -> None:
    # Object Lock itself cannot be switched off again, its default retention can.
    s3._put_object_lock_configuration(name, _object_lock({}))


def _suspend_versioning(name: str) -> None:
    s3._put_bucket_versioning(name, _versioning({"Status": "Suspended"}))


def _versioning(value: Properties) -> bytes:
    return request_body("PutBucketVersioning", VersioningConfiguration={"Status": value["Status"]})


def _tags(value: list[Properties]) -> bytes:
    tags = [{"Key": str(tag["Key"]), "Value": str(tag["Value"])} for tag in value]
    return request_body("PutBucketTagging", Tagging={"TagSet": tags})


# In this order: Object Lock demands versioning.
SETTINGS = (
    Setting("VersioningConfiguration", _versioning, s3._put_bucket_versioning, _suspend_versioning),
    Setting("BucketEncryption", _encryption, s3._put_bucket_encryption, s3._delete_bucket_encryption),
    Setting(
        "OwnershipControls",
        lambda value: request_body("PutBucketOwnershipControls", OwnershipControls={"Rules": value["Rules"]}),
        s3._put_bucket_ownership_controls,
        s3._delete_bucket_ownership_controls,
    ),
    Setting(
        "LifecycleConfiguration",
        lambda value: request_body("PutBucketLifecycleConfiguration", LifecycleConfiguration=lifecycle_request(value)),
        s3._put_bucket_lifecycle,
        s3._delete_bucket_lifecycle,
    ),
    Setting(
        "LoggingConfiguration",
        _logging,
        s3._put_bucket_logging,
        lambda name: s3._bucket_logging_config.pop(name, None),
    ),
    Setting("ObjectLockConfiguration", _object_lock, s3._put_object_lock_configuration, _clear_object_lock),
    Setting("Tags", _tags, s3._put_bucket_tagging, s3._delete_bucket_tagging),
)


def install() -> None:
    """Put this provisioner in the place of ministack's, and let stack tags reach the bucket."""
    handlers = provisioners._RESOURCE_HANDLERS[BUCKET]
    handlers["create"] = _create(handlers["create"])
    handlers["update"] = _update(handlers["update"])
    handlers["delete"] = delete_bucket
    provisioners._STACK_TAG_PROPERTY[BUCKET] = ("Tags", "list")
    provisioners._REPLACING_PROPERTIES[BUCKET] = ("BucketName",)
    provisioners.s3_bucket_name_conflict = _name_conflict


def _create(create: Callable[[str, Properties, str], Provisioned]) -> Callable[[str, Properties, str], Provisioned]:
    def create_bucket(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        name, attributes = create(logical_id, properties, stack_name)
        try:
            if _is_true(properties.get("ObjectLockEnabled", False)):
                _enable_object_lock(name)
            _apply(name, properties, {})
        except Exception:
            # A bucket whose settings were refused is not left behind half made.
            s3._delete_bucket(name)
            raise
        return name, attributes

    return create_bucket


def _update(
    update: Callable[[str, Properties, Properties, str], Provisioned],
) -> Callable[[str, Properties, Properties, str], Provisioned]:
    def update_bucket(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Provisioned:
        if new.get("BucketName", physical_id) != physical_id:
            return _create(provisioners._s3_create)(physical_id, new, stack_name)
        if _is_true(old.get("ObjectLockEnabled", False)) and not _is_true(new.get("ObjectLockEnabled", False)):
            raise ValueError("Object Lock cannot be disabled on a bucket once it is enabled")
        name, attributes = update(physical_id, old, new, stack_name)
        if _is_true(new.get("ObjectLockEnabled", False)) and not s3._bucket_object_lock.get(name):
            _enable_object_lock(name)
        _apply(name, new, old)
        return name, attributes

    return update_bucket


def delete_bucket(physical_id: str, _properties: Properties) -> None:
    """Delete the bucket, or fail as S3 does while it holds an object, a version or a delete marker.

    A bucket that is gone already counts as deleted, as in CloudFormation.
    """
    status, _, body = s3._delete_bucket(physical_id)
    if status == HTTPStatus.CONFLICT:
        raise ValueError(_sdk_error(NOT_EMPTY, "S3", status))
    if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.NOT_FOUND:
        raise ValueError(_refusal(status, body))


def _apply(name: str, new: Properties, old: Properties) -> None:
    for setting in SETTINGS:
        if setting.name in new:
            if new[setting.name] != old.get(setting.name):
                check(setting.put(name, setting.write(new[setting.name])))
        elif setting.name in old:
            setting.clear(name)


def _enable_object_lock(name: str) -> None:
    s3._bucket_versioning[name] = "Enabled"
    check(s3._put_object_lock_configuration(name, _object_lock({})))


def check(answer: Answer) -> None:
    """Raise ValueError with S3's own words unless S3 accepted the request."""
    status, _, body = answer
    if status >= HTTPStatus.BAD_REQUEST:
        raise ValueError(_refusal(status, body))


def _refusal(status: int, body: bytes) -> str:
    # The answer comes from this very process, not from the network.
    message = ET.fromstring(body).findtext("Message") or "S3 refused the request"  # noqa: S314
    return str(_sdk_error(message, "S3", status))


def _name_conflict(name: str) -> str | None:
    """Refuse before deployment only a bucket of this very account.

    "Resource name conflict detection" looks at the account's own resources; a name that another account holds
    fails later, when S3 is asked for it: "<name> already exists".
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    if s3._buckets.get(name) is None:
        return None
    return f"Resource of type '{BUCKET}' with identifier '{name}' already exists."


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
