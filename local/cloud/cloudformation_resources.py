"""The one gate through which CloudFormation touches a resource: supported, permitted, paced, and failing on purpose.

**Pace.** In every account but the hub's each resource takes STOWAGE_STEP_SECONDS to create, change or delete, so that
`*_IN_PROGRESS` can be watched; waiting never holds up other requests. A resource that an update leaves alone takes no
time.

Of an update that is cancelled (CancelUpdateStack), a resource that is waiting for its time is not changed any more.
What fails or takes long on purpose stands in `cloudformation_rehearsals`.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import get_account_id
from ministack.services.cloudformation import stacks

from local.cloud import cloudformation_rehearsals as rehearsals
from local.cloud.cloudformation_events import begin_removal, begin_resource, current_update, end_removal
from local.cloud.cloudformation_roles import demand_permissions
from local.cloud.cloudformation_support import refuse_unsupported

HUB = "000000000000"
CANCELLED = "Resource update cancelled"

_may_block = stacks._runs_on_worker_thread
_run_on_thread = stacks.run_reentrant


@dataclass(frozen=True)
class Step:
    """One create, update, revert or delete of one resource, as ministack is about to do it."""

    verb: str
    resource_type: str
    logical_id: str
    physical_id: str
    stack_name: str
    old: Mapping[str, Any]
    new: Mapping[str, Any]

    @property
    def idle(self) -> bool:
        """Tell whether an update leaves the resource alone."""
        return self.verb in {"update", "revert"} and self.old == self.new

    @property
    def properties(self) -> Mapping[str, Any]:
        """Return the properties to come or, of a deletion, those that were."""
        return self.new or self.old

    @property
    def name(self) -> str:
        """Return the resource's physical name as an ARN spells it, as far as it is known beforehand."""
        properties = self.properties
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
    asked = rehearsals.seconds(step.resource_type, step.properties)
    await _wait(seconds_per_step() if asked is None else asked)
    verb = "update" if step.verb == "revert" else step.verb
    demand_permissions(verb, step.resource_type, step.name, step.old, step.new)
    rehearsals.fail(step.verb, step.resource_type, step.stack_name, step.properties)
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
        named = Step("create", resource_type, logical_id, "", stack_name, {}, new)
        return named if named.name else Step("create", resource_type, logical_id, expected, stack_name, {}, new)
    if operation is stacks._delete_resource:
        resource_type, physical_id, old, stack_name, logical_id = arguments
        return Step("delete", resource_type, logical_id, physical_id, stack_name, old, {})
    verb = {stacks._update_keeping_seed: "update", stacks._update_resource: "revert"}[operation]
    resource_type, physical_id, old, new, stack_name, logical_id, *_ = arguments
    return Step(verb, resource_type, logical_id, physical_id, stack_name, old, new)


async def _wait(seconds: float) -> None:
    """Let the time of a step go by. Raises ValueError as soon as its update is cancelled."""
    update = current_update.get()
    if update is None or update.rolling_back:
        await asyncio.sleep(seconds)
        return
    await asyncio.sleep(0)
    if seconds and not update.cancelled.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(update.cancelled.wait(), seconds)
    if update.cancelled.is_set():
        raise ValueError(CANCELLED)


def seconds_per_step() -> float:
    """Return the time that a step takes in the account of this request."""
    return 0.0 if get_account_id() == HUB else float(os.environ.get("STOWAGE_STEP_SECONDS", "0"))
