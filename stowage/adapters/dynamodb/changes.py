"""Rows of changes: what a project's history page is read from."""

from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code
from stowage.adapters.dynamodb.items import Item, from_item, names, to_item, to_value
from stowage.adapters.dynamodb.table import NO_CURSOR, OWNER_INDEX, get_row, going_on_after, key
from stowage.domain.changes import Change
from stowage.domain.errors import InvalidRequestError
from stowage.domain.ports import ChangeFilter, ChangePage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

QUERIES_PER_PAGE = 5
"""A rare filter may find little in many rows; after so many queries the page ends early, with a key to go on."""


class DynamoChanges:
    """The port `Changes` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, project: str, change: str) -> Change | None:
        """Give the change (without states), or None."""
        row = get_row(self._client, self._table, f"CHANGES#{project}", f"CHANGE#{change}")
        return None if row is None else _change(row)

    def put_started(self, change: Change) -> None:
        """Write a running change unless its row exists; never overwrites an end."""
        with aws_errors():
            try:
                self._client.put_item(
                    TableName=self._table, Item=change_item(change), ConditionExpression="attribute_not_exists(pk)"
                )
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise

    def put_ended(self, change: Change) -> None:
        """Write an ended change, whole; a repeat is harmless."""
        with aws_errors():
            self._client.put_item(TableName=self._table, Item=change_item(change))

    def list_page(self, project: str, which: ChangeFilter, *, limit: int, after: str | None) -> ChangePage:
        """Give a page of changes, newest first; eventually consistent (an index). Raises InvalidRequestError."""
        arguments = self._arguments(project, which, limit)
        found: list[Change] = []
        start: Any = None if after is None else _start_key(project, after)
        for _ in range(QUERIES_PER_PAGE):
            if start is not None:
                arguments["ExclusiveStartKey"] = start
            with going_on_after(after):
                page = self._client.query(**arguments)
            rows = [from_item(item) for item in islice(page["Items"], limit - len(found))]
            found.extend(map(_change, rows))
            start = page.get("LastEvaluatedKey")
            if len(found) == limit and (start or len(rows) < len(page["Items"])):
                return ChangePage(tuple(found), rows[-1]["gsi1sk"])
            if start is None:
                return ChangePage(tuple(found), None)
        return ChangePage(tuple(found), from_item(start)["gsi1sk"] if start else None)

    def _arguments(self, project: str, which: ChangeFilter, limit: int) -> dict[str, Any]:
        """Give the query; a sort key is "time#change", so that it lies after its own time alone."""
        condition = "#gsi1pk = :project"
        values: dict[str, Any] = {":project": f"CHANGES#{project}"}
        if which.since is not None and which.until is not None:
            condition += " AND #gsi1sk BETWEEN :since AND :until"
            values |= {":since": which.since, ":until": which.until}
        elif which.since is not None:
            condition += " AND #gsi1sk >= :since"
            values[":since"] = which.since
        elif which.until is not None:
            condition += " AND #gsi1sk < :until"
            values[":until"] = which.until
        filters = []
        if which.resource is not None:
            filters.append("#kind = :kind AND #name = :name")
            values |= {":kind": which.resource[0], ":name": which.resource[1]}
        for name in ("kind", "action", "status", "outcome"):
            wanted: str | None = getattr(which, name)
            if wanted is not None and not (name == "kind" and which.resource is not None):
                filters.append(f"#{name} = :{name}")
                values[f":{name}"] = wanted
        if which.actor is not None:
            filters.append("(#actor = :actor OR #actorId = :actor)")
            values[":actor"] = which.actor
        expressions = " AND ".join([condition, *filters])
        used = ("gsi1pk", "gsi1sk", "kind", "name", "actor", "actorId", "action", "status", "outcome")
        return {
            "TableName": self._table,
            "IndexName": OWNER_INDEX,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names(*(name for name in used if f"#{name} " in expressions)),
            "ExpressionAttributeValues": {name: to_value(value) for name, value in values.items()},
            "ScanIndexForward": False,
            "Limit": limit,
            **({"FilterExpression": " AND ".join(filters)} if filters else {}),
        }


def change_item(change: Change) -> Item:
    """Give a change's row."""
    fields = change.model_dump(mode="json", by_alias=True, exclude={"id", "states"})
    return to_item(
        {
            "pk": f"CHANGES#{change.project}",
            "sk": f"CHANGE#{change.id}",
            "gsi1pk": f"CHANGES#{change.project}",
            "gsi1sk": f"{change.started_at}#{change.id}",
            "change": change.id,
            **fields,
        }
    )


def _change(row: dict[str, Any]) -> Change:
    fields = {
        name: row.get(field.alias or name)
        for name, field in Change.model_fields.items()
        if name not in {"id", "states"}
    }
    return Change.model_validate({"id": row["change"], **fields})


def _start_key(project: str, after: str) -> Item:
    started_at, separator, change = after.partition("#")
    if not (started_at and separator and change):
        raise InvalidRequestError(NO_CURSOR)
    return {
        **key(f"CHANGES#{project}", f"CHANGE#{change}"),
        "gsi1pk": to_value(f"CHANGES#{project}"),
        "gsi1sk": to_value(after),
    }
