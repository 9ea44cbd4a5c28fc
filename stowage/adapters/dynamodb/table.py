"""Calls that every kind of row shares: the keys' prefixes, reading all pages, naming the table."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import Item, from_item, names, to_value
from stowage.domain.errors import InvalidRequestError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

OWNER_INDEX = "by_owner"
"""The one index: keys gsi1pk and gsi1sk, all attributes."""


KEYS_AT_ONCE = 100
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

NO_CURSOR = "The cursor is not one that this list gave."


def key(pk: str, sk: str) -> Item:
    """Give a row's key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def get_row(client: "DynamoDBClient", table: str, pk: str, sk: str) -> dict[str, Any] | None:
    """Read one row, strongly consistent, or give None."""
    with aws_errors():
        answer = client.get_item(TableName=table, Key=key(pk, sk), ConsistentRead=True)
    return from_item(answer["Item"]) if "Item" in answer else None


def get_rows(client: "DynamoDBClient", table: str, keys: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """Read rows by their keys, strongly consistent and in no order; a key without a row gives none.

    What DynamoDB leaves unprocessed, being throttled or after 16 MB, is asked for again at once; where it processes
    nothing at all, it raises instead
    (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html).
    """
    waiting = [key(pk, sk) for pk, sk in sorted(set(keys))]
    while waiting:
        asked, waiting = waiting[:KEYS_AT_ONCE], waiting[KEYS_AT_ONCE:]
        with aws_errors():
            answer = client.batch_get_item(RequestItems={table: {"Keys": asked, "ConsistentRead": True}})
        yield from map(from_item, answer["Responses"].get(table, []))
        left = answer.get("UnprocessedKeys", {})
        if table in left:
            unprocessed: Any = left[table]["Keys"]
            waiting = [*unprocessed, *waiting]


def newest_rows(client: "DynamoDBClient", table: str, owner: str, *, limit: int) -> list[dict[str, Any]]:
    """Read an owner's last rows of the index, newest first; eventually consistent, being an index."""
    with aws_errors():
        page = client.query(
            TableName=table,
            IndexName=OWNER_INDEX,
            KeyConditionExpression="#gsi1pk = :owner",
            ExpressionAttributeNames=names("gsi1pk"),
            ExpressionAttributeValues={":owner": to_value(owner)},
            ScanIndexForward=False,
            Limit=limit,
        )
    return [from_item(item) for item in page["Items"]]


@contextmanager
def going_on_after(after: str | None) -> Iterator[None]:
    """Translate the errors of a query that goes on after a client's key, which may be forged.

    DynamoDB refuses one that no page of this query ended with (too long, outside of the key condition) by a
    ValidationException: then it is the request that is wrong. Without a client's key, that would be a defect of ours.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html#API_Query_RequestParameters
    """
    try:
        with aws_errors(None if after is None else {"ValidationException": InvalidRequestError}):
            yield
    except InvalidRequestError as error:
        raise InvalidRequestError(NO_CURSOR) from error


def query_rows(
    client: "DynamoDBClient", table: str, pk: str, sk_prefix: str, *, index: bool = False
) -> Iterator[dict[str, Any]]:
    """Read all rows of a partition whose sort key begins so (every one begins with ""), page after page of 1 MB.

    Strongly consistent, except over the index, which DynamoDB only reads eventually consistent
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html).
    """
    arguments: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": "gsi1pk" if index else "pk"},
        "ExpressionAttributeValues": {":pk": to_value(pk)},
        **({"IndexName": OWNER_INDEX} if index else {"ConsistentRead": True}),
    }
    if sk_prefix:
        # DynamoDB refuses to compare a key with an empty text.
        arguments["KeyConditionExpression"] += " AND begins_with(#sk, :sk)"
        arguments["ExpressionAttributeNames"]["#sk"] = "gsi1sk" if index else "sk"
        arguments["ExpressionAttributeValues"][":sk"] = to_value(sk_prefix)
    while True:
        with aws_errors():
            page = client.query(**arguments)
        yield from map(from_item, page["Items"])
        if "LastEvaluatedKey" not in page:
            return
        arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]
