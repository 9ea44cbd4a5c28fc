"""Rows of resources: the mirror, with lock and fence on the row itself (docs/adr/0003-lock-on-the-row.md)."""

import json
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.changes import change_item
from stowage.adapters.dynamodb.items import Item, from_item, names, to_item, to_value
from stowage.adapters.dynamodb.table import NO_CURSOR, get_row, going_on_after, key
from stowage.domain.changes import Change, canonical_json
from stowage.domain.errors import InvalidRequestError, LockLostError
from stowage.domain.ports import ResourceKey, ResourcePage
from stowage.domain.resources import Resource, ResourceRow, ResourceStatus, RowState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SEQUENCE = "#SEQ"
"""Sort key of the sequence row. '#' sorts before 'R': it is the first row of every first page, and so read before the
rows (invariant N2)."""

SEQ_DIGITS = 38
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

WIRE = ("kind", "name", "spec", "status", "outputs", "lock", "version", "stackStatus", "verifiedAt", "outcome", "cause")
PROJECTION = (*WIRE, "lastChange", "seq")
"""What a list needs of a row; the rest (wake token, stack id, keys) is not even sent."""

HOLDS = "#lock.#change = :change AND #fence = :fence"
"""The condition of every write of a running change (invariant L5)."""


class DynamoResources:
    """The port `Resources` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, project: str, kind: str, name: str) -> ResourceRow | None:
        """Give the row, tombstones included, or None."""
        row = get_row(self._client, self._table, *_key_texts(ResourceKey(project, kind, name)))
        return None if row is None else _row(row)

    def list_page(self, project: str, *, kind: str | None, limit: int, after: str | None) -> ResourcePage:
        """Give a page of the rows that are no tombstones, by kind and name; one DynamoDB query.

        `limit` counts rows looked at, as DynamoDB's does: tombstones and other kinds shorten a page, never its
        continuation. `next_key` carries the first page's sequence number along, since a snapshot of several pages is
        as old as its first (invariant N2). Raises InvalidRequestError when `after` is none of ours.
        """
        seq, start = (0, None) if after is None else _start(project, after)
        values: dict[str, Any] = {":pk": to_value(f"RESOURCES#{project}")}
        shown = "attribute_not_exists(#deletedAt)"
        if kind is not None:
            shown += " AND (#kind = :kind OR attribute_exists(#seq))"
            values[":kind"] = to_value(kind)
        arguments: dict[str, Any] = {"ExclusiveStartKey": start} if start else {}
        with going_on_after(after):
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                FilterExpression=shown,
                ProjectionExpression=", ".join(f"#{name}" for name in PROJECTION),
                ExpressionAttributeNames=names(*PROJECTION, "deletedAt"),
                ExpressionAttributeValues=values,
                ConsistentRead=True,
                Limit=limit if start else limit + 1,
                **arguments,
            )
        rows: list[Any] = page["Items"]
        if rows and "seq" in rows[0]:
            seq = int(rows[0]["seq"]["N"])
            rows = rows[1:]
        last = page.get("LastEvaluatedKey")
        return ResourcePage(tuple(map(_wire, rows)), f"{seq}|{last['sk']['S']}" if last else None, seq)

    def count(self, project: str, kind: str) -> int:
        """Count the rows of a kind that are no tombstones; one query per MB of rows, which sends none of them."""
        counted, arguments = 0, dict[str, Any]()
        while True:
            with aws_errors():
                page = self._client.query(
                    TableName=self._table,
                    Select="COUNT",
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :kind)",
                    FilterExpression="attribute_not_exists(#deletedAt)",
                    ExpressionAttributeNames=names("deletedAt"),
                    ExpressionAttributeValues=to_item(
                        {":pk": f"RESOURCES#{project}", ":kind": f"RESOURCE#{kind}#"},
                    ),
                    ConsistentRead=True,
                    **arguments,
                )
            counted += page["Count"]
            if "LastEvaluatedKey" not in page:
                return counted
            arguments = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def store_wake_token(
        self, row_of: ResourceKey, *, change: str, fence: int, token: str, stack_id: str
    ) -> ResourceRow:
        """Keep the task token that wakes the sleeping execution, and give the row. Raises LockLostError."""
        with aws_errors({"ConditionalCheckFailedException": LockLostError}):
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(*_key_texts(row_of)),
                UpdateExpression="SET #wakeToken = :token, #stackId = :stackId",
                ConditionExpression=HOLDS,
                ExpressionAttributeNames=names("wakeToken", "stackId", "lock", "change", "fence"),
                ExpressionAttributeValues=to_item(
                    {":token": token, ":stackId": stack_id, ":change": change, ":fence": fence}
                ),
                ReturnValues="ALL_NEW",
            )
        return _row(from_item(answer["Attributes"]))

    def finish(
        self,
        row_of: ResourceKey,
        *,
        change: str,
        fence: int,
        resource: Resource,
        stack_id: str | None,
        stack_updated_at: str | None = None,
        deleted: bool,
    ) -> None:
        """Write the resource as a change leaves it, if lock and fence are ours.

        The lock stays until ReleaseLock. Repeating it is harmless. Raises LockLostError.
        """
        fields = _end_fields(resource, change, deleted=deleted)
        fields |= {"stackId": stack_id, "stackUpdatedAt": stack_updated_at}
        update = self._update(row_of, fields, HOLDS, {":change": change, ":fence": fence})
        with aws_errors({"ConditionalCheckFailedException": LockLostError}):
            self._client.update_item(**update)

    def release(self, row_of: ResourceKey, *, change: str, resource: Resource | None, ended: Change) -> bool:
        """Free the lock that an ended execution left held, for recovery only (invariant L3).

        Conditional on the holder being `change`; writes the change's end and, if given, the resource's status with
        it: DELETED leaves a tombstone. The stack's id stays as it is, in a tombstone too (invariant M2). Gives False
        when that change holds nothing (any more).
        """
        fields: dict[str, Any] = {"lock": None, "wakeToken": None, "stackUpdatedAt": None}
        if resource is not None:
            fields |= _end_fields(resource, change, deleted=resource.status is ResourceStatus.DELETED)
        update = self._update(row_of, fields, "#lock.#change = :change", {":change": change})
        put: Any = {"TableName": self._table, "Item": change_item(ended)}
        try:
            with aws_errors({"ConditionalCheckFailed": LockLostError}):
                self._client.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}])
        except LockLostError:
            return False
        return True

    def advance_seq(self, project: str, by: int) -> int:
        """Add to the project's sequence number and give the new one."""
        with aws_errors():
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(f"RESOURCES#{project}", SEQUENCE),
                UpdateExpression="ADD #seq :by",
                ExpressionAttributeNames=names("seq"),
                ExpressionAttributeValues={":by": to_value(by)},
                ReturnValues="UPDATED_NEW",
            )
        return int(from_item(answer["Attributes"])["seq"])

    def get_seq(self, project: str) -> int:
        """Give the project's sequence number; 0 before the first message."""
        row = get_row(self._client, self._table, f"RESOURCES#{project}", SEQUENCE)
        return 0 if row is None else int(row["seq"])

    def _update(self, row_of: ResourceKey, fields: dict[str, Any], condition: str, values: dict[str, Any]) -> Any:  # noqa: ANN401
        """Give the conditional write that sets the fields that have a value and removes those that are None."""
        present = {name: value for name, value in fields.items() if value is not None}
        absent = [name for name in fields if name not in present]
        expression = "SET " + ", ".join(f"#{name} = :new_{name}" for name in present) if present else ""
        if absent:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in absent)
        return {
            "TableName": self._table,
            "Key": key(*_key_texts(row_of)),
            "UpdateExpression": expression.strip(),
            "ConditionExpression": condition,
            "ExpressionAttributeNames": names(
                *fields, *(name for name in ("lock", "change", "fence") if f"#{name}" in condition)
            ),
            "ExpressionAttributeValues": to_item(
                {**values, **{f":new_{name}": value for name, value in present.items()}}
            ),
        }


def state_from_item(item: Item) -> RowState:
    """Give a row's state, read from DynamoDB's typed JSON as Step Functions' direct read DescribeLock hands it over."""
    row = from_item(item)
    return RowState(lock=row.get("lock"), version=row.get("version", 0), deleted="deletedAt" in row)


def _key_texts(row_of: ResourceKey) -> tuple[str, str]:
    return f"RESOURCES#{row_of.project}", f"RESOURCE#{row_of.kind}#{row_of.name}"


def _end_fields(resource: Resource, change: str, *, deleted: bool) -> dict[str, Any]:
    """Give what a change leaves; a tombstone keeps version, fence and the tale of its end (invariant M2)."""
    return {
        "status": ResourceStatus.DELETED.value if deleted else resource.status.value,
        "spec": None if deleted else canonical_json(resource.spec),
        "outputs": None if deleted or not resource.outputs else canonical_json(resource.outputs),
        "version": resource.version,
        "stackStatus": resource.stack_status,
        "verifiedAt": resource.verified_at,
        "outcome": resource.outcome.value if resource.outcome else None,
        "cause": resource.cause,
        "lastChange": change,
        "deletedAt": resource.verified_at if deleted else None,
        "wakeToken": None,
    }


def _wire(item: Item) -> dict[str, Any]:
    """Give a row in its wire shape, straight from the typed JSON: a model per row would double a list's CPU time."""
    wire: dict[str, Any] = {name: next(iter(item[name].values())) if name in item else None for name in WIRE}
    wire["spec"] = json.loads(wire["spec"]) if wire["spec"] else {}
    wire["outputs"] = json.loads(wire["outputs"]) if wire["outputs"] else {}
    wire["version"] = int(wire["version"])
    if wire["lock"] is not None:
        wire["lock"] = from_item(wire["lock"])
    wire["change"] = item["lastChange"]["S"] if "lastChange" in item else None
    return wire


def _row(row: dict[str, Any]) -> ResourceRow:
    wire = {name: row.get(name) for name in WIRE}
    wire["spec"] = json.loads(row["spec"]) if "spec" in row else {}
    wire["outputs"] = json.loads(row["outputs"]) if "outputs" in row else {}
    return ResourceRow(
        project=row["project"],
        resource=Resource.model_validate({**wire, "change": row.get("lastChange")}),
        fence=row["fence"],
        stack_id=row.get("stackId"),
        stack_updated_at=row.get("stackUpdatedAt"),
        wake_token=row.get("wakeToken"),
        deleted="deletedAt" in row,
    )


def _start(project: str, after: str) -> tuple[int, Item]:
    seq, _, sort_key = after.partition("|")
    if not (seq.isascii() and seq.isdigit() and len(seq) <= SEQ_DIGITS and sort_key.startswith("RESOURCE#")):
        raise InvalidRequestError(NO_CURSOR)
    return int(seq), key(f"RESOURCES#{project}", sort_key)
