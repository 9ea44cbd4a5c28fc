"""The operations that keep a project right: reconcile's runs, and locks that were left held, in words."""

from typing import Any

from api import reconciliations
from api.openapi import examples
from api.openapi.parts import refusals
from api.openapi.schemas import ref
from stowage.domain.findings import RUNS_KEPT_DAYS
from stowage.domain.kinds import Kind

Operation = dict[str, Any]

LOCK_PART = "break a lock"

BREAK = """\
Frees a lock that a change has left held although its execution is over, and writes the change's end; Stowage does the
same by itself, when it hears of the end and with each run of reconcile. Refused with 409 `lock-not-breakable`, which
says why, while the change runs (stop it instead), or CloudFormation is at work on the stack. Who broke which lock is
logged, and told as a notice. For operators."""

RECONCILE = """\
Compares the project's stacks with what Stowage shows, and repairs, as the schedule does. While such a run is under way,
asking again gives that one. Its findings come as a message of type `project`. For operators."""


def _parameter(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/parameters/{name}"}


def _content(schema: str, example: object) -> dict[str, Any]:
    return {"application/json": {"schema": ref(schema), "example": example}}


def operation_of_lock(kind: Kind, name: dict[str, Any]) -> Operation:
    """Give the operation of breaking the lock of a kind's resource, with its parameter `name`."""
    return {
        "tags": [kind.title],
        "summary": f"Break the lock of a {kind.title.lower()}",
        "description": BREAK,
        "parameters": [_parameter("Project"), name],
        "responses": {
            "200": {"description": "It is free.", "content": _content("LockBroken", examples.broken_of(kind))},
            **refusals(401, 403, 404, 409),
        },
    }


def operations_of_reconcile() -> dict[str, Operation]:
    """Give the operations of reconcile, by name."""
    limit = {
        "name": "limit",
        "in": "query",
        "description": "How many at most.",
        "schema": {
            "type": "integer",
            "minimum": 1,
            "maximum": reconciliations.MAXIMUM,
            "default": reconciliations.LIMIT,
        },
    }
    return {
        "listReconciliations": {
            "tags": ["Projects"],
            "summary": "List what the last runs of reconcile found",
            "description": f"Newest first, of the last {RUNS_KEPT_DAYS} days. The last one also stands in the project.",
            "parameters": [_parameter("Project"), limit],
            "responses": {
                "200": {
                    "description": "The runs.",
                    "content": _content("ReconciliationList", examples.RECONCILIATIONS),
                },
                **refusals(400, 401, 403, 404),
            },
        },
        "reconcileProject": {
            "tags": ["Projects"],
            "summary": "Compare a project's stacks now",
            "description": RECONCILE,
            "parameters": [_parameter("Project")],
            "responses": {
                "202": {
                    "description": "The run has begun, or is under way.",
                    "content": _content("ReconcileStarted", examples.RECONCILE_STARTED),
                },
                **refusals(401, 403, 404),
            },
        },
    }
