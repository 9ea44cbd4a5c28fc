"""The machine's direct DynamoDB calls, made as Step Functions makes them."""

import json
from pathlib import Path
from typing import Any

from stowage.adapters.dynamodb.resources import DynamoResources
from tests.unit.workflows.evaluation import context, evaluate
from workflows.asl import Json

ASL = json.loads((Path(__file__).parents[2] / "statemachines" / "change_resource.asl.json").read_text(encoding="utf-8"))
TABLE = "stowage"


class Machine:
    """Makes the calls of the machine's DynamoDB states, as Step Functions does."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def call(self, state: str, request: Json, *, started_at: str | None = None, **variables: object) -> Json:
        """Evaluate the state's arguments and make its call."""
        block = ASL["States"][state]
        given = context(request)
        if started_at is not None:
            given["Execution"]["StartTime"] = started_at
        arguments = evaluate(block["Arguments"], {"context": given}, dict(variables))
        call = {"updateItem": self.client.update_item, "getItem": self.client.get_item}
        answer: Json = call[block["Resource"].split(":")[-1]](**{**arguments, "TableName": TABLE})
        return answer

    def acquire(self, request: Json, *, started_at: str | None = None) -> int:
        """Acquire the lock; give what the machine assigns as the fence."""
        answer = self.call("AcquireLock", request, started_at=started_at)
        assigned = evaluate(ASL["States"]["AcquireLock"]["Assign"], {"result": answer}, {})
        return int(assigned["fence"])

    def row(self, request: Json) -> Any:
        """Read the row as the mirror understands it."""
        return DynamoResources(self.client, TABLE).get(request["project"], request["kind"], request["name"])
