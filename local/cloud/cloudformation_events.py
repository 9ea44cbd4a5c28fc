"""Stack events as AWS tells them: complete, in AWS's order, and published to the stack's NotificationARNs.

Every event of a stack and of its resources goes to the SNS topics of `NotificationARNs`, in CloudFormation's own text
format. ministack drops the topics. It also narrates updates differently: here a resource that an update leaves alone
has no events, a new one is CREATE_*, a removed one DELETE_*, and a clean-up (`*_CLEANUP_IN_PROGRESS`) comes before the
end of every update and of every rollback of one.
Whether it may publish there is decided in `sns_delivery`.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-stack-updates-notifications.html
"""

import asyncio
import contextvars
import json
from dataclasses import dataclass, field
from typing import Any

from ministack.core.iam_evaluator import resolve_caller_identity
from ministack.core.responses import get_account_id, now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from local.cloud.patching import replace_function
from local.cloud.sns_delivery import publish_stack_event

STACK = "AWS::CloudFormation::Stack"
SUBJECT = "AWS CloudFormation Notification"

_record_event = stacks._add_event
_requested_topics: contextvars.ContextVar[tuple[str, list[str]] | None] = contextvars.ContextVar(
    "requested_topics", default=None
)
_principal: contextvars.ContextVar[str] = contextvars.ContextVar("principal_of_operation", default="")


@dataclass
class Update:
    """One running UpdateStack or its rollback, and what its events have to say differently from ministack's."""

    stack: dict[str, Any]
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    reverts_failed: bool = False
    """Whether the resource that failed is sent back too, as one that may have been changed halfway."""
    cleaning: bool = False
    outcome: str = ""
    held: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    untouched: set[str] = field(default_factory=set)
    created: set[str] = field(default_factory=set)

    @property
    def rolling_back(self) -> bool:
        """Tell whether the update has failed and is being undone."""
        return bool(self.stack["StackStatus"].startswith("UPDATE_ROLLBACK"))

    def begin_cleanup(self) -> None:
        """Say once that everything is in place and that the leftovers are about to go."""
        if not self.cleaning:
            self.cleaning = True
            self._tell("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")

    def hold_outcome(self, status: str) -> None:
        """Keep the last status back until the clean-up, which every update and rollback has, has taken its time."""
        self.outcome = status
        cleanup = f"{status}_CLEANUP_IN_PROGRESS"
        if status == "UPDATE_COMPLETE":
            self.begin_cleanup()
        elif not any(
            event["ResourceStatus"] == cleanup and event["LogicalResourceId"] == self.stack["StackName"]
            for event in cloudformation._stack_events[self.stack["StackId"]][-1:]
        ):
            self._tell(cleanup)
        self.stack["StackStatus"] = cleanup

    def tell_outcome(self) -> None:
        """Say that the operation is complete, if ministack has said so."""
        if self.outcome:
            self._tell(self.outcome)
            self.outcome = ""

    def _tell(self, status: str) -> None:
        self.stack["StackStatus"] = status
        stack_id, name = self.stack["StackId"], self.stack["StackName"]
        _publish_event(stack_id, name, name, STACK, status, physical_id=stack_id)


current_update: contextvars.ContextVar[Update | None] = contextvars.ContextVar("current_update", default=None)


def install() -> None:
    """Tell every event through this module."""
    replace_function(stacks._add_event, _add_event)


def remember_request(caller_key: str, stack: str, topics: list[str] | None) -> None:
    """Keep for this request, and for the operation that it starts, the caller and the topics that it names.

    `stack` is the name or the id of the stack; `topics` is None when the request says nothing about NotificationARNs.
    """
    _requested_topics.set(None if topics is None else (stack, topics))
    identity = resolve_caller_identity(caller_key)
    _principal.set(identity["userId"] if identity else get_account_id())


def begin_resource(logical_id: str, *, changed: bool, created: bool) -> None:
    """Release the event that was held until it is known what the update does to the resource."""
    update = current_update.get()
    if update is None:
        return
    held = update.held.pop(logical_id, None)
    if created and not update.rolling_back:
        update.created.add(logical_id)
    if not changed:
        update.untouched.add(logical_id)
    elif held:
        _publish_event(*_as_creation(held, update))


def begin_removal(logical_id: str, resource_type: str, physical_id: str) -> bool:
    """Tell that a finished update deletes this resource; False if ministack tells the deletion itself."""
    update = current_update.get()
    if update is None or update.rolling_back:
        return False
    update.begin_cleanup()
    stack_id, name = update.stack["StackId"], update.stack["StackName"]
    _publish_event(stack_id, name, logical_id, resource_type, "DELETE_IN_PROGRESS", physical_id=physical_id)
    return True


def end_removal(logical_id: str, resource_type: str, physical_id: str) -> None:
    """Tell that a finished update has deleted this resource."""
    update = current_update.get()
    if update is not None:
        stack_id, name = update.stack["StackId"], update.stack["StackName"]
        _publish_event(stack_id, name, logical_id, resource_type, "DELETE_COMPLETE", physical_id=physical_id)


def stack_of(stack_id: str, stack_name: str) -> dict[str, Any] | None:
    """Return the record of exactly this stack, even if a younger one has taken its name."""
    for key in (stack_name, stack_id):
        record: dict[str, Any] | None = cloudformation._stacks.get(key)
        if record and record["StackId"] == stack_id:
            return record
    return None


def _add_event(  # noqa: PLR0917 -- ministack's own signature
    stack_id: str,
    stack_name: str,
    logical_id: str,
    resource_type: str,
    status: str,
    reason: str = "",
    physical_id: str = "",
    detailed_status: str = "",
) -> None:
    event = (stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, detailed_status)
    update = current_update.get()
    if update is None or update.stack["StackId"] != stack_id:
        _publish_event(*event)
    elif logical_id == stack_name:
        if status in {"UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}:
            update.hold_outcome(status)
        elif status != "UPDATE_FAILED" or not update.cancelled.is_set():
            _publish_event(*event)
    elif status == "UPDATE_IN_PROGRESS" and not reason:
        update.held[logical_id] = event
    elif not (status == "UPDATE_COMPLETE" and logical_id in update.untouched):
        held = update.held.pop(logical_id, None)
        if held:
            _publish_event(*_as_creation(held, update))
        _publish_event(*_as_creation(event, update))


def _as_creation(event: tuple[Any, ...], update: Update) -> tuple[Any, ...]:
    _, _, logical_id, _, status, *_ = event
    if logical_id in update.created and status.startswith("UPDATE_") and not update.rolling_back:
        return (*event[:4], status.replace("UPDATE_", "CREATE_", 1), *event[5:])
    return event


def _publish_event(  # noqa: PLR0917 -- the same
    stack_id: str,
    stack_name: str,
    logical_id: str,
    resource_type: str,
    status: str,
    reason: str = "",
    physical_id: str = "",
    detailed_status: str = "",
) -> None:
    stack = stack_of(stack_id, stack_name)
    if stack is not None and logical_id == stack_name:
        reason = _rollback_reason(stack_id, status, reason)
        _note_on_stack(stack, status, reason)
    _record_event(stack_id, stack_name, logical_id, resource_type, status, reason, physical_id, detailed_status)
    event = cloudformation._stack_events[stack_id][-1]
    event["EventId"] = _event_id(stack_id, event)
    if stack is not None:
        note_on_resource(stack, logical_id, status, reason)
    if stack is None or not stack.get("NotificationARNs"):
        return
    message = _message(event, stack.get("_resources", {}).get(logical_id, {}).get("Properties"))
    for topic in stack["NotificationARNs"]:
        publish_stack_event(topic, message, SUBJECT, stack_id)


def _event_id(stack_id: str, event: dict[str, Any]) -> str:
    """Return an id as CloudFormation forms it: a UUID for the stack's own events, status and time for its resources'.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackEvent.html says no more than "unique".
    """
    logical_id, uuid = event["LogicalResourceId"], str(event["EventId"])
    if event["PhysicalResourceId"] == stack_id or logical_id == event["StackName"]:
        return uuid
    told = f"{logical_id}-{event['ResourceStatus']}-{event['Timestamp']}"
    taken = {other["EventId"] for other in cloudformation._stack_events[stack_id]}
    return f"{logical_id}-{uuid}" if told in taken else told


def _rollback_reason(stack_id: str, status: str, reason: str) -> str:
    """Name what failed, as AWS does when a creation is rolled back."""
    if status != "ROLLBACK_IN_PROGRESS" or reason != "Rollback requested":
        return reason
    events = cloudformation._stack_events[stack_id]
    failed = [event["LogicalResourceId"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    return f"The following resource(s) failed to create: [{', '.join(failed)}]. Rollback requested by user."


def _note_on_stack(stack: dict[str, Any], status: str, reason: str) -> None:
    requested = _requested_topics.get()
    if requested and requested[0] in (stack["StackName"], stack["StackId"]):
        stack["NotificationARNs"] = list(requested[1])
    stack["StackStatusReason"] = reason
    if status == "DELETE_COMPLETE":
        stack["DeletionTime"] = now_iso()


def note_on_resource(stack: dict[str, Any], logical_id: str, status: str, reason: str) -> None:
    """Let DescribeStackResources tell what the last event of the resource told."""
    record = stack.get("_resources", {}).get(logical_id)
    if record is not None:
        record.update(ResourceStatus=status, ResourceStatusReason=reason, Timestamp=now_iso())


def _message(event: dict[str, Any], properties: dict[str, Any] | None) -> str:
    fields = {
        "StackId": event["StackId"],
        "Timestamp": event["Timestamp"],
        "EventId": event["EventId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Namespace": get_account_id(),
        "PhysicalResourceId": event["PhysicalResourceId"],
        "PrincipalId": _principal.get() or get_account_id(),
        "ResourceProperties": json.dumps(properties, default=str) if properties else "null",
        "ResourceStatus": event["ResourceStatus"],
        "ResourceStatusReason": event["ResourceStatusReason"],
        "ResourceType": event["ResourceType"],
        "StackName": event["StackName"],
        "ClientRequestToken": event.get("ClientRequestToken", "null"),
    }
    return "".join(f"{name}='{value}'\n" for name, value in fields.items())
