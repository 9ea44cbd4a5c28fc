"""Failing, hanging and taking long on purpose, by the name of a bucket, a user or an SFTP user; in any account.

| the name begins with | what happens |
|---|---|
| `fail-create-once-` | its first creation fails and is rolled back, a later one succeeds |
| `fail-create-rollback-` | the second resource of its stack fails to be created, and the first cannot be removed |
| `fail-create-` | its creation fails, each time |
| `fail-update-once-` | its first change fails and is rolled back, a later one succeeds |
| `fail-update-` | every change of it fails and is rolled back |
| `fail-rollback-once-` | every change fails, and so does its rollback; ContinueUpdateRollback succeeds |
| `fail-rollback-twice-` | as above, but only the second ContinueUpdateRollback succeeds |
| `fail-rollback-` | as above, but none does, unless the resource is skipped |
| `fail-delete-once-` | its first deletion fails, a later one succeeds |
| `fail-delete-` | its deletion fails, each time; only retaining it helps |
| `slow-<seconds>-` | it takes so many seconds to be created, changed, rolled back or deleted |

"Once" and "twice" are counted until the local cloud is restarted. The reason given is an internal error of the service.
"""

import re
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services import cloudformation
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud.cloudformation_events import current_update

Properties = Mapping[str, Any]

BROKEN = "We encountered an internal error. Please try again."
# The property that names the resource, and the service's name in its errors.
NAMED = {
    "AWS::S3::Bucket": ("BucketName", "S3"),
    "AWS::IAM::User": ("UserName", "Iam"),
    "AWS::Transfer::User": ("UserName", "Transfer"),
}
# What fails, and how often, by the longest prefix that the name has.
FAILURES: Mapping[str, Mapping[str, float]] = {
    "fail-create-once-": {"create": 1},
    "fail-create-rollback-": {},
    "fail-create-": {"create": float("inf")},
    "fail-update-once-": {"update": 1},
    "fail-update-": {"update": float("inf")},
    "fail-rollback-once-": {"update": float("inf"), "revert": 1},
    "fail-rollback-twice-": {"update": float("inf"), "revert": 2},
    "fail-rollback-": {"update": float("inf"), "revert": float("inf")},
    "fail-delete-once-": {"delete": 1},
    "fail-delete-": {"delete": float("inf")},
}
UNDELETED = "fail-create-rollback-"
SLOW = re.compile(r"slow-(\d{1,4})-")

_failed: Counter[tuple[str, str, str, str]] = Counter()


def seconds(resource_type: str, properties: Properties) -> float | None:
    """Return the time that the resource's name asks for, or None."""
    asked = SLOW.match(_name(resource_type, properties))
    return float(asked[1]) if asked else None


def fail(verb: str, resource_type: str, stack_name: str, properties: Properties) -> None:
    """Raise ValueError, worded as the service's internal error, if this step of the resource is to fail.

    `verb` is create, update, revert (the way back of a failed update) or delete.
    """
    name = _name(resource_type, properties)
    _fail_halfway(verb, resource_type, stack_name)
    failures = next((told for prefix, told in FAILURES.items() if name.startswith(prefix)), {})
    step = (get_account_id(), resource_type, name, verb)
    if _failed[step] >= failures.get(verb, 0):
        return
    _failed[step] += 1
    update = current_update.get()
    if verb == "update" and "revert" in failures and update is not None:
        update.reverts_failed = True
        _failed[*step[:3], "revert"] = 0
    raise ValueError(_broken(resource_type))


def _fail_halfway(verb: str, resource_type: str, stack_name: str) -> None:
    """Fail the second creation of a stack that is to fail halfway, and the removal of the first."""
    stack = cloudformation._stacks.get(stack_name) or {}
    resources = (stack.get("_template") or {}).get("Resources", {}).values()
    named = [_name(resource["Type"], resource.get("Properties") or {}) for resource in resources]
    if not any(name.startswith(UNDELETED) for name in named):
        return
    second = verb == "create" and stack.get("_resources") and stack["StackStatus"] == "CREATE_IN_PROGRESS"
    if second or (verb == "delete" and stack["StackStatus"] == "ROLLBACK_IN_PROGRESS"):
        raise ValueError(_broken(resource_type))


def _name(resource_type: str, properties: Properties) -> str:
    name = properties.get(NAMED[resource_type][0]) if resource_type in NAMED else ""
    return name if isinstance(name, str) else ""


def _broken(resource_type: str) -> str:
    service = NAMED.get(resource_type, ("", resource_type.split("::")[1]))[1]
    return str(_sdk_error(BROKEN, service, HTTPStatus.INTERNAL_SERVER_ERROR))
