"""Rows of notices: one per thing told, for 90 days."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code
from stowage.adapters.dynamodb.items import to_item
from stowage.adapters.dynamodb.table import newest_rows
from stowage.domain.notices import KEPT_DAYS, Notice

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoNotices:
    """The port `Notices` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def put(self, notice: Notice) -> bool:
        """Keep the notice; False when it was there already, which then stays as it is."""
        expires_at = datetime.fromisoformat(notice.at) + timedelta(days=KEPT_DAYS)
        fields = notice.model_dump(mode="json", by_alias=True, exclude={"id"})
        item = to_item(
            {
                "pk": f"NOTICES#{notice.project}",
                "sk": f"NOTICE#{notice.id}",
                "gsi1pk": f"NOTICES#{notice.project}",
                "gsi1sk": f"{notice.at}#{notice.id}",
                "notice": notice.id,
                "expiresAt": int(expires_at.timestamp()),
                **fields,
            }
        )
        with aws_errors():
            try:
                self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise
                return False
        return True

    def list_newest(self, project: str, *, limit: int) -> tuple[Notice, ...]:
        """Give the project's newest notices, newest first; eventually consistent (an index)."""
        return tuple(
            Notice(
                id=row["notice"],
                project=row["project"],
                code=row["code"],
                kind=row["kind"],
                name=row["name"],
                text=row["text"],
                at=row["at"],
            )
            for row in newest_rows(self._client, self._table, f"NOTICES#{project}", limit=limit)
        )
