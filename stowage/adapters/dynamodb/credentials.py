"""Rows of users' credentials: which keys there are, and their rotation; never a secret."""

from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import from_value, names, to_item, to_value
from stowage.adapters.dynamodb.table import get_row
from stowage.domain.changes import canonical_json
from stowage.domain.credentials import Credentials
from stowage.domain.errors import ConcurrentUpdateError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoCredentialRows:
    """The port `CredentialRows` on the table: a row is one JSON text, written whole, and a revision beside it."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, project: str, kind: str, name: str) -> Credentials | None:
        """Give the row, strongly consistent, or None."""
        row = get_row(self._client, self._table, f"CREDENTIALS#{project}", f"{kind}#{name}")
        return None if row is None else Credentials.model_validate_json(row["credentials"])

    def put(self, credentials: Credentials) -> Credentials:
        """Write the row, `revision` being the one that was read (0: there was none), and give it as it is now.

        Raises ConcurrentUpdateError when another writer was quicker. A write whose answer was lost is repeated by
        botocore and then refused by its own success, so that the row, which a refusal gives back, is compared first.
        """
        written = credentials.model_copy(update={"revision": credentials.revision + 1})
        text = canonical_json(written.to_wire())
        item = to_item(
            {
                "pk": f"CREDENTIALS#{credentials.project}",
                "sk": f"{credentials.kind}#{credentials.name}",
                "project": credentials.project,
                "kind": credentials.kind,
                "name": credentials.name,
                "revision": written.revision,
                "credentials": text,
            }
        )
        is_new = credentials.revision == 0
        condition = "attribute_not_exists(#revision)" if is_new else "#revision = :read"
        values = {} if is_new else {"ExpressionAttributeValues": {":read": to_value(credentials.revision)}}
        refused = self._client.exceptions.ConditionalCheckFailedException
        with aws_errors():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=condition,
                    ExpressionAttributeNames=names("revision"),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                    **values,  # type: ignore[arg-type]
                )
            except refused as error:
                refusal: dict[str, Any] = {**error.response}
                standing = refusal.get("Item", {}).get("credentials")
                if standing is None or from_value(standing) != text:
                    message = f"Somebody else wrote the credentials of {credentials.name} at the same time."
                    raise ConcurrentUpdateError(message) from error
        return written
