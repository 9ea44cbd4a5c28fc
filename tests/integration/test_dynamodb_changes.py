"""Rows of changes on moto."""

from typing import Any

import pytest

from stowage.adapters.dynamodb.changes import QUERIES_PER_PAGE, DynamoChanges
from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.errors import InvalidRequestError
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import ChangeFilter
from tests.integration.conftest import TABLE
from tests.unit.fakes.world import request


def change(number: int, **fields: Any) -> Change:
    """Give a change that ended; higher numbers are later."""
    started_at = f"2026-11-{number:02}T09:00:00.000Z"
    begun = Change.started(request(change=f"chg-{number:032x}", **fields), started_at)
    outcome = Outcome.SUCCEEDED if number % 2 else Outcome.ROLLED_BACK
    return begun.ended(ChangeStatus.SUCCEEDED, outcome, None, started_at)


def numbers(found: tuple[Change, ...]) -> list[int]:
    """Tell which changes these are."""
    return [int(each.id.removeprefix("chg-"), 16) for each in found]


def test_a_change_comes_back_as_written(dynamodb: Any) -> None:
    """Running and ended alike."""
    changes = DynamoChanges(dynamodb, TABLE)
    running = Change.started(request(), "2026-11-23T09:00:00.000Z")

    changes.put_started(running)
    changes.put_ended(change(1))

    assert changes.get("apollo", running.id) == running
    assert changes.get("apollo", change(1).id) == change(1)
    assert changes.get("gemini", running.id) is None


def test_a_start_never_overwrites_an_end(dynamodb: Any) -> None:
    """The API and NotifyStarted may both come late."""
    changes = DynamoChanges(dynamodb, TABLE)
    changes.put_ended(change(1))

    changes.put_started(Change.started(request(change=change(1).id), "2026-11-01T09:00:00.000Z"))

    assert changes.get("apollo", change(1).id) == change(1)


@pytest.mark.parametrize(
    ("which", "expected"),
    [
        (ChangeFilter(), [6, 5, 4, 3, 2, 1]),
        (ChangeFilter(resource=("crate", "pears")), [6, 3]),
        (ChangeFilter(kind="crate"), [6, 5, 4, 3, 2, 1]),
        (ChangeFilter(kind="barrel"), []),
        (ChangeFilter(kind="crate", resource=("crate", "pears")), [6, 3]),
        (ChangeFilter(action="create", status="SUCCEEDED", outcome="SUCCEEDED"), [5, 3, 1]),
        (ChangeFilter(action="delete"), []),
        (ChangeFilter(status="RUNNING"), []),
        (ChangeFilter(actor="olaf@example.com"), [4]),
        (ChangeFilter(outcome="SUCCEEDED"), [5, 3, 1]),
        (ChangeFilter(since="2026-11-03T09:00:00.000Z"), [6, 5, 4, 3]),
        (ChangeFilter(until="2026-11-03T09:00:00.000Z"), [2, 1]),
        (ChangeFilter(since="2026-11-02T09:00:00.000Z", until="2026-11-04T09:00:00.000Z"), [3, 2]),
        (ChangeFilter(resource=("crate", "pears"), outcome="SUCCEEDED", since="2026-11-01T00:00:00.000Z"), [3]),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_a_filter_finds_its_changes_newest_first_on_any_pages(
    dynamodb: Any, which: ChangeFilter, expected: list[int], limit: int
) -> None:
    """`since` is inclusive, `until` exclusive; no page is longer than asked, none is lost or twice."""
    changes = DynamoChanges(dynamodb, TABLE)
    for number in range(1, 7):
        fields: dict[str, Any] = {"name": "apples" if number % 3 else "pears"}
        fields |= {"actor": "olaf@example.com"} if number == 4 else {}
        changes.put_ended(change(number, **fields))
    changes.put_ended(change(9).model_copy(update={"project": "gemini"}))

    found: list[int] = []
    after = None
    while True:
        page = changes.list_page("apollo", which, limit=limit, after=after)
        assert len(page.items) <= limit
        found += numbers(page.items)
        after = page.next_key
        if after is None:
            break

    assert found == expected


def test_a_rare_filter_costs_a_bounded_number_of_queries(dynamodb: Any, calls: list[str]) -> None:
    """The page ends early, with a key to go on."""
    changes = DynamoChanges(dynamodb, TABLE)
    for number in range(1, 21):
        changes.put_ended(change(number))
    calls.clear()

    page = changes.list_page("apollo", ChangeFilter(outcome="LOCKED"), limit=1, after=None)

    assert (page.items, page.next_key is not None) == ((), True)
    assert len(calls) == QUERIES_PER_PAGE


@pytest.mark.parametrize("after", ["", "x", "#", "time#"])
def test_a_cursor_of_another_form_is_refused(dynamodb: Any, after: str) -> None:
    """It comes from outside."""
    with pytest.raises(InvalidRequestError):
        DynamoChanges(dynamodb, TABLE).list_page("apollo", ChangeFilter(), limit=2, after=after)
