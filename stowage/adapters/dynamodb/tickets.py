"""Rows of socket tickets: 30 seconds, single use."""

from typing import TYPE_CHECKING

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import from_item, names, to_item, to_value
from stowage.adapters.dynamodb.table import key
from stowage.domain.errors import TicketRefusedError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TICKET = "TICKET"


class DynamoTickets:
    """The port `Tickets` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def put(self, ticket_hash: str, person: str, *, expires_at: int) -> None:
        """Keep a ticket by its SHA-256; DynamoDB forgets it some time after `expires_at` (epoch seconds)."""
        row = {"pk": f"TICKET#{ticket_hash}", "sk": TICKET, "person": person, "expiresAt": expires_at}
        with aws_errors():
            self._client.put_item(TableName=self._table, Item=to_item(row))

    def redeem(self, ticket_hash: str, *, now: int) -> str:
        """Use a ticket up and give its person. Raises TicketRefusedError.

        One conditional delete: of two that try at once, one gets the row. The expiry stands in the condition, since
        DynamoDB may take days to delete an expired row
        (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html).
        """
        with aws_errors({"ConditionalCheckFailedException": TicketRefusedError}):
            answer = self._client.delete_item(
                TableName=self._table,
                Key=key(f"TICKET#{ticket_hash}", TICKET),
                ConditionExpression="#expiresAt > :now",
                ExpressionAttributeNames=names("expiresAt"),
                ExpressionAttributeValues={":now": to_value(now)},
                ReturnValues="ALL_OLD",
            )
        return str(from_item(answer["Attributes"])["person"])
