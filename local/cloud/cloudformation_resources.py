"""The one gate through which CloudFormation touches a resource: supported, permitted, paced, and failing on purpose.

**Pace.** In every account but the hub's each resource takes STOWAGE_STEP_SECONDS to create, change or delete, so that
`*_IN_PROGRESS` can be watched; waiting never holds up other requests. A resource that an update leaves alone takes no
time.

**Failing on purpose**, in any account, by the name of a bucket:

- `fail-create-once-…`: its first creation fails, a later one succeeds (until the local cloud is restarted);
- `fail-create-…`: its creation fails, each time;
- `fail-update-…`: every change of it fails, and is rolled back; creating and deleting it works.

The stack then ends in ROLLBACK_COMPLETE or UPDATE_ROLLBACK_COMPLETE, with S3's internal error as the first failure.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services.cloudformation import stacks
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud.cloudformation_events import begin_removal, begin_resource, end_removal
from local.cloud.cloudformation_roles import demand_permissions
from local.cloud.cloudformation_support import refuse_unsupported

HUB = "000000000000"
BUCKET = "AWS::S3::Bucket"
BROKEN = "We encountered an internal error. Please try again."

_may_block = stacks._runs_on_worker_thread
_run_on_thread = stacks.run_reentrant
_failed_once: set[str] = set()


@dataclass(frozen=True)
class Step:
    """One create, update, revert or delete of one resource, as ministack is about to do it."""

    verb: str
    resource_type: str
    logical_id: str
    physical_id: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def idle(self) -> bool:
        """Tell whether an update leaves the resource alone."""
        return self.verb in {"update", "revert"} and self.old == self.new

    @property
    def name(self) -> str:
        """Return the resource's physical name as an ARN spells it, as far as it is known beforehand."""
        properties = self.new or self.old
        if self.resource_type == "AWS::S3::BucketPolicy":
            return str(properties.get("Bucket", ""))
        if self.resource_type == "AWS::SQS::QueuePolicy":
            return str(next(iter(properties.get("Queues", ())), "")).rsplit("/", 1)[-1]
        last = self.resource_type.startswith(("AWS::IAM", "AWS::SQS"))  # an ARN or a URL, of which the name is the end
        known = self.physical_id.rsplit("/", 1)[-1] if last else self.physical_id
        path = str(properties.get("Path", "/")).lstrip("/") if self.resource_type.startswith("AWS::IAM") else ""
        names = ("BucketName", "RoleName", "UserName", "ManagedPolicyName", "AliasName", "QueueName")
        given = next((str(properties[key]) for key in names if key in properties), "")
        return path + (known or given)


def install() -> None:
    """Send every step of every stack through the gate."""
    stacks._runs_on_worker_thread = lambda _resource_type: True
    stacks.run_reentrant = run_step


async def run_step(operation: Callable[..., Any], *arguments: Any) -> Any:
    """Do one step of a stack operation, and return what ministack's own function returns.

    Raises ValueError, whose text becomes the resource's ResourceStatusReason, when the step is refused or fails.
    """
    step = _read(operation, arguments)
    begin_resource(step.logical_id, changed=not step.idle, created=step.verb == "create")
    if step.idle:
        return operation(*arguments)
    told = step.verb == "delete" and begin_removal(step.logical_id, step.resource_type, step.physical_id)
    if step.verb in {"create", "update"}:
        refuse_unsupported(step.resource_type, step.new)
    await asyncio.sleep(_seconds())
    verb = "update" if step.verb == "revert" else step.verb
    demand_permissions(verb, step.resource_type, step.name, step.old, step.new)
    _fail_on_purpose(step)
    if _may_block(step.resource_type):
        result = await _run_on_thread(operation, *arguments)
    else:
        result = operation(*arguments)
    if told:
        end_removal(step.logical_id, step.resource_type, step.physical_id)
    return result


def _read(operation: Callable[..., Any], arguments: tuple[Any, ...]) -> Step:
    """Recognise one of the four functions that ministack's engine runs."""
    if operation is stacks._provision_keeping_seed:
        resource_type, logical_id, new, stack_name = arguments
        expected = "" if resource_type == "AWS::KMS::Key" else f"{stack_name}-{logical_id}"
        named = Step("create", resource_type, logical_id, "", {}, new)
        return named if named.name else Step("create", resource_type, logical_id, expected, {}, new)
    if operation is stacks._delete_resource:
        resource_type, physical_id, old, _, logical_id = arguments
        return Step("delete", resource_type, logical_id, physical_id, old, {})
    verb = {stacks._update_keeping_seed: "update", stacks._update_resource: "revert"}[operation]
    resource_type, physical_id, old, new, _, logical_id, *_ = arguments
    return Step(verb, resource_type, logical_id, physical_id, old, new)


def _seconds() -> float:
    return 0.0 if get_account_id() == HUB else float(os.environ.get("STOWAGE_STEP_SECONDS", "0"))


def _fail_on_purpose(step: Step) -> None:
    if step.resource_type != BUCKET:
        return
    name = str(step.new.get("BucketName", ""))
    if step.verb == "create" and name.startswith("fail-create-"):
        once = name.startswith("fail-create-once-")
        if once and name in _failed_once:
            return
        _failed_once.add(name)
    elif not (step.verb == "update" and name.startswith("fail-update-")):
        return
    raise ValueError(_sdk_error(BROKEN, "S3", HTTPStatus.INTERNAL_SERVER_ERROR))
