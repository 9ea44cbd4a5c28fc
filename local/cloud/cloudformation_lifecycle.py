"""One operation at a time per stack, told to its end, and brought to an end after a restart.

What a restart of the local cloud finds in progress is not left so: a creation or an update is rolled back, a rollback
or a deletion is carried on. The stack thus ends in a status that AWS knows, its events saying why. A DeleteStack of a
stack that is still being created waits for the end of the creation; AWS cancels the creation.
"""

import asyncio
import copy
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from local.cloud.cloudformation_events import STACK, Update, current_update, stack_of
from local.cloud.cloudformation_roles import act_as
from local.cloud.patching import replace_function

INTERRUPTED = "The local cloud was stopped during the operation."

_deploy = stacks._deploy_stack_async
_delete = stacks._delete_stack_async
_restore_state = cloudformation._restore_state
_busy: dict[str, asyncio.Lock] = {}
_resumed: set[asyncio.Task[None]] = set()


def install() -> None:
    """Run every creation, update and deletion through this module, and resume what a restart finds."""
    replace_function(_deploy, deploy)
    replace_function(_delete, delete)
    cloudformation.load_persisted_state = load_persisted_state


async def deploy(  # noqa: PLR0917 -- ministack's own signature
    stack_name: str,
    stack_id: str,
    template: dict[str, Any],
    param_values: dict[str, Any],
    disable_rollback: bool,  # noqa: FBT001
    tags: list[dict[str, Any]],
    is_update: bool = False,  # noqa: FBT001, FBT002
    previous_stack: dict[str, Any] | None = None,
    retain_except_on_create: bool = False,  # noqa: FBT001, FBT002
    imports: dict[str, Any] | None = None,
) -> None:
    """Create or update a stack, and keep on its record what a rollback after a restart needs."""
    async with _lock(stack_id):
        stack = stack_of(stack_id, stack_name)
        if stack is None:
            return
        stack["_running"] = stacks._failed_operation(
            is_update,
            copy.deepcopy(previous_stack),
            [],
            None,
            None,
            [],
            False,  # noqa: FBT003
            template,
            param_values,
            retain_except_on_create,
            stack.get("Tags"),
            (previous_stack or {}).get("Tags"),
            imports,
        )
        update = Update(stack) if is_update else None
        token = current_update.set(update)
        try:
            await _deploy(
                stack_name,
                stack_id,
                template,
                param_values,
                disable_rollback,
                tags,
                is_update=is_update,
                previous_stack=previous_stack,
                retain_except_on_create=retain_except_on_create,
                imports=imports,
            )
        finally:
            current_update.reset(token)
        if update is not None:
            update.finish()
        stack.pop("_running", None)


async def delete(stack_name: str, stack_id: str, retain_resources: Any = (), force: bool = False) -> None:  # noqa: FBT001, FBT002
    """Delete a stack once no other operation runs on it."""
    async with _lock(stack_id):
        await _delete(stack_name, stack_id, retain_resources, force=force)


def load_persisted_state(data: dict[str, Any]) -> None:
    """Restore every stack, and carry on or roll back what was in progress when the state was saved."""
    _restore_state(data)
    for (account, region, _), stack in list(cloudformation._stacks._data.items()):
        status = stack["StackStatus"]
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            with request_scope(account, region):
                task = asyncio.get_running_loop().create_task(_resume(stack))
            # The loop itself keeps only a weak reference.
            _resumed.add(task)
            task.add_done_callback(_resumed.discard)


async def _resume(stack: dict[str, Any]) -> None:
    name, stack_id, status = stack["StackName"], stack["StackId"], stack["StackStatus"]
    act_as(stack.get("RoleARN", ""))
    if status == "DELETE_IN_PROGRESS":
        await delete(name, stack_id)
        return
    async with _lock(stack_id):
        operation = stack.pop("_running", None)
        if operation is None:
            stack["StackStatus"] = status.replace("_IN_PROGRESS", "_FAILED")
            stacks._add_event(stack_id, name, name, STACK, stack["StackStatus"], INTERRUPTED, stack_id)
            return
        if "ROLLBACK" not in status:
            failed = "UPDATE_FAILED" if operation["is_update"] else "CREATE_FAILED"
            stacks._add_event(stack_id, name, name, STACK, failed, INTERRUPTED, stack_id)
        operation["created"] = _touched(stack, operation)
        await stacks._roll_back_operation(name, stack_id, stack, operation, INTERRUPTED)


def _touched(stack: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """Return the resources that the interrupted operation had got to, in its order."""
    before = (operation["previous_stack"] or {}).get("_resources", {})
    return [
        logical_id
        for logical_id, resource in stack["_resources"].items()
        if logical_id not in before
        or any(resource.get(key) != before[logical_id].get(key) for key in ("PhysicalResourceId", "Properties"))
    ]


def _lock(stack_id: str) -> asyncio.Lock:
    return _busy.setdefault(stack_id, asyncio.Lock())
