"""Why a stack operation failed: the first failing of its events."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.domain.errors import PermanentError
from stowage.domain.stacks import NewestOperation, Stuck

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient

CONSEQUENCE = re.compile(
    r"Resource (creation|update|deletion) cancel+ed|The following resource\(s\) failed", re.IGNORECASE
)
"""Reasons that only say that another resource failed first."""

OUR_TOKEN = re.compile(r"s[0-9a-f]{64}")
"""As `stowage.domain.stacks.token_of` makes them."""

STACK_TYPE = "AWS::CloudFormation::Stack"
STANDING = frozenset({"CREATE_COMPLETE", "DELETE_FAILED", "IMPORT_COMPLETE", "UPDATE_COMPLETE"})
"""Newest statuses of a resource that is there. DELETE_SKIPPED is there on purpose, as its DeletionPolicy says."""
BEGINNINGS = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})


@dataclass(frozen=True, slots=True)
class FailingEvent:
    """Which resource of a stack failed, and why."""

    logical_id: str
    reason: str


def first_failure(client: "CloudFormationClient", stack: str, *, token: str | None = None) -> FailingEvent | None:
    """Give the first failing event of the operation `token` (None: the newest operation), or None.

    Events come newest first; reading ends where the operation began. An operation that failed in CloudFormation's own
    validation, before it touched anything, has an event that only points to where the reason stands; it is read there.
    """
    failing = _failing_event(client, stack, token)
    if failing is None or "DescribeEvents" not in failing.reason:
        return failing
    return FailingEvent(failing.logical_id, _validation_error(client, stack) or failing.reason)


def newest_operation(client: "CloudFormationClient", stack: str) -> NewestOperation | None:
    """Give the token and the status of the newest event of the stack itself, or None.

    "All events initiated by a given stack operation are assigned the same client request token"
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html).
    """
    newest = next((event for event in _events(client, stack) if _is_of_the_stack(event)), None)
    if newest is None:
        return None
    return NewestOperation(token=newest.get("ClientRequestToken"), status=newest["ResourceStatus"])


def stuck(client: "CloudFormationClient", stack: str) -> Stuck:
    """Tell what the rollback of the newest update has failed at, and how often Stowage has continued it.

    Events come newest first; reading ends where the update began. The rollback that CloudFormation began by itself
    carries the update's own token; others' tokens are not of our form.
    """
    failing: FailingEvent | None = None
    tokens: set[str] = set()
    for event in _events(client, stack):
        reason = event.get("ResourceStatusReason", "")
        of_the_stack = _is_of_the_stack(event)
        failed = event["ResourceStatus"].endswith("_FAILED") and reason and not CONSEQUENCE.match(reason)
        if failing is None and failed and not of_the_stack:
            failing = FailingEvent(event.get("LogicalResourceId", stack), reason)
        if of_the_stack and event["ResourceStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS":
            tokens.add(event.get("ClientRequestToken", ""))
        if _begins(event):
            tokens.discard(event.get("ClientRequestToken", ""))
            break
    continued = sum(1 for token in tokens if OUR_TOKEN.fullmatch(token))
    return Stuck(
        resource=failing and failing.logical_id,
        reason=failing and failing.reason,
        continued=continued,
    )


def leftovers(client: "CloudFormationClient", stack: str) -> tuple[str, ...]:
    """Name what stands of a stack: what could not be deleted, and what nobody came to delete.

    By the newest event of each resource, of all operations: a deletion that failed touched not everything.
    """
    newest: dict[str, Mapping[str, Any]] = {}
    for event in _events(client, stack):
        if not _is_of_the_stack(event):
            newest.setdefault(event.get("LogicalResourceId", ""), event)
    return tuple(
        f"{logical_id} ({event.get('ResourceType', 'unknown')} {event.get('PhysicalResourceId', '')})"
        for logical_id, event in sorted(newest.items())
        if event["ResourceStatus"] in STANDING
    )


def _failing_event(client: "CloudFormationClient", stack: str, token: str | None) -> FailingEvent | None:
    first: FailingEvent | None = None
    for event in _events(client, stack):
        if token is not None and event.get("ClientRequestToken") != token:
            continue
        reason = event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and reason and not CONSEQUENCE.match(reason):
            first = FailingEvent(event.get("LogicalResourceId", stack), reason)
        if _begins(event):
            break
    return first


def _events(client: "CloudFormationClient", stack: str) -> Iterator[Mapping[str, Any]]:
    arguments = {"StackName": stack}
    while True:
        page = client.describe_stack_events(**arguments)
        yield from page["StackEvents"]
        if not page.get("NextToken"):
            return
        arguments["NextToken"] = page["NextToken"]


def _begins(event: Mapping[str, Any]) -> bool:
    """Tell whether an operation on the stack began with this event."""
    return _is_of_the_stack(event) and event["ResourceStatus"] in BEGINNINGS


def _is_of_the_stack(event: Mapping[str, Any]) -> bool:
    """Tell whether the event speaks of the stack itself, not of a resource (or a nested stack) in it."""
    return event.get("ResourceType") == STACK_TYPE and event.get("PhysicalResourceId") == event.get("StackId")


def _validation_error(client: "CloudFormationClient", stack: str) -> str | None:
    """Give what the stack's newest validation found first; None also where that may not be read.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
    """
    if "describe_events" not in client.meta.method_to_api_mapping:
        return None  # added late in 2025: the runtime's botocore may be older
    try:
        with aws_errors():
            page = client.describe_events(StackName=stack, Filters={"FailedEvents": True})
    except PermanentError:
        return None  # what the pointer says is less, and still the reason
    found = (each.get("ValidationStatusReason") for each in page["OperationEvents"])
    return next((reason for reason in found if reason), None)
