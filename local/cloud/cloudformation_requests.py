"""What CloudFormation's API answers, where ministack's handlers answer something else or nothing at all.

- ClientRequestToken: a repeated request with the same token is accepted and starts nothing; a token that has been used
  for another kind of operation on the stack is a TokenAlreadyExistsException.
- A stack that failed to be created keeps its name until it is deleted; it cannot be updated, nor can a stack in
  progress.
- A deleted stack is described by its id alone, also when a younger stack has taken its name.
- NotificationARNs and RoleARN are kept, answered by DescribeStacks and used (`cloudformation_events`,
  `cloudformation_roles`).

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

import re
from collections.abc import Callable, Mapping
from html import escape
from http import HTTPStatus
from typing import Any

from ministack.core.router import extract_access_key_id
from ministack.services import cloudformation
from ministack.services.cloudformation import handlers
from ministack.services.cloudformation.helpers import _error, _p, _xml

from local.cloud.cloudformation_events import remember_request
from local.cloud.cloudformation_roles import act_as, caller_key, refuse_role
from local.cloud.patching import wrap_action

Answer = tuple[int, dict[str, str], bytes]
Parameters = Mapping[str, Any]
Handler = Callable[[Parameters], Answer]

TOPICS_AT_MOST = 5
EMPTY = re.compile(rb"<(ResourceStatusReason|StackStatusReason|PhysicalResourceId|Description)></\1>")
UPDATABLE = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
# A creation in progress may be given up by deleting the stack.
UNDELETABLE = frozenset(
    {
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
    }
)
# Which answers name the stack, and which hold no result at all.
TELLING = frozenset({"CreateStack", "RollbackStack", "UpdateStack"})
EMPTY_HANDED = frozenset({"CancelUpdateStack", "DeleteStack"})
BY_NAME_OF_LIVING = (
    "DescribeStackEvents",
    "DescribeStackResource",
    "DescribeStackResources",
    "GetTemplate",
    "ListStackResources",
)


_handle_request = cloudformation.handle_request


def install() -> None:
    """Wrap the handlers of the actions, and keep the caller's access key for them."""
    cloudformation.handle_request = handle_request
    actions = cloudformation._ACTION_HANDLERS
    wrap_action(actions, "CreateStack", create_stack)
    wrap_action(actions, "UpdateStack", update_stack)
    wrap_action(actions, "DeleteStack", delete_stack)
    wrap_action(actions, "DescribeStacks", describe_stacks)
    for action in BY_NAME_OF_LIVING:
        wrap_action(actions, action, refuse_deleted_name)
    for action in ("DescribeStacks", *BY_NAME_OF_LIVING):
        wrap_action(actions, action, omit_empty)


async def handle_request(
    method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Mapping[str, Any]
) -> Answer:
    """Answer a CloudFormation request, whose caller ministack has authenticated before."""
    caller_key.set(extract_access_key_id(headers, query_params) or "")
    answer: Answer = await _handle_request(method, path, headers, body, query_params)
    return answer


def create_stack(following: Handler, parameters: Parameters) -> Answer:
    """CreateStack: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html."""
    name = _p(parameters, "StackName")
    existing = cloudformation._stacks.get(name)
    if repeated := repeated_request(existing, "CreateStack", parameters):
        return repeated
    if existing and existing["StackStatus"] == "ROLLBACK_COMPLETE":
        return refusal("AlreadyExistsException", f"Stack [{name}] already exists")
    role = _p(parameters, "RoleARN")
    if refused := refuse_request(parameters, role):
        return refused
    prepare_operation(parameters, name, role)
    answer = following(parameters)
    if answer[0] == HTTPStatus.OK:
        keep_deleted(existing)
        note_operation(cloudformation._stacks[name], "CreateStack", parameters, role)
    return answer


def update_stack(following: Handler, parameters: Parameters) -> Answer:
    """UpdateStack: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html."""
    stack = handlers._resolve_stack(_p(parameters, "StackName"))
    if repeated := repeated_request(stack, "UpdateStack", parameters):
        return repeated
    if stack and stack["StackStatus"] not in UPDATABLE | {"DELETE_COMPLETE"}:
        return refusal(
            "ValidationError",
            f"Stack:{stack['StackId']} is in {stack['StackStatus']} state and can not be updated.",
        )
    role = _p(parameters, "RoleARN")
    if refused := refuse_request(parameters, role):
        return refused
    role = role or (stack or {}).get("RoleARN", "")
    prepare_operation(parameters, _p(parameters, "StackName"), role)
    answer = following(parameters)
    if answer[0] == HTTPStatus.OK and stack:
        note_operation(stack, "UpdateStack", parameters, role)
    return answer


def delete_stack(following: Handler, parameters: Parameters) -> Answer:
    """DeleteStack: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html."""
    stack = handlers._resolve_stack(_p(parameters, "StackName"))
    if stack is None or stack["StackStatus"] == "DELETE_COMPLETE":
        return following(parameters)
    if repeated := repeated_request(stack, "DeleteStack", parameters):
        return repeated
    if stack["StackStatus"] == "DELETE_IN_PROGRESS":
        return _accepted("DeleteStack", stack)
    if stack["StackStatus"] in UNDELETABLE:
        return refusal(
            "ValidationError",
            f"Stack [{stack['StackId']}] cannot be deleted while in status {stack['StackStatus']}",
        )
    role = _p(parameters, "RoleARN")
    if refused := refuse_request(parameters, role):
        return refused
    role = role or stack.get("RoleARN", "")
    prepare_operation(parameters, stack["StackName"], role)
    answer = following(parameters)
    if answer[0] == HTTPStatus.OK:
        note_operation(stack, "DeleteStack", parameters, role)
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            # AWS answers after the status has changed; ministack's task changes it a moment later.
            stack["StackStatus"] = "DELETE_IN_PROGRESS"
    return answer


def describe_stacks(following: Handler, parameters: Parameters) -> Answer:
    """DescribeStacks, with NotificationARNs, RoleARN and DeletionTime, and only a living stack by its name."""
    status, headers, body = following(parameters)
    told = body.decode()
    for stack in {stack["StackId"]: stack for stack in cloudformation._stacks.values()}.values():
        element = f"<StackId>{escape(stack['StackId'])}</StackId>"
        told = told.replace(element, element + _additions(stack), 1)
    return status, headers, told.encode()


def refuse_deleted_name(following: Handler, parameters: Parameters) -> Answer:
    """Answer for a deleted stack only if it is named by its id."""
    name = _p(parameters, "StackName")
    stack = cloudformation._stacks.get(name)
    if stack and stack["StackStatus"] == "DELETE_COMPLETE" and name != stack["StackId"]:
        return refusal("ValidationError", f"Stack with id {name} does not exist")
    return following(parameters)


def omit_empty(following: Handler, parameters: Parameters) -> Answer:
    """Leave out what has no value, as AWS does, where ministack answers an empty text."""
    status, headers, body = following(parameters)
    return status, headers, EMPTY.sub(b"", body)


def _additions(stack: Mapping[str, Any]) -> str:
    topics = "".join(f"<member>{escape(topic)}</member>" for topic in stack.get("NotificationARNs", []))
    return f"<NotificationARNs>{topics}</NotificationARNs>" + "".join(
        f"<{name}>{escape(stack[name])}</{name}>" for name in ("RoleARN", "DeletionTime") if stack.get(name)
    )


def repeated_request(stack: Mapping[str, Any] | None, action: str, parameters: Parameters) -> Answer | None:
    """Return the answer to a request whose token the stack knows already, else None."""
    token = _p(parameters, "ClientRequestToken")
    used = (stack or {}).get("_tokens", {}).get(token) if token else None
    if stack is None or used is None:
        return None
    if used != action:
        return refusal("TokenAlreadyExistsException", f"Token {token} already exists for stack {stack['StackId']}")
    return _accepted(action, stack)


def _accepted(action: str, stack: Mapping[str, Any]) -> Answer:
    told = f"<StackId>{escape(stack['StackId'])}</StackId>" if action in TELLING else ""
    result = "" if action in EMPTY_HANDED else f"<{action}Result>{told}</{action}Result>"
    answer: Answer = _xml(200, f"{action}Response", result)
    return answer


def refuse_request(parameters: Parameters, role: str) -> Answer | None:
    """Return the error for topics or a role that the request may not name, else None."""
    topics = requested_topics(parameters) or []
    if len(topics) > TOPICS_AT_MOST:
        return refusal(
            "ValidationError",
            f"1 validation error detected: Value at 'notificationARNs' failed to satisfy constraint: "
            f"Member must have length less than or equal to {TOPICS_AT_MOST}",
        )
    for topic in topics:
        if not re.fullmatch(r"arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w.-]+", topic):
            return refusal("ValidationError", f"Invalid ARN syntax {topic}")
    return refuse_role(role) if role else None


def prepare_operation(parameters: Parameters, stack: str, role: str) -> None:
    """Let the operation that this request starts know its caller, its topics and its role."""
    remember_request(caller_key.get(), stack, requested_topics(parameters))
    act_as(role)


def note_operation(stack: dict[str, Any], action: str, parameters: Parameters, role: str) -> None:
    """Keep the request's token, and the role that later operations use."""
    token = _p(parameters, "ClientRequestToken")
    if token:
        stack.setdefault("_tokens", {})[token] = action
    if role:
        stack["RoleARN"] = role


def keep_deleted(replaced: dict[str, Any] | None) -> None:
    """Keep a deleted stack under its id when a younger one takes its name."""
    if replaced and replaced["StackStatus"] == "DELETE_COMPLETE":
        cloudformation._stacks[replaced["StackId"]] = replaced


def requested_topics(parameters: Parameters) -> list[str] | None:
    """Return the topics that the request names, [] if it names none on purpose, None if it says nothing of them."""
    if "NotificationARNs" in parameters:
        given = parameters["NotificationARNs"]
        return [topic for topic in given if topic] if isinstance(given, list) else []
    members = sorted(
        (key for key in parameters if key.startswith("NotificationARNs.member.")),
        key=lambda key: int(key.rpartition(".")[2]),
    )
    return [_p(parameters, key) for key in members] or None


def refusal(code: str, message: str) -> Answer:
    """Return an error answer."""
    answer: Answer = _error(code, message)
    return answer
