"""What stack events write to a resource's row, and nobody else (docs/adr/0013-stack-events.md).

`stackMark` orders `stackStatus` among events and descriptions, `progress` holds the newest of each resource in the
stack since it was last described, `heard` the operation of which an event has come since AwaitStack last looked.
"""

import json
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import from_item, names, to_item
from stowage.adapters.dynamodb.references import key_texts, row_key
from stowage.adapters.dynamodb.resource_rows import to_row
from stowage.adapters.dynamodb.table import get_row, query_rows
from stowage.domain.errors import ConcurrentUpdateError, NotFoundError
from stowage.domain.merge import ResourceSight, Sight, is_stack_of, mark_of_description, merge_all
from stowage.domain.ports.mirror import ResourceKey
from stowage.domain.ports.sightings import Sighted
from stowage.domain.resources import stack_name as name_of_stack
from stowage.domain.resources import unfolded
from stowage.domain.stack_events import StackEvent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ATTEMPTS = 5
"""Of a write that others were quicker than: a change, or the same stack's events in another batch."""
WRITTEN = ("stackStatus", "stackMark", "progress", "heard")
SEEN = ("stackId", "stackMark", "progress", "verifiedAt", "deletedAt")
"""What a merge rests on: the write's condition is that it is still as it was read."""


class DynamoSightings:
    """The port `Sightings` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str, kinds: Callable[[], Iterable[str]]) -> None:
        self._client = client
        self._table = table
        self._kinds = kinds

    def find(self, project: str, stack_name: str) -> ResourceKey | None:
        """Tell whose stack has this name, or None.

        A name that stands in its stack's as it is costs nothing; a folded one a query of the few rows that begin
        alike, for what it was folded from is told by the rows alone.
        """
        for kind in self._kinds():
            name, is_whole = unfolded(kind, stack_name)
            if name is None:
                continue
            if is_whole:
                return ResourceKey(project, kind, name)
            pk, sk = key_texts(ResourceKey(project, kind, name))
            for row in query_rows(self._client, self._table, pk, sk):
                if name_of_stack(kind, row["name"]) == stack_name:
                    return ResourceKey(project, kind, row["name"])
        return None

    def merge(self, row_of: ResourceKey, stack_id: str, events: Iterable[StackEvent]) -> Sighted | None:
        """Merge events of one stack into the row: one read, and one write if they are news."""
        told = tuple(events)
        for _ in range(ATTEMPTS):
            row = get_row(self._client, self._table, *key_texts(row_of))
            if row is None or not is_stack_of(to_row(row), stack_id, told):
                return None
            before = sight_of({**row, "stackId": stack_id})
            after = merge_all(before, told)
            written = row if after == before else self._write(row_of, row, after)
            if written is not None:
                return Sighted(to_row(written), after, news=after != before)
        raise ConcurrentUpdateError(f"The row of {row_of.kind} {row_of.name} is being written all the time.")

    def _write(self, row_of: ResourceKey, row: dict[str, Any], after: Sight) -> dict[str, Any] | None:
        """Write what is known now, if the row is as it was read, and give the row as it is then; None when it is not.

        The row of this very write, not the one that was read: it has the token of the state that waits now. AwaitStack
        does not look where an event of its operation was heard, and relies on that.
        """
        written = _fields(after)
        unchanged = [f"#{name} = :old_{name}" if name in row else f"attribute_not_exists(#{name})" for name in SEEN]
        present = {name: value for name, value in written.items() if value is not None}
        try:
            with aws_errors({"ConditionalCheckFailedException": NotFoundError}):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=row_key(row_of),
                    UpdateExpression="SET " + ", ".join(f"#{name} = :new_{name}" for name in present),
                    ConditionExpression=" AND ".join(unchanged),
                    ExpressionAttributeNames=names(*present, *SEEN),
                    ExpressionAttributeValues=to_item(
                        {
                            **{f":new_{name}": value for name, value in present.items()},
                            **{f":old_{name}": row[name] for name in SEEN if name in row},
                        }
                    ),
                    ReturnValues="ALL_NEW",
                )
        except NotFoundError:
            return None
        return from_item(answer["Attributes"])


def sight_of(row: dict[str, Any]) -> Sight:
    """Give what a row, freed of DynamoDB's types, knows of its stack; of a former incarnation's stack, nothing."""
    verified = row.get("verifiedAt")
    described = mark_of_description(verified) if verified else ""
    stack_id = row.get("stackId")
    progress = json.loads(row["progress"]) if "progress" in row else {}
    if not progress or progress["stack"] != stack_id:
        progress = {"operation": "", "resources": {}}
    return Sight(
        stack_id=stack_id,
        mark=row.get("stackMark", ""),
        status=row.get("stackStatus"),
        operation=progress["operation"],
        described=described,
        resources={name: ResourceSight(**each) for name, each in progress["resources"].items()},
    )


def _fields(sight: Sight) -> dict[str, str | None]:
    progress = {
        "stack": sight.stack_id,
        "operation": sight.operation,
        "resources": {
            name: {
                "mark": each.mark,
                "status": each.status,
                "type": each.type,
                "operation": each.operation,
                **({"reason": each.reason} if each.reason else {}),
            }
            for name, each in sight.resources.items()
        },
    }
    return {
        "stackStatus": sight.status,
        "stackMark": sight.mark or None,
        "progress": json.dumps(progress, separators=(",", ":"), ensure_ascii=False),
        "heard": sight.operation or None,
    }
