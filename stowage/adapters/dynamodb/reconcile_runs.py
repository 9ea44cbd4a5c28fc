"""Rows of reconcile's runs: one per project and run, for a week."""

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import from_item, names, to_item, to_value
from stowage.adapters.dynamodb.table import key
from stowage.domain.changes import canonical_json
from stowage.domain.findings import RUNS_KEPT_DAYS, Findings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class DynamoReconcileRuns:
    """The port `ReconcileRuns` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, project: str, findings: Findings, *, begun_at: str | None) -> None:
        """Keep a run's findings until its days are over; a repeat of the same run replaces them."""
        expires_at = datetime.fromisoformat(findings.tried_at) + timedelta(days=RUNS_KEPT_DAYS)
        with aws_errors():
            self._client.update_item(
                TableName=self._table,
                Key=key(f"RECONCILIATIONS#{project}", f"RUN#{begun_at or findings.tried_at}"),
                UpdateExpression="SET #findings = :findings, #expiresAt = :expiresAt",
                ExpressionAttributeNames=names("findings", "expiresAt"),
                ExpressionAttributeValues=to_item(
                    {":findings": canonical_json(findings.to_wire()), ":expiresAt": int(expires_at.timestamp())}
                ),
            )

    def list_newest(self, project: str, *, limit: int) -> tuple[Findings, ...]:
        """Give the newest runs, newest first; one query."""
        with aws_errors():
            page = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": to_value(f"RECONCILIATIONS#{project}")},
                ScanIndexForward=False,
                ConsistentRead=True,
                Limit=limit,
            )
        return tuple(Findings.model_validate(json.loads(from_item(item)["findings"])) for item in page["Items"])
