"""From a resource's row to the resource, and back to what a change leaves of it."""

import json
from typing import Any

from stowage.adapters.dynamodb.items import Item, from_item
from stowage.adapters.dynamodb.references import REFERRED_BY, TOUCHED, named, wire_marks
from stowage.domain.changes import canonical_json
from stowage.domain.merge import mark_of_description
from stowage.domain.next_actions import next_actions
from stowage.domain.resources import Resource, ResourceRow, ResourceStatus

WIRE = ("kind", "name", "spec", "status", "outputs", "lock", "version", "stackStatus", "verifiedAt", "outcome", "cause")
DRIFT = "drift"
PROJECTION = (*WIRE, REFERRED_BY, DRIFT, "lastChange", "seq")
"""What a list needs of a row; the rest (wake token, stack id, keys) is not even sent."""


def end_fields(resource: Resource, change: str, *, deleted: bool) -> dict[str, Any]:
    """Give what a change leaves; a tombstone keeps version, fence and the tale of its end (invariant M2).

    Who names the resource is others' to write; only from a tombstone it goes.
    """
    return {
        **({REFERRED_BY: None} if deleted else {}),
        "status": ResourceStatus.DELETED.value if deleted else resource.status.value,
        "spec": None if deleted else canonical_json(resource.spec),
        "outputs": None if deleted or not resource.outputs else canonical_json(resource.outputs),
        "version": resource.version,
        "verifiedAt": resource.verified_at,
        "outcome": resource.outcome.value if resource.outcome else None,
        "cause": resource.cause,
        "lastChange": change,
        "deletedAt": resource.verified_at if deleted else None,
        "wakeToken": None,
    }


def described_fields(resource: Resource) -> dict[str, Any]:
    """Give what a description of its stack adds to the row, by the order of stack events (invariants L4, M1).

    Nothing, if the stack was never asked. All that events told before it is told with it.
    """
    if resource.verified_at is None:
        return {}
    mark = mark_of_description(resource.verified_at)
    return {"stackStatus": resource.stack_status, "stackMark": mark, "progress": None, "heard": None}


def to_wire(item: Item) -> dict[str, Any]:
    """Give a row in its wire shape, straight from the typed JSON: a model per row would double a list's CPU time."""
    wire: dict[str, Any] = {name: next(iter(item[name].values())) if name in item else None for name in WIRE}
    wire["spec"] = json.loads(wire["spec"]) if wire["spec"] else {}
    wire["outputs"] = json.loads(wire["outputs"]) if wire["outputs"] else {}
    wire["version"] = int(wire["version"])
    if wire["lock"] is not None:
        wire["lock"] = from_item(wire["lock"])
    wire["change"] = item["lastChange"]["S"] if "lastChange" in item else None
    wire[DRIFT] = json.loads(item[DRIFT]["S"]) if DRIFT in item else None
    wire[REFERRED_BY] = wire_marks(item[REFERRED_BY]["SS"]) if REFERRED_BY in item else []
    lock = wire["lock"]
    legal = next_actions(wire["status"], wire["outcome"], wire["stackStatus"], lock and lock["action"])
    wire["nextActions"] = list(legal)
    return wire


def to_row(row: dict[str, Any]) -> ResourceRow:
    """Give a row, read and freed of DynamoDB's types, as the model."""
    wire = {name: row.get(name) for name in WIRE}
    wire["spec"] = json.loads(row["spec"]) if "spec" in row else {}
    wire["outputs"] = json.loads(row["outputs"]) if "outputs" in row else {}
    wire[DRIFT] = json.loads(row[DRIFT]) if DRIFT in row else None
    return ResourceRow(
        project=row["project"],
        resource=Resource.model_validate(
            {**wire, "change": row.get("lastChange"), REFERRED_BY: named(row.get(REFERRED_BY, ()))}
        ),
        fence=row["fence"],
        stack_id=row.get("stackId"),
        stack_updated_at=row.get("stackUpdatedAt"),
        wake_token=row.get("wakeToken"),
        heard=row.get("heard"),
        touched=named(row.get(TOUCHED, ())),
        stop_wish=row.get("stopWish"),
        begun=row.get("begun"),
        drift_asked_at=row.get("driftAskedAt"),
        deleted="deletedAt" in row,
    )
