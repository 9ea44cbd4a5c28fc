"""Rows of resources: the mirror, with lock and fence on the row itself (docs/adr/0003-lock-on-the-row.md)."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.changes import change_item
from stowage.adapters.dynamodb.items import Item, from_item, names, to_item, to_value
from stowage.adapters.dynamodb.references import (
    TOUCHED,
    key_texts,
    mark_if_standing,
    marks_of,
    row_key,
    unmark,
    unmark_each,
)
from stowage.adapters.dynamodb.resource_rows import PROJECTION, described_fields, end_fields, to_row, to_wire
from stowage.adapters.dynamodb.row_updates import conditional_update, ways_to_write, write_row
from stowage.adapters.dynamodb.table import NO_CURSOR, get_row, get_rows, going_on_after, key
from stowage.domain.changes import Action, Change
from stowage.domain.errors import InvalidRequestError, LockLostError, NotFoundError
from stowage.domain.ports import NO_REFERENCE_CHANGES, ReferenceChanges, ResourceKey, ResourcePage
from stowage.domain.resources import Resource, ResourceName, ResourceRow, ResourceStatus, RowState, StopWish

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

SEQUENCE = "#SEQ"
"""Sort key of the sequence row. '#' sorts before 'R': it is the first row of every first page, and so read before the
rows (invariant N2)."""

SEQ_DIGITS = 38
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""

HOLDS = "#lock.#change = :change AND #fence = :fence"
"""The condition of every write of a running change (invariant L5)."""


class DynamoResources:
    """The port `Resources` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, project: str, kind: str, name: str) -> ResourceRow | None:
        """Give the row, tombstones included, or None."""
        row = get_row(self._client, self._table, *key_texts(ResourceKey(project, kind, name)))
        return None if row is None else to_row(row)

    def get_all(self, project: str, names: Collection[ResourceName]) -> dict[ResourceName, ResourceRow]:
        """Give the rows of these resources, tombstones included; one without a row is left out."""
        keys = [key_texts(ResourceKey(project, each.kind, each.name)) for each in names]
        rows = map(to_row, get_rows(self._client, self._table, keys))
        return {ResourceName(kind=row.resource.kind, name=row.resource.name): row for row in rows}

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
        return ResourcePage(tuple(map(to_wire, rows)), f"{seq}|{last['sk']['S']}" if last else None, seq)

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
        """Keep the task token that wakes the sleeping execution, and give the row as it was. Raises LockLostError."""
        with aws_errors({"ConditionalCheckFailedException": LockLostError}):
            answer = self._client.update_item(
                TableName=self._table,
                Key=row_key(row_of),
                UpdateExpression="SET #wakeToken = :token, #stackId = :stackId REMOVE #heard",
                ConditionExpression=HOLDS,
                ExpressionAttributeNames=names("wakeToken", "stackId", "heard", "lock", "change", "fence"),
                ExpressionAttributeValues=to_item(
                    {":token": token, ":stackId": stack_id, ":change": change, ":fence": fence}
                ),
                ReturnValues="ALL_OLD",
            )
        return to_row(from_item(answer["Attributes"]))

    def note_begun(self, row_of: ResourceKey, *, change: str, fence: int, begun: bool) -> None:
        """Write down that the change may begin an operation, or that it began none. Raises LockLostError."""
        with aws_errors({"ConditionalCheckFailedException": LockLostError}):
            self._client.update_item(
                TableName=self._table,
                Key=row_key(row_of),
                UpdateExpression="SET #begun = :change" if begun else "REMOVE #begun",
                ConditionExpression=HOLDS,
                ExpressionAttributeNames=names("begun", "lock", "change", "fence"),
                ExpressionAttributeValues=to_item({":change": change, ":fence": fence}),
            )

    def wish_stop(self, row_of: ResourceKey, wish: StopWish) -> None:
        """Write down that a change is to be stopped, while it holds the lock and is no deletion under way.

        Raises LockLostError.
        """
        with aws_errors({"ConditionalCheckFailedException": LockLostError}):
            self._client.update_item(
                TableName=self._table,
                Key=row_key(row_of),
                UpdateExpression="SET #stopWish = :wish",
                ConditionExpression="#lock.#change = :change AND "
                "(#lock.#action <> :delete OR attribute_not_exists(#wakeToken))",
                ExpressionAttributeNames=names("stopWish", "lock", "change", "action", "wakeToken"),
                ExpressionAttributeValues=to_item(
                    {":wish": wish.to_wire(), ":change": wish.change, ":delete": Action.DELETE.value}
                ),
            )

    def add_referrer(self, row_of: ResourceKey, referrer: ResourceName) -> bool:
        """Mark the resource as named by `referrer`; False, and no mark, where it does not stand or is being deleted."""
        try:
            with aws_errors({"ConditionalCheckFailedException": NotFoundError}):
                self._client.update_item(**mark_if_standing(self._table, row_of, referrer))
        except NotFoundError:
            return False
        return True

    def remove_referrers(
        self, row_of: ResourceKey, referrers: Collection[ResourceName], *, change: str, fence: int
    ) -> None:
        """Take marks from the resource that `change` holds under `fence`. Raises LockLostError."""
        update = unmark(self._table, row_of, referrers)
        update["ConditionExpression"] = HOLDS
        update["ExpressionAttributeNames"] |= names("lock", "change", "fence")
        update["ExpressionAttributeValues"] |= to_item({":change": change, ":fence": fence})
        with aws_errors({"ConditionalCheckFailedException": LockLostError}):
            self._client.update_item(**update)

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
        references: ReferenceChanges = NO_REFERENCE_CHANGES,
    ) -> None:
        """Write the resource as a change leaves it, if lock and fence are ours; with it, all marks that it drops.

        The lock stays until ReleaseLock. Repeating it is harmless. Raises LockLostError.
        """
        fields = end_fields(resource, change, deleted=deleted)
        fields |= {"stackId": stack_id, "stackUpdatedAt": stack_updated_at, TOUCHED: marks_of(references.touched)}
        for described in ways_to_write(described_fields(resource)):
            update = conditional_update(
                self._table, row_of, {**fields, **described}, HOLDS, {":change": change, ":fence": fence}
            )
            try:
                write_row(self._client, update, unmark_each(self._table, row_of, references.dropped))
            except LockLostError:
                if not described:
                    raise
            else:
                return

    def release(
        self,
        row_of: ResourceKey,
        *,
        change: str,
        resource: Resource | None,
        ended: Change,
        references: ReferenceChanges = NO_REFERENCE_CHANGES,
    ) -> bool:
        """Free the lock that an ended execution left held, for recovery only (invariant L3).

        Conditional on the holder being `change`; writes the change's end and, if given, the resource's status with
        it: DELETED leaves a tombstone. The stack's id stays as it is, in a tombstone too (invariant M2). Gives False
        when that change holds nothing (any more).
        """
        fields: dict[str, Any] = {"lock": None, "wakeToken": None, "stackUpdatedAt": None}
        fields[TOUCHED] = marks_of(references.touched)
        if resource is not None:
            fields |= end_fields(resource, change, deleted=resource.status is ResourceStatus.DELETED)
        put: Any = {"TableName": self._table, "Item": change_item(ended)}
        unmarks = unmark_each(self._table, row_of, references.dropped)
        for described in ways_to_write({} if resource is None else described_fields(resource)):
            update = conditional_update(
                self._table, row_of, {**fields, **described}, "#lock.#change = :change", {":change": change}
            )
            items: Any = [{"Put": put}, *({"Update": each} for each in (update, *unmarks))]
            try:
                with aws_errors({"ConditionalCheckFailed": LockLostError}):
                    self._client.transact_write_items(TransactItems=items)
            except LockLostError:
                continue
            return True
        return False

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


def state_from_item(item: Item) -> RowState:
    """Give a row's state, read from DynamoDB's typed JSON as Step Functions' direct read DescribeLock hands it over."""
    row = from_item(item)
    return RowState(lock=row.get("lock"), version=row.get("version", 0), deleted="deletedAt" in row)


def _start(project: str, after: str) -> tuple[int, Item]:
    seq, _, sort_key = after.partition("|")
    if not (seq.isascii() and seq.isdigit() and len(seq) <= SEQ_DIGITS and sort_key.startswith("RESOURCE#")):
        raise InvalidRequestError(NO_CURSOR)
    return int(seq), key(f"RESOURCES#{project}", sort_key)
