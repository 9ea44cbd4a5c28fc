"""The operations that bring a stack out of trouble: CancelUpdateStack, ContinueUpdateRollback and RollbackStack.

Each is accepted in the statuses that AWS documents, once per ClientRequestToken, and has changed the stack's status
when it is answered. CancelUpdateStack stops a resource that waits for its time; one that is being changed at this very
moment is changed and then sent back.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CancelUpdateStack.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_RollbackStack.html
"""

import functools
from http import HTTPStatus
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers
from ministack.services.cloudformation.helpers import _p

from local.cloud.cloudformation_lifecycle import running
from local.cloud.cloudformation_requests import (
    Answer,
    Handler,
    Parameters,
    note_operation,
    prepare_operation,
    refusal,
    refuse_request,
    repeated_request,
)
from local.cloud.patching import wrap_action

UNSUPPORTED = ("DeploymentConfig", "ForceRollback")


def install() -> None:
    """Wrap the handlers of the actions."""
    actions = cloudformation._ACTION_HANDLERS
    wrap_action(actions, "CancelUpdateStack", cancel_update)
    for action in ("ContinueUpdateRollback", "RollbackStack"):
        wrap_action(actions, action, functools.partial(roll_back, action))


def cancel_update(following: Handler, parameters: Parameters) -> Answer:
    """CancelUpdateStack: the update is rolled back as soon as nothing of it is under way."""
    stack = handlers._resolve_stack(_p(parameters, "StackName"))
    if repeated := repeated_request(stack, "CancelUpdateStack", parameters):
        return repeated
    answer = following(parameters)
    if answer[0] == HTTPStatus.OK and stack:
        note_operation(stack, "CancelUpdateStack", parameters, "")
        update = running.get(stack["StackId"])
        if update is not None:
            update.cancelled.set()
    return answer


def roll_back(action: str, following: Handler, parameters: Parameters) -> Answer:
    """RollbackStack and ContinueUpdateRollback, as the role that the stack has or is given now."""
    stack = handlers._resolve_stack(_p(parameters, "StackName"))
    if repeated := repeated_request(stack, action, parameters):
        return repeated
    if asked := [name for name in UNSUPPORTED if any(key.partition(".")[0] == name for key in parameters)]:
        return refusal("ValidationError", f"The local cloud does not support {asked} of {action}")
    role = _p(parameters, "RoleARN")
    if refused := refuse_request(parameters, role):
        return refused
    role = role or (stack or {}).get("RoleARN", "")
    prepare_operation(parameters, _p(parameters, "StackName"), role)
    answer = following(parameters)
    if answer[0] == HTTPStatus.OK and stack:
        note_operation(stack, action, parameters, role)
        if action == "ContinueUpdateRollback":
            # AWS answers after the status has changed; ministack's task changes it a moment later.
            _begin(stack, parameters)
    return answer


def _begin(stack: dict[str, Any], parameters: Parameters) -> None:
    stack["StackStatus"] = "UPDATE_ROLLBACK_IN_PROGRESS"
    skipped = {value for key in parameters for value in [_p(parameters, key)] if key.startswith("ResourcesToSkip")}
    for logical_id in skipped:
        record = stack["_resources"].get(logical_id)
        if record is not None:
            record.update(ResourceStatus="UPDATE_COMPLETE", ResourceStatusReason="Resource rollback skipped by user")
