"""Writes of a resource's row whose condition guards what it may overwrite (invariants L4, L5, M1)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import names, to_item
from stowage.adapters.dynamodb.references import row_key
from stowage.domain.errors import LockLostError
from stowage.domain.ports import ResourceKey

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

GUARDS = ("lock", "change", "fence", "deletedAt")
"""What a condition may speak of beside the fields that are written."""


def conditional_update(
    table: str, row_of: ResourceKey, fields: Mapping[str, Any], condition: str, values: Mapping[str, Any]
) -> Any:  # noqa: ANN401 -- arguments of a client
    """Give the conditional write that sets fields, and removes those that are None or an empty set."""
    if "stackMark" in fields:
        condition += " AND (attribute_not_exists(#stackMark) OR #stackMark <= :new_stackMark)"
    present = {name: value for name, value in fields.items() if value is not None and value != frozenset()}
    absent = [name for name in fields if name not in present]
    expression = "SET " + ", ".join(f"#{name} = :new_{name}" for name in present) if present else ""
    if absent:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in absent)
    return {
        "TableName": table,
        "Key": row_key(row_of),
        "UpdateExpression": expression.strip(),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names(*fields, *(name for name in GUARDS if f"#{name}" in condition)),
        "ExpressionAttributeValues": to_item({**values, **{f":new_{name}": value for name, value in present.items()}}),
    }


def ways_to_write(described: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Give the description that is written with a change's end, and nothing, for where an event is newer than it.

    One condition cannot guard two groups of attributes: it fails for either, and the second try tells for which.
    """
    return (described, {}) if described else ({},)


def write_row(client: "DynamoDBClient", update: Any, unmarks: Sequence[Any]) -> None:  # noqa: ANN401 -- a client's
    """Write the row, and with it the marks that it drops. Raises LockLostError where its condition fails."""
    if not unmarks:
        with aws_errors({"ConditionalCheckFailedException": LockLostError}):
            client.update_item(**update)
        return
    items: Any = [{"Update": each} for each in (update, *unmarks)]
    with aws_errors({"ConditionalCheckFailed": LockLostError}):
        client.transact_write_items(TransactItems=items)
