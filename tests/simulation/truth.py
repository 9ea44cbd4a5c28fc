"""What a row must say: what its stack shows, the only truth about it."""

import json
from typing import Any

from stowage.catalog.metadata import spec_from_template
from stowage.domain.resources import ResourceStatus
from stowage.domain.stacks import NEVER_STOOD, resource_status
from tests.simulation.sim_stack import SimStack


def stale(row: dict[str, Any], stack: SimStack | None) -> list[str]:
    """Tell in what a row at rest differs from its stack, the only truth about it."""
    if stack is None:
        wanted = {"DELETED", "CREATE_FAILED", "MISSING"}
        return [] if row["status"] in wanted else [f"{row['status']}, and there is no stack"]
    status = resource_status(stack.status, ResourceStatus.UPDATING).value
    told: list[str] = []
    if stack.status == "DELETE_COMPLETE":
        gone = {"DELETED", "MISSING", "CREATE_FAILED"}
        return [] if row["status"] in gone else [f"{row['status']}, and the stack is gone"]
    if row["status"] != status:
        told.append(f"{row['status']}, and the stack is in {stack.status}")
    if row.get("stackStatus") != stack.status:
        told.append(f"stack status {row.get('stackStatus')}, and the stack is in {stack.status}")
    if json.loads(row.get("outputs", "{}")) != stack.outputs():
        told.append(f"outputs {row.get('outputs')}, and the stack's are {stack.outputs()}")
    if stack.status not in NEVER_STOOD:
        origin = spec_from_template(json.loads(stack.template))
        if json.loads(row["spec"]) != origin.spec:
            told.append(f"spec of {json.loads(row['spec']).get('description')}, the stack's is {origin.version}'s")
    return told
