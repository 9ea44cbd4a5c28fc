"""Change sets, whose NotificationARNs and RoleARN their execution uses, and whose stack may be named by its id.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
"""

from http import HTTPStatus

from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers
from ministack.services.cloudformation.helpers import _p

from local.cloud.cloudformation_events import remember_request
from local.cloud.cloudformation_requests import (
    Answer,
    Handler,
    Parameters,
    keep_deleted,
    note_operation,
    refusal,
    refuse_request,
    repeated_request,
    requested_topics,
)
from local.cloud.cloudformation_roles import act_as, caller_key
from local.cloud.patching import wrap_action

OF_A_STACK = ("DescribeChangeSet", "ExecuteChangeSet", "DeleteChangeSet", "ListChangeSets")


def install() -> None:
    """Wrap the handlers of the actions."""
    actions = cloudformation._ACTION_HANDLERS
    wrap_action(actions, "CreateChangeSet", create_change_set)
    wrap_action(actions, "ExecuteChangeSet", execute_change_set)
    # The outermost wrapper: ministack finds change sets by the stack's name alone.
    for action in OF_A_STACK:
        wrap_action(actions, action, by_stack_name)


def create_change_set(following: Handler, parameters: Parameters) -> Answer:
    """CreateChangeSet, which hands NotificationARNs and RoleARN on to the execution."""
    name = _p(parameters, "StackName")
    existing = handlers._resolve_stack(name)
    creates = _p(parameters, "ChangeSetType") == "CREATE"
    if existing and existing["StackStatus"] == "ROLLBACK_COMPLETE":
        if creates:
            return refusal("AlreadyExistsException", f"Stack [{name}] already exists")
        return refusal(
            "ValidationError", f"Stack:{existing['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."
        )
    role = _p(parameters, "RoleARN")
    if refused := refuse_request(parameters, role):
        return refused
    remember_request(caller_key.get(), name, requested_topics(parameters))
    answer = following(parameters)
    if answer[0] == HTTPStatus.OK:
        keep_deleted(existing)
        _, change_set = changesets._find_change_set(
            _p(parameters, "ChangeSetName"), existing["StackName"] if existing else name
        )
        change_set["_requested"] = {"topics": requested_topics(parameters), "role": role}
    return answer


def execute_change_set(following: Handler, parameters: Parameters) -> Answer:
    """ExecuteChangeSet, with what its CreateChangeSet asked for; once per ClientRequestToken."""
    named = handlers._resolve_stack(_p(parameters, "StackName"))
    if repeated := repeated_request(named, "ExecuteChangeSet", parameters):
        return repeated
    _, change_set = changesets._find_change_set(_p(parameters, "ChangeSetName"), _p(parameters, "StackName"))
    if change_set is None:
        return following(parameters)
    stack = cloudformation._stacks.get(change_set["StackName"]) or {}
    requested = change_set.get("_requested") or {}
    role = requested.get("role") or stack.get("RoleARN", "")
    remember_request(caller_key.get(), change_set["StackName"], requested.get("topics"))
    act_as(role)
    answer = following(parameters)
    if answer[0] == HTTPStatus.OK and stack:
        note_operation(stack, "ExecuteChangeSet", parameters, role)
    return answer


def by_stack_name(following: Handler, parameters: Parameters) -> Answer:
    """Any operation on a change set, whose stack may be named by its id too."""
    stack = handlers._resolve_stack(_p(parameters, "StackName"))
    return following({**parameters, "StackName": [stack["StackName"]]} if stack else parameters)
