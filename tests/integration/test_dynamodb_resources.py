"""Rows of resources on moto: lock, fence, pages, and what a list costs."""

import json
from typing import Any

import pytest

from stowage.adapters.dynamodb.changes import DynamoChanges
from stowage.adapters.dynamodb.projects import DynamoProjects
from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.errors import InvalidRequestError, LockLostError
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import ResourceKey
from stowage.domain.resources import Resource, ResourceRow, ResourceStatus, StopWish
from tests.integration.conftest import TABLE
from tests.unit.fakes.people import MANAGER
from tests.unit.fakes.world import CHANGE, KEY, OTHER_CHANGE, STARTED_AT, request

LATER = "2026-11-23T09:01:00.000Z"


def put_row(
    client: Any, name: str = "apples", *, kind: str = "crate", change: str | None = CHANGE, **more: Any
) -> None:
    """Write a row as AcquireLock does; `change` None writes one at rest."""
    item: dict[str, Any] = {
        "pk": {"S": "RESOURCES#apollo"},
        "sk": {"S": f"RESOURCE#{kind}#{name}"},
        "project": {"S": "apollo"},
        "kind": {"S": kind},
        "name": {"S": name},
        "version": {"N": "1"},
        "fence": {"N": "3"},
        "status": {"S": "CREATING"},
        "spec": {"S": json.dumps({"description": "Pears"})},
        "lastChange": {"S": CHANGE},
        **more,
    }
    if change is not None:
        lock = {
            "change": change,
            "actor": MANAGER.email,
            "actorId": MANAGER.id,
            "since": STARTED_AT,
            "action": "create",
        }
        item["lock"] = {"M": {name: {"S": value} for name, value in lock.items()}}
    client.put_item(TableName=TABLE, Item=item)


def done(status: ResourceStatus = ResourceStatus.ACTIVE, **fields: Any) -> Resource:
    """Give the resource as a change's end writes it."""
    return Resource.model_validate(
        {
            "kind": "crate",
            "name": "apples",
            "spec": {"description": "Äpfel"},
            "status": status,
            "outputs": {"Arn": "arn:x"},
            "lock": None,
            "version": 1,
            "stack_status": "CREATE_COMPLETE",
            "verified_at": LATER,
            "outcome": Outcome.SUCCEEDED,
            "cause": None,
            "change": CHANGE,
            **fields,
        }
    )


def end(outcome: Outcome = Outcome.SUCCEEDED) -> Change:
    """Give the change's end."""
    return Change.started(request(), STARTED_AT).ended(ChangeStatus.SUCCEEDED, outcome, None, LATER)


def finish(resources: DynamoResources, *, fence: int = 3, change: str = CHANGE, deleted: bool = False) -> None:
    """Write the resource under a lock."""
    resources.finish(KEY, change=change, fence=fence, resource=done(), stack_id="arn:stack", deleted=deleted)


def test_a_row_as_acquire_lock_writes_it_is_read_whole(dynamodb: Any) -> None:
    """Lock, fence and spec come back; what is not there yet is null or empty."""
    put_row(dynamodb)
    resources = DynamoResources(dynamodb, TABLE)

    row = resources.get("apollo", "crate", "apples")

    assert row is not None
    assert row.holds(CHANGE, 3)
    assert (row.resource.spec, row.resource.outputs, row.resource.stack_status) == ({"description": "Pears"}, {}, None)
    assert resources.get("apollo", "crate", "pears") is None


def test_what_a_change_leaves_is_one_write_that_keeps_the_lock(dynamodb: Any, calls: list[str]) -> None:
    """ReleaseLock is a state of its own, and the change's end comes after it; a repeat writes the same."""
    put_row(dynamodb, wakeToken={"S": "token"})
    resources, changes = DynamoResources(dynamodb, TABLE), DynamoChanges(dynamodb, TABLE)

    calls.clear()

    finish(resources)
    assert [call.split(".")[1] for call in calls] == ["UpdateItem"]
    finish(resources)

    row = resources.get("apollo", "crate", "apples")
    assert row is not None
    assert row.holds(CHANGE, 3)
    assert row.resource == done().model_copy(update={"lock": row.resource.lock})
    assert (row.stack_id, row.wake_token) == ("arn:stack", None)
    assert changes.get("apollo", CHANGE) is None


@pytest.mark.parametrize(("fence", "change"), [(2, CHANGE), (4, CHANGE), (3, OTHER_CHANGE)])
def test_who_lost_the_lock_writes_nothing(dynamodb: Any, fence: int, change: str) -> None:
    """Holder and fence are both asked, by the write itself (L5)."""
    put_row(dynamodb)
    resources = DynamoResources(dynamodb, TABLE)
    before = resources.get("apollo", "crate", "apples")

    with pytest.raises(LockLostError):
        finish(resources, fence=fence, change=change)
    with pytest.raises(LockLostError):
        resources.store_wake_token(KEY, change=change, fence=fence, token="t", stack_id="s")

    assert resources.get("apollo", "crate", "apples") == before


def test_a_freed_row_takes_no_late_write(dynamodb: Any) -> None:
    """A writer that comes after ReleaseLock is fenced off, though its fence is still the newest."""
    put_row(dynamodb, change=None)
    with pytest.raises(LockLostError):
        finish(DynamoResources(dynamodb, TABLE))


def test_a_deletion_leaves_a_tombstone(dynamodb: Any) -> None:
    """Spec and outputs are gone; version and fence stay, so that neither starts anew (M2)."""
    put_row(dynamodb, outputs={"S": "{}"})
    resources = DynamoResources(dynamodb, TABLE)

    finish(resources, deleted=True)

    row = resources.get("apollo", "crate", "apples")
    assert row is not None
    assert (row.deleted, row.resource.status, row.resource.spec, row.resource.outputs) == (
        True,
        ResourceStatus.DELETED,
        {},
        {},
    )
    assert (row.resource.version, row.fence) == (1, 3)
    item = dynamodb.get_item(
        TableName=TABLE, Key={"pk": {"S": "RESOURCES#apollo"}, "sk": {"S": "RESOURCE#crate#apples"}}
    )["Item"]
    assert item["deletedAt"] == {"S": LATER}


def test_a_wake_token_is_kept_with_the_stacks_id(dynamodb: Any) -> None:
    """Whoever hears of the stack finds whom to wake."""
    put_row(dynamodb)
    resources = DynamoResources(dynamodb, TABLE)

    resources.store_wake_token(KEY, change=CHANGE, fence=3, token="token", stack_id="arn:stack")

    row = resources.get("apollo", "crate", "apples")
    assert row is not None
    assert (row.wake_token, row.stack_id) == ("token", "arn:stack")


def test_recovery_frees_only_the_lock_of_the_ended_change(dynamodb: Any) -> None:
    """Once, with the resource's truth and the change's end; never another's (L3)."""
    put_row(dynamodb, stackId={"S": "arn:stack"}, wakeToken={"S": "token"})
    resources, changes = DynamoResources(dynamodb, TABLE), DynamoChanges(dynamodb, TABLE)

    assert not resources.release(KEY, change=OTHER_CHANGE, resource=done(), ended=end())
    assert changes.get("apollo", CHANGE) is None
    assert resources.release(KEY, change=CHANGE, resource=done(), ended=end(Outcome.ABORTED))
    assert not resources.release(KEY, change=CHANGE, resource=None, ended=end())

    row = resources.get("apollo", "crate", "apples")
    assert row is not None
    assert (row.resource.lock, row.wake_token, row.stack_id, row.fence) == (None, None, "arn:stack", 3)
    assert row.resource == done()
    written = changes.get("apollo", CHANGE)
    assert written is not None
    assert written.outcome is Outcome.ABORTED


def test_recovery_can_leave_the_row_as_it_is_or_a_tombstone(dynamodb: Any) -> None:
    """Without a resource only the lock goes; a DELETED one becomes a tombstone, which keeps its stack's id (M2)."""
    resources = DynamoResources(dynamodb, TABLE)
    put_row(dynamodb)
    assert resources.release(KEY, change=CHANGE, resource=None, ended=end())
    row = resources.get("apollo", "crate", "apples")
    assert row is not None
    assert (row.resource.status, row.resource.lock) == (ResourceStatus.CREATING, None)

    put_row(dynamodb, stackId={"S": "arn:stack"})
    assert resources.release(KEY, change=CHANGE, resource=done(ResourceStatus.DELETED), ended=end())
    row = resources.get("apollo", "crate", "apples")
    assert row is not None
    assert (row.deleted, row.stack_id) == (True, "arn:stack")


def test_the_sequence_counts_up_per_project(dynamodb: Any) -> None:
    """0 before the first message; every project has its own."""
    resources = DynamoResources(dynamodb, TABLE)

    assert resources.get_seq("apollo") == 0
    assert resources.advance_seq("apollo", 2) == 2
    assert resources.advance_seq("apollo", 2) == 4
    assert (resources.get_seq("apollo"), resources.get_seq("gemini")) == (4, 0)


def test_a_list_gives_wire_dicts_that_equal_the_models(dynamodb: Any) -> None:
    """The quick way past the model leads to the same JSON."""
    resources = DynamoResources(dynamodb, TABLE)
    put_row(dynamodb)
    finish(resources)
    put_row(dynamodb, "bananas", change=None)
    resources.advance_seq("apollo", 2)

    page = resources.list_page("apollo", kind=None, limit=10, after=None)

    rows = [resources.get("apollo", "crate", name) for name in ("apples", "bananas")]
    assert list(page.items) == [row.resource.to_wire() for row in rows if row]
    assert (page.seq, page.next_key) == (2, None)


def test_a_list_leaves_out_tombstones_and_other_kinds_but_never_the_sequence(dynamodb: Any) -> None:
    """The sequence row comes with the first page, whatever is filtered (N2)."""
    resources = DynamoResources(dynamodb, TABLE)
    put_row(dynamodb)
    put_row(dynamodb, "gone", deletedAt={"S": LATER})
    put_row(dynamodb, "mia", kind="user")
    resources.advance_seq("apollo", 6)

    page = resources.list_page("apollo", kind="crate", limit=10, after=None)

    assert [item["name"] for item in page.items] == ["apples"]
    assert page.seq == 6


def test_pages_follow_each_other_and_keep_the_first_pages_sequence(dynamodb: Any) -> None:
    """No row is lost or twice; a snapshot is as old as its first page (N2)."""
    resources = DynamoResources(dynamodb, TABLE)
    names = [f"crate-{number:02}" for number in range(5)]
    for name in names:
        put_row(dynamodb, name)
    resources.advance_seq("apollo", 2)

    first = resources.list_page("apollo", kind=None, limit=2, after=None)
    resources.advance_seq("apollo", 2)
    pages = [first]
    while pages[-1].next_key:
        pages.append(resources.list_page("apollo", kind=None, limit=2, after=pages[-1].next_key))

    assert len(first.items) == 2
    assert [item["name"] for page in pages for item in page.items] == names
    assert {page.seq for page in pages} == {2}


@pytest.mark.parametrize("after", ["", "x", "1|PROJECT", "-1|RESOURCE#a#b", "²|RESOURCE#a#b"])
def test_a_cursor_of_another_form_is_refused(dynamodb: Any, after: str) -> None:
    """It comes from outside; no query is made with it."""
    with pytest.raises(InvalidRequestError):
        DynamoResources(dynamodb, TABLE).list_page("apollo", kind=None, limit=2, after=after)


def test_a_list_costs_one_read_and_one_query(dynamodb: Any, calls: list[str]) -> None:
    """Membership and rows, nothing else, however many rows there are (P1)."""
    for number in range(40):
        put_row(dynamodb, f"crate-{number:02}")
    calls.clear()

    DynamoProjects(dynamodb, TABLE).get_membership("apollo", MANAGER.id)
    DynamoResources(dynamodb, TABLE).list_page("apollo", kind="crate", limit=200, after=None)

    assert [call.split(".")[1] for call in calls] == ["GetItem", "Query"]


def test_a_lists_rows_come_without_what_a_list_does_not_show(dynamodb: Any) -> None:
    """Wake tokens and stack ids stay inside."""
    put_row(dynamodb, wakeToken={"S": "secret"}, stackId={"S": "arn:stack"})

    page = DynamoResources(dynamodb, TABLE).list_page("apollo", kind=None, limit=10, after=None)

    assert "secret" not in json.dumps(page.items)
    assert set(page.items[0]) == set(done().to_wire())
    assert ResourceKey("apollo", "crate", "apples") == KEY


def test_what_lives_is_counted_over_all_pages_and_nothing_is_sent(dynamodb: Any, calls: list[str]) -> None:
    """Tombstones and kinds whose name only begins alike do not count; 1 MB of rows is not the end."""
    resources = DynamoResources(dynamodb, TABLE)
    heavy: Any = {"spec": {"S": json.dumps({"description": "x" * 300_000})}}
    for number in range(5):
        put_row(dynamodb, f"crate-{number}", change=None, **heavy)
    put_row(dynamodb, "gone", change=None, deletedAt={"S": LATER})
    put_row(dynamodb, "other", kind="crate-lid", change=None)
    resources.advance_seq("apollo", 1)
    calls.clear()

    assert resources.count("apollo", "crate") == 5
    assert set(calls) == {"DynamoDB_20120810.Query"}
    assert len(calls) == 2
    assert (resources.count("apollo", "crate-lid"), resources.count("gemini", "crate")) == (1, 0)


def test_a_wish_to_stop_stands_on_the_row_of_the_change_that_holds_it(dynamodb: Any) -> None:
    """It counts for that change alone; a deletion that waits for its stack takes none."""
    resources = DynamoResources(dynamodb, TABLE)
    put_row(dynamodb)
    wish = StopWish(change=CHANGE, actor=MANAGER.email, actor_id=MANAGER.id, at=LATER)

    resources.wish_stop(KEY, wish)
    row = resources.get("apollo", "crate", "apples")

    assert row is not None
    assert (row.stop_of(CHANGE), row.stop_of(OTHER_CHANGE)) == (wish, None)
    with pytest.raises(LockLostError):
        resources.wish_stop(KEY, wish.model_copy(update={"change": OTHER_CHANGE}))


def test_that_an_operation_may_begin_is_noted_by_whoever_holds_the_lock(dynamodb: Any) -> None:
    """And taken back by them; nobody else writes it, nor under an older fence."""
    resources = DynamoResources(dynamodb, TABLE)
    put_row(dynamodb)
    fence = present(resources).fence

    resources.note_begun(KEY, change=CHANGE, fence=fence, begun=True)
    assert present(resources).begun == CHANGE
    for change, under in ((OTHER_CHANGE, fence), (CHANGE, fence - 1)):
        with pytest.raises(LockLostError):
            resources.note_begun(KEY, change=change, fence=under, begun=False)
    resources.note_begun(KEY, change=CHANGE, fence=fence, begun=False)
    assert present(resources).begun is None


def present(resources: DynamoResources) -> ResourceRow:
    """Give the row, which is there."""
    row = resources.get("apollo", "crate", "apples")
    assert row is not None
    return row


def test_a_deletion_under_way_takes_no_wish_to_stop(dynamodb: Any) -> None:
    """Before its stack is waited for, it does."""
    resources = DynamoResources(dynamodb, TABLE)
    put_row(dynamodb)
    row = dynamodb.get_item(
        TableName=TABLE, Key={"pk": {"S": "RESOURCES#apollo"}, "sk": {"S": "RESOURCE#crate#apples"}}
    )
    row["Item"]["lock"]["M"]["action"] = {"S": "delete"}
    wish = StopWish(change=CHANGE, actor=MANAGER.email, actor_id=MANAGER.id, at=LATER)

    dynamodb.put_item(TableName=TABLE, Item=row["Item"])
    resources.wish_stop(KEY, wish)
    dynamodb.put_item(TableName=TABLE, Item={**row["Item"], "wakeToken": {"S": "token"}})

    with pytest.raises(LockLostError):
        resources.wish_stop(KEY, wish)
