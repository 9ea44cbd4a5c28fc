"""Stack events as CloudFormation publishes them to a topic: read strictly, allow-listed fields alone.

The text is of lines `Name='value'`; a value may hold quotation marks and lines of its own
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-stack-updates-notifications.html).
`ResourceProperties` holds what people wrote, and more than anybody here may know: it is dropped unread. So that no
value can pass for another field, a field that stands twice makes the whole text unreadable.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from stowage.domain.clock import to_iso

STACK_TYPE = "AWS::CloudFormation::Stack"
REASON_LENGTH = 300
"""Characters that are kept for a page to show; a failed change tells the whole sentence."""
TEXT_LENGTH = 262_144
"""SNS publishes no more (https://docs.aws.amazon.com/sns/latest/dg/sns-quotas.html)."""

_FIELD = re.compile(r"^([A-Z][A-Za-z]*)='", re.MULTILINE)
_STACK_ID = re.compile(
    r"arn:aws[a-z-]{0,20}:cloudformation:([a-z0-9-]{1,30}):([0-9]{12}):stack/([A-Za-z][A-Za-z0-9-]{0,127})/[A-Za-z0-9-]{1,64}"
)
_FORMS = {
    "StackId": _STACK_ID,
    "StackName": re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}"),
    # Of a resource it is like Bucket-CREATE_COMPLETE-2026-11-23T09:00:01.500Z.
    "EventId": re.compile(r"[A-Za-z0-9_:.-]{1,512}"),
    "LogicalResourceId": re.compile(r"[A-Za-z0-9-]{1,255}"),
    "ResourceType": re.compile(r"[A-Za-z0-9:@._-]{1,204}"),
    "ResourceStatus": re.compile(r"[A-Z][A-Z_]{1,63}"),
    "Timestamp": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?Z"),
}
"""What must be there, and how it must look."""
_OPTIONAL = {
    "PhysicalResourceId": re.compile(r"[^\x00-\x1f]{0,2048}"),
    "ClientRequestToken": re.compile(r"[A-Za-z0-9-]{0,128}"),
    "ResourceStatusReason": re.compile(r".*", re.DOTALL),
}
_NEVER_READ = frozenset({"Namespace", "PrincipalId", "ResourceProperties"})
_KNOWN = frozenset({*_FORMS, *_OPTIONAL, *_NEVER_READ})


class UnreadableEventError(ValueError):
    """A text that is no stack event of the documented form; its sentence quotes nothing of it."""


@dataclass(frozen=True, slots=True)
class StackEvent:
    """One event of a stack, or of a resource in it; `at` is CloudFormation's time, ISO 8601 with milliseconds."""

    stack_id: str
    stack_name: str
    event_id: str
    logical_id: str
    physical_id: str
    resource_type: str
    status: str
    reason: str | None
    at: str
    token: str | None

    @property
    def of_the_stack(self) -> bool:
        """Tell whether it speaks of the stack itself, not of a resource (or a nested stack) in it."""
        return self.resource_type == STACK_TYPE and self.physical_id == self.stack_id

    @property
    def place(self) -> tuple[str, str]:
        """Give the account and the region of the stack."""
        return place_of(self.stack_id)


def place_of(stack_id: str) -> tuple[str, str]:
    """Give account and region of a stack's id. Raises UnreadableEventError."""
    found = _STACK_ID.fullmatch(stack_id)
    if found is None:
        raise UnreadableEventError("It names no stack.")
    return found.group(2), found.group(1)


def stack_event_from(text: str) -> StackEvent:
    """Read an event. Raises UnreadableEventError for anything but the documented form."""
    if len(text) > TEXT_LENGTH:
        raise UnreadableEventError("It is longer than SNS takes.")
    fields = _fields(text)
    for name, form in _FORMS.items():
        if name not in fields:
            raise UnreadableEventError(f"The field {name} is missing.")
        if not form.fullmatch(fields[name]):
            raise UnreadableEventError(f"The field {name} has not its form.")
    for name, form in _OPTIONAL.items():
        if not form.fullmatch(fields.get(name, "")):
            raise UnreadableEventError(f"The field {name} has not its form.")
    if fields["StackId"].split("/")[1] != fields["StackName"]:
        raise UnreadableEventError("Its stack's id and name are not one stack's.")
    token = fields.get("ClientRequestToken", "")
    reason = fields.get("ResourceStatusReason", "").strip()
    return StackEvent(
        stack_id=fields["StackId"],
        stack_name=fields["StackName"],
        event_id=fields["EventId"],
        logical_id=fields["LogicalResourceId"],
        physical_id=fields.get("PhysicalResourceId", ""),
        resource_type=fields["ResourceType"],
        status=fields["ResourceStatus"],
        reason=reason[:REASON_LENGTH] or None,
        at=_moment(fields["Timestamp"]),
        token=token if token not in {"", "null"} else None,
    )


def _fields(text: str) -> dict[str, str]:
    """Give the known fields; what begins a line like an unknown one is part of the value before it."""
    found = [each for each in _FIELD.finditer(text) if each.group(1) in _KNOWN]
    if not found or found[0].start() != 0:
        raise UnreadableEventError("It does not begin with a field.")
    ends = [each.start() for each in found[1:]] + [len(text)]
    fields: dict[str, str] = {}
    for each, end in zip(found, ends, strict=True):
        name, value = each.group(1), text[each.end() : end]
        if name in fields:
            raise UnreadableEventError(f"The field {name} stands twice.")
        value = value.removesuffix("\n")
        if not value.endswith("'"):
            raise UnreadableEventError(f"The field {name} has no end.")
        fields[name] = "" if name in _NEVER_READ else value[:-1]
    return fields


def _moment(timestamp: str) -> str:
    try:
        return to_iso(datetime.fromisoformat(timestamp))
    except ValueError as error:
        raise UnreadableEventError("The field Timestamp is no moment.") from error
