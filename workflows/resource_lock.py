"""The resource's lock, as the machine takes and frees it: direct calls of DynamoDB, without a function between.

The lock stands on the resource's own row (docs/adr/0003-lock-on-the-row.md). The request and the start time are read
from the context object, which no state can alter.
"""

from typing import Any

from stowage.domain.changes import Action
from stowage.domain.resources import IN_PROGRESS
from workflows.asl import jsonata
from workflows.integrations import dynamodb_task

REQUEST = "$states.context.Execution.Input"
STARTED_AT = "$states.context.Execution.StartTime"

ROW_KEY = {
    "pk": {"S": jsonata(f"'RESOURCES#' & {REQUEST}.project")},
    "sk": {"S": jsonata(f"'RESOURCE#' & {REQUEST}.kind & '#' & {REQUEST}.name")},
}


def acquire_lock_state() -> Any:  # noqa: ANN401 -- an SDK state
    """Take the lock in one conditional write: the resource is free, or mine already (invariants L1, L6)."""
    status = ", ".join(f"'{action.value}': '{IN_PROGRESS[action].value}'" for action in Action)
    # A new resource takes its spec at once; an existing one keeps its own until UpdateMirror, a deleted one to the end.
    update = (
        "'SET #lock = :lock, #fence = if_not_exists(#fence, :zero) + :one, #version = :version, #status = :status, "
        "#lastChange = :change, #project = :project, #kind = :kind, #name = :name, #spec = ' & "
        f"({REQUEST}.action = '{Action.CREATE.value}' "
        "? ':spec REMOVE outcome, cause, wakeToken, deletedAt, outputs, stackId, stackStatus' "
        ": 'if_not_exists(#spec, :spec) REMOVE outcome, cause, wakeToken')"
    )
    # A deletion leaves the version as it is: only the tombstone's mark tells a late update that there is nothing left.
    condition = (
        "'(attribute_not_exists(#lock) AND (#version = :expected OR attribute_not_exists(#version))' & "
        f"({REQUEST}.action = '{Action.CREATE.value}' ? '' : ' AND attribute_not_exists(deletedAt)') & "
        "') OR #lock.#change = :change'"
    )
    lock = {
        "change": {"S": jsonata(f"{REQUEST}.change")},
        "actor": {"S": jsonata(f"{REQUEST}.actor")},
        "actorId": {"S": jsonata(f"{REQUEST}.actorId")},
        "since": {"S": jsonata(STARTED_AT)},
        "action": {"S": jsonata(f"{REQUEST}.action")},
    }
    names = ("lock", "change", "fence", "version", "status", "lastChange", "project", "kind", "name", "spec")
    fence = jsonata("$number($states.result.Attributes.fence.N)")
    return dynamodb_task(
        "AcquireLock",
        "updateItem",
        {
            "Key": ROW_KEY,
            "ConditionExpression": jsonata(condition),
            "UpdateExpression": jsonata(update),
            "ExpressionAttributeNames": {f"#{name}": name for name in names},
            "ExpressionAttributeValues": {
                ":lock": {"M": lock},
                ":zero": {"N": "0"},
                ":one": {"N": "1"},
                ":version": {"N": jsonata(f"$string({REQUEST}.version)")},
                ":expected": {"N": jsonata(f"$string({REQUEST}.expectedVersion)")},
                ":status": {"S": jsonata(f"$lookup({{{status}}}, {REQUEST}.action)")},
                ":change": {"S": jsonata(f"{REQUEST}.change")},
                ":project": {"S": jsonata(f"{REQUEST}.project")},
                ":kind": {"S": jsonata(f"{REQUEST}.kind")},
                ":name": {"S": jsonata(f"{REQUEST}.name")},
                ":spec": {"S": jsonata(f"$string({REQUEST}.spec)")},
            },
            "ReturnValues": "ALL_NEW",
        },
        comment="Takes the resource for this change: only if nobody else holds it and it is still the version that "
        "was looked at. Never takes it over from another change.",
        assign={"fence": fence, "stackId": None},
        output={"fence": fence},
    )


def release_lock_state(state: str, comment: str) -> Any:  # noqa: ANN401 -- an SDK state
    """Remove the lock; one that is gone already under my own fence was removed by an earlier attempt of mine."""
    return dynamodb_task(
        state,
        "updateItem",
        {
            "Key": ROW_KEY,
            "ConditionExpression": "#fence = :fence AND (#lock.#change = :change OR attribute_not_exists(#lock))",
            "UpdateExpression": "REMOVE #lock, wakeToken",
            "ExpressionAttributeNames": {"#lock": "lock", "#change": "change", "#fence": "fence"},
            "ExpressionAttributeValues": {
                ":change": {"S": jsonata(f"{REQUEST}.change")},
                ":fence": {"N": jsonata("$string($fence)")},
            },
        },
        comment=comment,
        output={"fence": jsonata("$fence")},
    )
