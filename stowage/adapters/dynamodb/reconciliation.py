"""The mirror as reconcile reads and mends it (docs/adr/0014-reconcile.md).

No change holds what is written here: each write demands that nobody holds the row, or has held it since it was read.
"""

from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.dynamodb.items import names, to_item
from stowage.adapters.dynamodb.references import TOUCHED, key_texts, marks_of, unmark_each
from stowage.adapters.dynamodb.resource_rows import DRIFT, described_fields, end_fields, to_row
from stowage.adapters.dynamodb.row_updates import conditional_update, ways_to_write, write_row
from stowage.adapters.dynamodb.table import key, query_rows
from stowage.domain.changes import canonical_json
from stowage.domain.drift import Drift
from stowage.domain.errors import LockLostError, NotFoundError
from stowage.domain.findings import Findings
from stowage.domain.ports import NO_REFERENCE_CHANGES, ReferenceChanges, ResourceKey
from stowage.domain.resources import ResourceRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

UNTOUCHED = "attribute_not_exists(#lock) AND #fence = :seen"
"""Nobody holds the row, nor has held it since: every acquire counts the fence up."""


class DynamoReconciliation:
    """The port `Reconciliation` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def rows(self, project: str) -> tuple[ResourceRow, ...]:
        """Give every row of the project, tombstones included; a query for each megabyte."""
        return tuple(map(to_row, query_rows(self._client, self._table, f"RESOURCES#{project}", "RESOURCE#")))

    def rebuild(self, row: ResourceRow) -> bool:
        """Write a row that was lost; False, and nothing written, if there is one."""
        resource, row_of = row.resource, ResourceKey(row.project, row.resource.kind, row.resource.name)
        pk, sk = key_texts(row_of)
        fields = {
            "pk": pk,
            "sk": sk,
            "project": row.project,
            "kind": resource.kind,
            "name": resource.name,
            "fence": row.fence,
            "stackId": row.stack_id,
            "stackUpdatedAt": row.stack_updated_at,
            **end_fields(resource, resource.change or "", deleted=False),
            "lastChange": resource.change,
            **described_fields(resource),
        }
        try:
            with aws_errors({"ConditionalCheckFailedException": LockLostError}):
                self._client.put_item(
                    TableName=self._table, Item=to_item(fields), ConditionExpression="attribute_not_exists(pk)"
                )
        except LockLostError:
            return False
        return True

    def settle(
        self, before: ResourceRow, after: ResourceRow, references: ReferenceChanges = NO_REFERENCE_CHANGES
    ) -> bool:
        """Write a row as its stack shows it, if it is untouched since it was read, and take its marks from others.

        What an event has told meanwhile is newer than the description, and stays.
        """
        resource, row_of = after.resource, ResourceKey(after.project, after.resource.kind, after.resource.name)
        fields = {
            **end_fields(resource, resource.change or "", deleted=False),
            "lastChange": resource.change,
            "fence": after.fence,
            "stackId": after.stack_id,
            "stackUpdatedAt": after.stack_updated_at,
            TOUCHED: marks_of(references.touched),
            DRIFT: None if resource.drift is None else canonical_json(resource.drift.to_wire()),
        }
        there = "attribute_exists(#deletedAt)" if before.deleted else "attribute_not_exists(#deletedAt)"
        unmarks = unmark_each(self._table, row_of, references.dropped)
        for described in ways_to_write(described_fields(resource)):
            update = conditional_update(
                self._table, row_of, {**fields, **described}, f"{UNTOUCHED} AND {there}", {":seen": before.fence}
            )
            try:
                write_row(self._client, update, unmarks)
            except LockLostError:
                continue
            return True
        return False

    def note_drift(self, row_of: ResourceKey, drift: Drift | None, *, asked_at: str, fence: int) -> bool:
        """Keep when a detection was begun and, unless None, what was found, if the row is untouched since it was read.

        False, and nothing written, where it is not, and for a row that is gone.
        """
        fields: dict[str, Any] = {"driftAskedAt": asked_at}
        if drift is not None:
            fields[DRIFT] = canonical_json(drift.to_wire())
        there = f"{UNTOUCHED} AND attribute_not_exists(#deletedAt)"
        try:
            with aws_errors({"ConditionalCheckFailedException": LockLostError}):
                self._client.update_item(**conditional_update(self._table, row_of, fields, there, {":seen": fence}))
        except LockLostError:
            return False
        return True

    def put_findings(self, project: str, findings: Findings) -> bool:
        """Keep what a run found on the project's row; False for a project that is gone."""
        try:
            with aws_errors({"ConditionalCheckFailedException": NotFoundError}):
                self._client.update_item(
                    TableName=self._table,
                    Key=key(f"PROJECT#{project}", "PROJECT"),
                    UpdateExpression="SET #reconcile = :findings",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeNames=names("reconcile"),
                    ExpressionAttributeValues=to_item({":findings": canonical_json(findings.to_wire())}),
                )
        except NotFoundError:
            return False
        return True
