"""What is kept of changes beside their rows, on moto."""

from typing import Any

import pytest

from stowage.adapters.dynamodb.change_details import DynamoChangeDetails
from stowage.adapters.dynamodb.changes import DynamoChanges
from stowage.domain.change_specs import ChangeSpecs
from stowage.domain.changes import Action, Change, ChangeState
from stowage.domain.errors import ConcurrentUpdateError
from stowage.domain.ports import ChangeFilter
from tests.integration.conftest import TABLE
from tests.unit.fakes.world import request

STATE = ChangeState(
    name="AwaitStack",
    status="SUCCEEDED",
    entered_at="2026-11-23T09:00:00.000Z",
    exited_at="2026-11-23T09:00:30.000Z",
)


@pytest.mark.parametrize(
    "specs",
    [
        ChangeSpecs(spec={"description": "Apples"}, before=None),
        ChangeSpecs(spec=None, before={"description": "Äpfel", "tags": {"a": "b"}, "n": [1, None]}),
        ChangeSpecs(spec={}, before={}),
    ],
)
def test_specs_come_back_as_kept_and_are_kept_once(dynamodb: Any, specs: ChangeSpecs) -> None:
    """A repeat, which may have seen something else, changes nothing."""
    details = DynamoChangeDetails(dynamodb, TABLE)
    details.keep_specs("apollo", "chg-1", specs)

    details.keep_specs("apollo", "chg-1", ChangeSpecs(spec={"other": True}, before=None))

    assert details.get_specs("apollo", "chg-1") == specs
    assert details.get_specs("gemini", "chg-1") is None


def test_no_list_of_changes_reads_specs(dynamodb: Any) -> None:
    """They stand on a row that the index does not have."""
    changes, details = DynamoChanges(dynamodb, TABLE), DynamoChangeDetails(dynamodb, TABLE)
    changes.put_started(Change.started(request(), "2026-11-23T09:00:00.000Z"))
    details.keep_specs("apollo", request().change, ChangeSpecs(spec={"long": "x" * 1000}, before=None))

    page = changes.list_page("apollo", ChangeFilter(), limit=10, after=None)

    assert [each.id for each in page.items] == [request().change]
    rows = dynamodb.query(
        TableName=TABLE,
        IndexName="by_owner",
        KeyConditionExpression="gsi1pk = :owner",
        ExpressionAttributeValues={":owner": {"S": "CHANGES#apollo"}},
    )
    assert rows["Count"] == 1


def test_durations_are_written_upon_what_was_read(dynamodb: Any) -> None:
    """Of two that learn at once, the second begins again."""
    details = DynamoChangeDetails(dynamodb, TABLE)
    empty = details.get_durations("crate", Action.CREATE)
    first = empty.learnt("chg-1", (STATE,))

    details.put_durations(first, seen=0)
    with pytest.raises(ConcurrentUpdateError):
        details.put_durations(empty.learnt("chg-2", (STATE,)), seen=0)
    details.put_durations(first.learnt("chg-2", (STATE,)), seen=1)

    read = details.get_durations("crate", Action.CREATE)
    assert (read.revision, read.changes, read.states) == (2, ("chg-1", "chg-2"), {"AwaitStack": (30_000, 30_000)})
    assert details.get_durations("crate", Action.DELETE).revision == 0
