"""Rows beside those of changes, which no list reads: their specs, and how long their states took."""

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code
from stowage.adapters.dynamodb.items import names, to_item
from stowage.adapters.dynamodb.table import get_row
from stowage.domain.change_specs import ChangeSpecs
from stowage.domain.changes import Action, canonical_json
from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.usual import Durations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

DURATIONS = "DURATIONS"


class DynamoChangeDetails:
    """The port `ChangeDetails` on the table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def keep_specs(self, project: str, change: str, specs: ChangeSpecs) -> None:
        """Keep them, unless they are kept already."""
        texts = {
            name: None if spec is None else canonical_json(spec)
            for name, spec in (("spec", specs.spec), ("before", specs.before))
        }
        # A row of its own: the index, which every list of changes reads, would carry it along.
        item = to_item({"pk": f"CHANGES#{project}", "sk": f"SPECS#{change}", **texts})
        with aws_errors():
            try:
                self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
            except ClientError as error:
                if error_code(error) != "ConditionalCheckFailedException":
                    raise

    def get_specs(self, project: str, change: str) -> ChangeSpecs | None:
        """Give what was kept, or None."""
        row = get_row(self._client, self._table, f"CHANGES#{project}", f"SPECS#{change}")
        return None if row is None else ChangeSpecs(spec=_spec(row, "spec"), before=_spec(row, "before"))

    def get_durations(self, kind: str, action: Action) -> Durations:
        """Give what was learnt of this kind and action; nothing yet is an empty record."""
        row = get_row(self._client, self._table, f"{DURATIONS}#{kind}", action.value)
        learnt: dict[str, Any] = {} if row is None else json.loads(row["learnt"])
        return Durations.model_validate({"kind": kind, "action": action, **learnt})

    def put_durations(self, durations: Durations, *, seen: int) -> None:
        """Keep what was learnt, if nobody has since the revision `seen`. Raises ConcurrentUpdateError."""
        learnt = durations.model_dump(mode="json", by_alias=True, exclude={"kind", "action"})
        item = to_item(
            {
                "pk": f"{DURATIONS}#{durations.kind}",
                "sk": durations.action.value,
                "revision": durations.revision,
                "learnt": canonical_json(learnt),
            }
        )
        with aws_errors({"ConditionalCheckFailedException": ConcurrentUpdateError}):
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(pk) OR #revision = :seen",
                ExpressionAttributeNames=names("revision"),
                ExpressionAttributeValues=to_item({":seen": seen}),
            )


def _spec(row: dict[str, Any], name: str) -> Any:  # noqa: ANN401 -- a spec, or None
    return json.loads(row[name]) if name in row else None
