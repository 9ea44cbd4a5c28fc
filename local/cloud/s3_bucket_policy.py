"""AWS::S3::BucketPolicy through S3's own PutBucketPolicy, with the checks S3 makes of a policy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html
"""

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ministack.services import s3
from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud.s3_bucket import check

Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, str]]


def install() -> None:
    """Put this provisioner in the place of ministack's."""
    provisioners._RESOURCE_HANDLERS["AWS::S3::BucketPolicy"].update(
        create=_create_policy, update=_update_policy, delete=_delete_policy
    )


def _create_policy(_logical_id: str, properties: Properties, _stack_name: str) -> Provisioned:
    bucket = str(properties["Bucket"])
    if s3._bucket_policies.get(bucket):
        raise ValueError(f"The bucket policy already exists on bucket {bucket}.")
    _put_policy(bucket, properties["PolicyDocument"])
    return bucket, {}


def _update_policy(physical_id: str, old: Properties, new: Properties, stack_name: str) -> Provisioned:
    if new["Bucket"] != old["Bucket"]:
        return _create_policy(physical_id, new, stack_name)
    _put_policy(str(new["Bucket"]), new["PolicyDocument"])
    return str(new["Bucket"]), {}


def _delete_policy(_physical_id: str, properties: Properties) -> None:
    s3._delete_bucket_policy(str(properties["Bucket"]))


def _put_policy(bucket: str, document: Mapping[str, Any] | str) -> None:
    parsed = json.loads(document) if isinstance(document, str) else document
    _check_resources(bucket, parsed)
    check(s3._put_bucket_policy(bucket, json.dumps(parsed).encode()))


def _check_resources(bucket: str, policy: Mapping[str, Any]) -> None:
    """Refuse a statement about anything but this bucket, as S3 does (MalformedPolicy)."""
    statements = policy.get("Statement") or []
    for statement in [statements] if isinstance(statements, Mapping) else statements:
        resources = statement.get("Resource") or statement.get("NotResource")
        for resource in [resources] if isinstance(resources, str) else resources or [""]:
            if not _names_bucket(str(resource), bucket):
                raise ValueError(_sdk_error("Policy has invalid resource", "S3", HTTPStatus.BAD_REQUEST))


def _names_bucket(resource: str, bucket: str) -> bool:
    name = resource.removeprefix("arn:aws:s3:::").split("/", 1)[0]
    return resource.startswith("arn:aws:s3:::") and name == bucket
