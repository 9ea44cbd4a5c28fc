"""One operation at a time per stack, told to its end, and brought to an end after a restart.

What a restart of the local cloud finds in progress is not left so: a creation or an update is rolled back, a rollback
or a deletion is carried on. The stack thus ends in a status that AWS knows, its events saying why. A DeleteStack of a
stack that is still being created waits for the end of the creation; AWS cancels the creation.
"""

import asyncio
import contextlib
import contextvars
import copy
from collections.abc import AsyncIterator
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudformation
from ministack.services.cloudformation import stacks

from local.cloud.cloudformation_events import STACK, Update, current_update, note_on_resource, stack_of
from local.cloud.cloudformation_resources import CANCELLED, seconds_per_step
from local.cloud.cloudformation_roles import act_as
from local.cloud.patching import replace_function

INTERRUPTED = "The local cloud was stopped during the operation."

_deploy = stacks._deploy_stack_async
_delete = stacks._delete_stack_async
_roll_back = stacks._roll_back_operation
_continue = stacks._continue_update_rollback_async
_resolve_outputs = stacks._resolve_stack_outputs
_sends_back = stacks._sends_back_failed_update
_restore_state = cloudformation._restore_state
_busy: dict[str, asyncio.Lock] = {}
_held: contextvars.ContextVar[frozenset[str]] = contextvars.ContextVar("held_stacks", default=frozenset())
_resumed: set[asyncio.Task[None]] = set()
running: dict[str, Update | None] = {}
"""The creations and updates that run right now, by the stack's id."""


def install() -> None:
    """Run every creation, update and deletion through this module, and resume what a restart finds."""
    replace_function(_deploy, deploy)
    replace_function(_delete, delete)
    replace_function(_roll_back, roll_back)
    replace_function(_continue, continue_rollback)
    replace_function(_resolve_outputs, resolve_outputs)
    replace_function(_sends_back, sends_back)
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
        if update is not None and stack.get("_cancel_requested"):
            update.cancelled.set()
        token = current_update.set(update)
        running[stack_id] = update
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
            stack.pop("_running", None)
            await _settle(update)
        finally:
            current_update.reset(token)
            running.pop(stack_id, None)


async def roll_back(
    stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], reason_override: str = ""
) -> None:
    """Undo a failed or cancelled operation, right after it or when RollbackStack asks for it."""
    async with _lock(stack_id):
        current = current_update.get()
        update = current or (Update(stack) if operation.get("is_update") else None)
        token = current_update.set(update)
        if update is not None and update.cancelled.is_set():
            reason_override = "User Initiated"
            if "_cancel_token" in stack:
                stacks.CLIENT_REQUEST_TOKEN.set(stack.pop("_cancel_token"))
            stack.pop("_cancel_requested", None)
        try:
            await _roll_back(stack_name, stack_id, stack, operation, reason_override)
            _note_stuck(stack)
            if current is None:
                await _settle(update)
        finally:
            current_update.reset(token)


async def continue_rollback(stack_name: str, stack_id: str, resources_to_skip: Any) -> None:
    """Go on with a rollback that failed."""
    async with _lock(stack_id):
        stack = stack_of(stack_id, stack_name)
        if stack is None:
            return
        update = Update(stack)
        token = current_update.set(update)
        try:
            await _continue(stack_name, stack_id, resources_to_skip)
            _note_stuck(stack)
            await _settle(update)
        finally:
            current_update.reset(token)


def resolve_outputs(*arguments: Any) -> Any:
    """Resolve the outputs of an operation; the last moment at which an update can be cancelled."""
    update = current_update.get()
    if update is not None and update.cancelled.is_set():
        raise ValueError(CANCELLED)
    resolved = _resolve_outputs(*arguments)
    if update is not None:
        update.begin_cleanup()
    return resolved


async def _settle(update: Update | None) -> None:
    """Let the clean-up take the time of one resource, and tell the end."""
    if update is not None:
        if update.outcome:
            await asyncio.sleep(seconds_per_step())
        update.tell_outcome()


def _note_stuck(stack: dict[str, Any]) -> None:
    """Let the resources whose rollback failed be UPDATE_FAILED, each with its reason."""
    for logical_id in stack.get("_rollback_failed", {}):
        events = cloudformation._stack_events[stack["StackId"]]
        reasons = [
            event["ResourceStatusReason"]
            for event in events
            if event["LogicalResourceId"] == logical_id and event["ResourceStatus"].endswith("_FAILED")
        ]
        note_on_resource(stack, logical_id, "UPDATE_FAILED", reasons[-1] if reasons else "")


def sends_back(resource_type: str) -> bool:
    """Tell whether a resource whose own update has failed is sent back to what it was."""
    update = current_update.get()
    return bool(_sends_back(resource_type)) or (update is not None and update.reverts_failed)


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
        if operation is None and status.endswith("_CLEANUP_IN_PROGRESS"):
            # Everything was done, only the end had not been told.
            stack["StackStatus"] = status.removesuffix("_CLEANUP_IN_PROGRESS")
            stacks._add_event(stack_id, name, name, STACK, stack["StackStatus"], "", stack_id)
            return
        if operation is None:
            stack["StackStatus"] = status.replace("_IN_PROGRESS", "_FAILED")
            stacks._add_event(stack_id, name, name, STACK, stack["StackStatus"], INTERRUPTED, stack_id)
            return
        if "ROLLBACK" not in status:
            failed = "UPDATE_FAILED" if operation["is_update"] else "CREATE_FAILED"
            stacks._add_event(stack_id, name, name, STACK, failed, INTERRUPTED, stack_id)
        operation["created"] = _touched(stack, operation)
        await roll_back(name, stack_id, stack, operation, INTERRUPTED)


def _touched(stack: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """Return the resources that the interrupted operation had got to, in its order."""
    before = (operation["previous_stack"] or {}).get("_resources", {})
    return [
        logical_id
        for logical_id, resource in stack["_resources"].items()
        if logical_id not in before
        or any(resource.get(key) != before[logical_id].get(key) for key in ("PhysicalResourceId", "Properties"))
    ]


@contextlib.asynccontextmanager
async def _lock(stack_id: str) -> AsyncIterator[None]:
    """Hold the stack; whoever holds it already goes on, so that an operation can roll itself back."""
    if stack_id in _held.get():
        yield
        return
    async with _busy.setdefault(stack_id, asyncio.Lock()):
        token = _held.set(_held.get() | {stack_id})
        try:
            yield
        finally:
            _held.reset(token)
