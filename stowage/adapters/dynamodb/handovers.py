"""Rows of handovers, of what was revealed by them, and of the audit of each reveal."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code
from stowage.adapters.dynamodb.items import Item, from_item, names, to_item
from stowage.adapters.dynamodb.table import get_row, key, newest_rows
from stowage.domain.errors import ConcurrentUpdateError, HandoverRefusedError
from stowage.domain.handovers import PASSPHRASE_TRIES, Handover, HandoverStatus
from stowage.domain.ports import Reveal

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

HANDOVER = "HANDOVER"
REVEALED = "REVEALED"
KEPT_DAYS = 90
"""A handover's row outlives its expiry by so much; the audit row of its reveal stays."""
LISTED = 100
WAITS = "#status = :waiting"
FAILED = "ConditionalCheckFailedException"


class DynamoHandovers:
    """The port `Handovers` on the table.

    `validUntil` is the expiry that conditions compare; `expiresAt`, 90 days later, is DynamoDB's to forget the row by.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, handover: str) -> Handover | None:
        """Give the handover, or None."""
        row = get_row(self._client, self._table, f"HANDOVER#{handover}", HANDOVER)
        return None if row is None else _handover(row)

    def list_of(self, project: str, kind: str, name: str) -> tuple[Handover, ...]:
        """Give the resource's newest 100 handovers, newest first; eventually consistent (an index)."""
        rows = newest_rows(self._client, self._table, f"HANDOVERS#{project}#{kind}#{name}", limit=LISTED)
        return tuple(map(_handover, rows))

    def create(self, handover: Handover) -> None:
        """Write a new handover; a repeat with the same id is refused as ConcurrentUpdateError."""
        forgotten_at = datetime.fromisoformat(handover.expires_at) + timedelta(days=KEPT_DAYS)
        fields = handover.model_dump(mode="json", by_alias=True, exclude={"id", "expires_at"})
        item = to_item(
            {
                "pk": f"HANDOVER#{handover.id}",
                "sk": HANDOVER,
                "gsi1pk": f"HANDOVERS#{handover.project}#{handover.kind}#{handover.name}",
                "gsi1sk": f"{handover.created_at}#{handover.id}",
                "handover": handover.id,
                "validUntil": handover.expires_at,
                "expiresAt": int(forgotten_at.timestamp()),
                **fields,
            }
        )
        with aws_errors({FAILED: ConcurrentUpdateError}):
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")

    def take_try(self, handover: str) -> int:
        """Take one of the passphrase's tries *before* it is compared, and give how many are left.

        Raises HandoverRefusedError when none is left, or the handover does not wait any more.
        """
        return self._count(handover, -1, "#triesLeft > :bound", 0)

    def give_back_try(self, handover: str) -> None:
        """Give the try of a right passphrase back; nothing happens to a handover that does not wait any more."""
        try:
            self._count(handover, 1, "#triesLeft < :bound", PASSPHRASE_TRIES)
        except HandoverRefusedError:
            return

    def open(self, handover: Handover, reveal: Reveal) -> None:
        """Claim the one opening and write its audit row, in one transaction.

        Three writes: the handover waits no more; its rotation's secret is revealed, through this handover and no
        other, and was not withdrawn; the audit row, without which nothing is revealed. Of any number of callers at
        once, one passes. A repeat with the same claim is the same transaction for ten minutes
        (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).

        Raises HandoverRefusedError.
        """
        table = {"TableName": self._table}
        opening = {
            **table,
            "Key": key(f"HANDOVER#{handover.id}", HANDOVER),
            "UpdateExpression": "SET #status = :opened, #openedAt = :now, #openedFrom = :from, #claim = :claim",
            "ConditionExpression": f"{WAITS} AND #tokenHash = :hash AND #validUntil > :now",
            "ExpressionAttributeNames": names("status", "openedAt", "openedFrom", "claim", "tokenHash", "validUntil"),
            "ExpressionAttributeValues": to_item(
                {
                    ":opened": HandoverStatus.OPENED.value,
                    ":waiting": HandoverStatus.WAITING.value,
                    ":now": reveal.at,
                    ":from": reveal.source,
                    ":claim": reveal.claim,
                    ":hash": handover.token_hash,
                }
            ),
        }
        once = {"ConditionExpression": "attribute_not_exists(pk)"}
        revealed = to_item(
            {"pk": f"ROTATION#{handover.rotation}", "sk": REVEALED, "handover": handover.id, "openedAt": reveal.at}
        )
        items: list[Any] = [
            {"Update": opening},
            {"Put": {**table, "Item": revealed, **once}},
            {"Put": {**table, "Item": _audit(handover, reveal), **once}},
        ]
        with aws_errors({"ConditionalCheckFailed": HandoverRefusedError}):
            self._client.transact_write_items(TransactItems=items, ClientRequestToken=reveal.claim)

    def revealed_at(self, rotation: str) -> str | None:
        """Tell when the key of this rotation was revealed, through whichever handover; None if it was not."""
        row = get_row(self._client, self._table, f"ROTATION#{rotation}", REVEALED)
        return None if row is None or "openedAt" not in row else str(row["openedAt"])

    def withdraw(self, rotation: str, *, at: str) -> str | None:
        """Take the place that a reveal would take, or tell when one took it."""
        taken = to_item({"pk": f"ROTATION#{rotation}", "sk": REVEALED, "withdrawnAt": at})
        with aws_errors():
            try:
                self._client.put_item(TableName=self._table, Item=taken, ConditionExpression="attribute_not_exists(pk)")
            except ClientError as error:
                if error_code(error) != FAILED:
                    raise
                return self.revealed_at(rotation)
        return None

    def revoke(self, handover: str, *, revoked_at: str) -> Handover | None:
        """End a handover that is not opened; idempotent; gives it as it stands, None when there is none."""
        with aws_errors():
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=key(f"HANDOVER#{handover}", HANDOVER),
                    UpdateExpression="SET #status = :revoked, #revokedAt = :now",
                    ConditionExpression=WAITS,
                    ExpressionAttributeNames=names("status", "revokedAt"),
                    ExpressionAttributeValues=to_item(
                        {
                            ":revoked": HandoverStatus.REVOKED.value,
                            ":waiting": HandoverStatus.WAITING.value,
                            ":now": revoked_at,
                        }
                    ),
                    ReturnValues="ALL_NEW",
                )
            except ClientError as error:
                if error_code(error) != FAILED:
                    raise
                return self.get(handover)
        return _handover(from_item(answer["Attributes"]))

    def note_retry(self, handover: str, *, retried_at: str) -> None:
        """Keep when somebody tried it again after it was opened; nothing happens where there is no such handover."""
        with aws_errors():
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=key(f"HANDOVER#{handover}", HANDOVER),
                    UpdateExpression="SET #retriedAt = :now",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeNames=names("retriedAt"),
                    ExpressionAttributeValues=to_item({":now": retried_at}),
                )
            except ClientError as error:
                if error_code(error) != FAILED:
                    raise

    def _count(self, handover: str, by: int, bound: str, limit: int) -> int:
        with aws_errors({FAILED: HandoverRefusedError}):
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(f"HANDOVER#{handover}", HANDOVER),
                UpdateExpression="SET #triesLeft = #triesLeft + :by",
                ConditionExpression=f"{WAITS} AND {bound}",
                ExpressionAttributeNames=names("triesLeft", "status"),
                ExpressionAttributeValues=to_item(
                    {":by": by, ":bound": limit, ":waiting": HandoverStatus.WAITING.value}
                ),
                ReturnValues="UPDATED_NEW",
            )
        return int(from_item(answer["Attributes"])["triesLeft"])


def _audit(handover: Handover, reveal: Reveal) -> Item:
    """Give the audit row: who created the link, when and from where it was opened; kept as long as the table."""
    return to_item(
        {
            "pk": f"AUDIT#{handover.project}",
            "sk": f"REVEAL#{handover.id}",
            "handover": handover.id,
            "project": handover.project,
            "kind": handover.kind,
            "name": handover.name,
            "rotation": handover.rotation,
            "accessKeyId": reveal.access_key_id,
            "createdAt": handover.created_at,
            "createdBy": handover.created_by,
            "createdById": handover.created_by_id,
            "openedAt": reveal.at,
            "openedFrom": reveal.source,
            "userAgent": reveal.user_agent,
        }
    )


def _handover(row: dict[str, Any]) -> Handover:
    fields = {
        name: row.get(field.alias or name)
        for name, field in Handover.model_fields.items()
        if name not in {"id", "expires_at"}
    }
    return Handover.model_validate({"id": row["handover"], "expires_at": row["validUntil"], **fields})
