"""Drift of buckets, IAM users, roles and managed policies, property by property, as its caller may read them.

ministack compares a few properties only. Here every property that the template sets is compared with what the service
holds; what is not allowed to be read is UNKNOWN and fails the detection. A detection takes the time of one resource.
Types that are not read, as bucket policies, access keys and SFTP users are not, stay NOT_CHECKED.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from ministack.services import cloudformation, iam
from ministack.services.cloudformation import drift
from ministack.services.cloudformation.helpers import _p

from local.cloud.cloudformation_requests import Answer, Handler, Parameters
from local.cloud.cloudformation_resources import Step, seconds_per_step
from local.cloud.cloudformation_roles import act_as, demand_permissions
from local.cloud.patching import wrap_action
from local.cloud.s3_settings import bucket_properties

Properties = Mapping[str, Any]
Reader = Callable[[str, Properties], dict[str, Any] | None]

NOTHING: tuple[Any, ...] = (None, "", False, [], {})
MESSAGE = re.compile(rb"<StackDriftDetectionId>([^<]+)</StackDriftDetectionId>")
RESULTS = re.compile(rb"<StackDriftStatus>[^<]*</StackDriftStatus>|<DriftedStackResourceCount>\d*</[^>]+>")

_ready_at: dict[str, float] = {}


def install() -> None:
    """Put the readers in the place of ministack's, and let a detection take its time."""
    for resource_type, (read, names) in READERS.items():
        drift._DRIFT_READERS[resource_type] = (_permitted(resource_type, read), frozenset(names))
    actions = cloudformation._ACTION_HANDLERS
    wrap_action(actions, "DetectStackDrift", detect)
    wrap_action(actions, "DetectStackResourceDrift", detect)
    wrap_action(actions, "DescribeStackDriftDetectionStatus", describe_status)


def detect(following: Handler, parameters: Parameters) -> Answer:
    """DetectStackDrift and DetectStackResourceDrift, which read the resources with the caller's permissions."""
    act_as("")
    answer = following(parameters)
    found = MESSAGE.search(answer[2])
    if found:
        _ready_at[found[1].decode()] = time.monotonic() + seconds_per_step()
    return answer


def describe_status(following: Handler, parameters: Parameters) -> Answer:
    """DescribeStackDriftDetectionStatus: DETECTION_IN_PROGRESS, without a result, until the time is over."""
    status, headers, body = following(parameters)
    if status == HTTPStatus.OK and time.monotonic() < _ready_at.get(_p(parameters, "StackDriftDetectionId"), 0.0):
        body = RESULTS.sub(b"", body)
        body = re.sub(rb"DETECTION_(COMPLETE|FAILED)", b"DETECTION_IN_PROGRESS", body)
    return status, headers, body


def read_user(name: str, _properties: Properties) -> dict[str, Any] | None:
    """Read an IAM user."""
    user = iam._users.get(name)
    if user is None:
        return None
    groups = [group["GroupName"] for group in iam._groups.values() if name in group.get("Users", [])]
    policies = _inline(iam._user_inline_policies.get(name) or {})
    return {"UserName": name, "Path": user["Path"], "Groups": groups, "Policies": policies, **_entity(user)}


def read_role(name: str, _properties: Properties) -> dict[str, Any] | None:
    """Read a role."""
    role = iam._roles.get(name)
    if role is None:
        return None
    return {
        "RoleName": name,
        "Path": role["Path"],
        "Description": role.get("Description", ""),
        "MaxSessionDuration": role.get("MaxSessionDuration"),
        "AssumeRolePolicyDocument": _document(role["AssumeRolePolicyDocument"]),
        "Policies": _inline(role.get("InlinePolicies") or {}),
        **_entity(role),
    }


def read_policy(arn: str, _properties: Properties) -> dict[str, Any] | None:
    """Read a managed policy's default version."""
    policy = iam._policies.get(arn)
    if policy is None:
        return None
    attached = {
        name: [key for key, entity in getattr(iam, store).items() if arn in entity.get("AttachedPolicies", [])]
        for name, store in (("Users", "_users"), ("Roles", "_roles"), ("Groups", "_groups"))
    }
    return {
        "ManagedPolicyName": policy["PolicyName"],
        "Path": policy["Path"],
        "Description": policy["Description"],
        "PolicyDocument": _document(policy["Versions"][policy["DefaultVersionId"]]["Document"]),
        **attached,
    }


READERS: Mapping[str, tuple[Reader, tuple[str, ...]]] = {
    "AWS::S3::Bucket": (
        bucket_properties,
        (
            "BucketEncryption",
            "BucketName",
            "LifecycleConfiguration",
            "LoggingConfiguration",
            "ObjectLockConfiguration",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        ),
    ),
    "AWS::IAM::User": (
        read_user,
        ("Groups", "ManagedPolicyArns", "Path", "PermissionsBoundary", "Policies", "Tags", "UserName"),
    ),
    "AWS::IAM::Role": (
        read_role,
        (
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        ),
    ),
    "AWS::IAM::ManagedPolicy": (
        read_policy,
        ("Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"),
    ),
}


def _permitted(resource_type: str, read: Reader) -> Reader:
    """Read what the caller may read, without the defaults that the template does not speak of."""

    def read_permitted(physical_id: str, properties: Properties) -> dict[str, Any] | None:
        step = Step("read", resource_type, "", physical_id, "", properties, {})
        demand_permissions("read", resource_type, step.name, {}, {})
        found = read(physical_id, properties)
        return None if found is None else _spoken_of(properties, found)

    return read_permitted


def _spoken_of(expected: Any, actual: Any) -> Any:
    """Leave out of what the service holds the settings that stand for nothing and that the template leaves open."""
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        return {
            key: _spoken_of(expected.get(key), value)
            for key, value in actual.items()
            if value is not None and (key in expected or value not in NOTHING)
        }
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [_spoken_of(one, other) for one, other in zip(expected, actual, strict=True)]
    return actual


def _entity(entity: Properties) -> dict[str, Any]:
    return {
        "ManagedPolicyArns": list(entity.get("AttachedPolicies", [])),
        "PermissionsBoundary": entity.get("PermissionsBoundary") or None,
        "Tags": list(entity.get("Tags") or []),
    }


def _inline(policies: Properties) -> list[dict[str, Any]]:
    return [{"PolicyName": name, "PolicyDocument": _document(text)} for name, text in sorted(policies.items())]


def _document(text: str | Properties) -> Any:
    return json.loads(text) if isinstance(text, str) else text
