"""Marks of references on moto: set on condition, taken with the end of the change, never in the way of other writes."""

from typing import Any

import pytest

from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.domain.changes import Action
from stowage.domain.errors import LockLostError
from stowage.domain.ports import ReferenceChanges, ResourceKey
from stowage.domain.resources import STANDING, ResourceName, ResourceStatus
from tests.integration.conftest import TABLE
from tests.integration.machine_calls import Machine
from tests.integration.test_dynamodb_resources import LATER, done, end, put_row
from tests.unit.fakes.world import CHANGE, KEY, OTHER_CHANGE, request

MONDAY = ResourceName(kind="pallet", name="monday")
FRIDAY = ResourceName(kind="pallet-xl", name="friday")
APPLES = ResourceName(kind="crate", name="apples")
PEARS = ResourceName(kind="crate", name="pears")
PALLET = ResourceKey("apollo", "pallet", "monday")


@pytest.fixture
def resources(dynamodb: Any) -> DynamoResources:
    """Give the mirror with two crates at rest, and a pallet under its lock."""
    for name in ("apples", "pears"):
        put_row(dynamodb, name, change=None, status={"S": "ACTIVE"})
    put_row(dynamodb, "monday", kind="pallet")
    return DynamoResources(dynamodb, TABLE)


def marks(resources: DynamoResources, name: ResourceName) -> list[ResourceName]:
    """Give who names a resource."""
    return list(resources.get_all("apollo", [name])[name].resource.referenced_by)


def mark_all(resources: DynamoResources) -> None:
    """Let the pallet name both crates."""
    for name in ("apples", "pears"):
        assert resources.add_referrer(ResourceKey("apollo", "crate", name), MONDAY)


def test_marks_are_added_once_and_told_sorted_everywhere_alike(resources: DynamoResources, calls: list[str]) -> None:
    """By kind, then by name; a list tells them in its one query, a read in its one get."""
    assert resources.add_referrer(KEY, FRIDAY)
    assert resources.add_referrer(KEY, MONDAY)
    assert resources.add_referrer(KEY, MONDAY)
    calls.clear()

    row = resources.get("apollo", "crate", "apples")
    page = resources.list_page("apollo", kind="crate", limit=10, after=None)

    assert [call.split(".")[1] for call in calls] == ["GetItem", "Query"]
    assert row is not None
    assert row.resource.referenced_by == (MONDAY, FRIDAY)
    assert [item["referencedBy"] for item in page.items] == [[MONDAY.to_wire(), FRIDAY.to_wire()], []]
    assert page.items[0] == row.resource.to_wire()


@pytest.mark.parametrize("status", list(ResourceStatus))
def test_only_what_stands_is_marked(resources: DynamoResources, dynamodb: Any, status: ResourceStatus) -> None:
    """By its status, told by the write itself."""
    put_row(dynamodb, change=None, status={"S": status.value})

    assert resources.add_referrer(KEY, MONDAY) is (status in STANDING)
    assert marks(resources, APPLES) == ([MONDAY] if status in STANDING else [])


def test_neither_a_tombstone_nor_nothing_is_marked(resources: DynamoResources, dynamodb: Any) -> None:
    """A mark makes no row."""
    put_row(dynamodb, change=None, status={"S": "ACTIVE"}, deletedAt={"S": LATER})

    assert not resources.add_referrer(KEY, MONDAY)
    assert not resources.add_referrer(ResourceKey("apollo", "crate", "plums"), MONDAY)
    assert resources.get("apollo", "crate", "plums") is None


def test_a_deletions_lock_and_a_mark_exclude_each_other(resources: DynamoResources, dynamodb: Any) -> None:
    """The machine's own AcquireLock: a mark before it is seen under the lock, one after it is refused."""
    assert resources.add_referrer(KEY, FRIDAY)
    Machine(dynamodb).acquire(request(Action.DELETE).to_wire())

    assert not resources.add_referrer(KEY, MONDAY)
    assert marks(resources, APPLES) == [FRIDAY]


def test_a_deletion_that_ended_but_still_holds_its_lock_excludes_marks(
    resources: DynamoResources, dynamodb: Any
) -> None:
    """RecordFailure writes the status before the lock is free; a redriven execution may go on under it."""
    Machine(dynamodb).acquire(request(Action.DELETE).to_wire())
    resources.finish(KEY, change=CHANGE, fence=4, resource=done(), stack_id=None, deleted=False)

    assert not resources.add_referrer(KEY, MONDAY)


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE])
def test_no_change_of_its_own_wipes_a_resources_marks(
    resources: DynamoResources, dynamodb: Any, action: Action
) -> None:
    """Not its lock, not its end, not its recovery."""
    assert resources.add_referrer(KEY, MONDAY)
    Machine(dynamodb).acquire(request(action, expected_version=1, version=2).to_wire())
    assert marks(resources, APPLES) == [MONDAY]

    resources.finish(KEY, change=CHANGE, fence=4, resource=done(), stack_id=None, deleted=False)
    assert marks(resources, APPLES) == [MONDAY]
    assert resources.release(KEY, change=CHANGE, resource=done(), ended=end())
    assert marks(resources, APPLES) == [MONDAY]


@pytest.mark.parametrize("recovery", [False, True])
def test_a_tombstone_has_no_marks_nor_has_what_is_created_from_it(
    resources: DynamoResources, dynamodb: Any, *, recovery: bool
) -> None:
    """Neither at its end nor by recovery."""
    assert resources.add_referrer(KEY, MONDAY)
    machine = Machine(dynamodb)
    fence = machine.acquire(request(Action.DELETE).to_wire())
    if recovery:
        assert resources.release(KEY, change=CHANGE, resource=done(ResourceStatus.DELETED), ended=end())
    else:
        resources.finish(KEY, change=CHANGE, fence=fence, resource=done(), stack_id=None, deleted=True)
        machine.call("ReleaseLock", request(Action.DELETE).to_wire(), fence=fence)
    assert marks(resources, APPLES) == []

    machine.acquire(request(change=OTHER_CHANGE, expected_version=1, version=2).to_wire())

    assert marks(resources, APPLES) == []


def test_a_deletion_takes_stale_marks_under_its_lock_alone(resources: DynamoResources, dynamodb: Any) -> None:
    """Holder and fence are asked by the write itself (L5)."""
    assert resources.add_referrer(KEY, MONDAY)
    assert resources.add_referrer(KEY, FRIDAY)
    fence = Machine(dynamodb).acquire(request(Action.DELETE).to_wire())

    for change, other in ((CHANGE, fence - 1), (OTHER_CHANGE, fence)):
        with pytest.raises(LockLostError):
            resources.remove_referrers(KEY, [MONDAY], change=change, fence=other)
    assert marks(resources, APPLES) == [MONDAY, FRIDAY]
    resources.remove_referrers(KEY, [MONDAY], change=CHANGE, fence=fence)

    assert marks(resources, APPLES) == [FRIDAY]


def test_the_end_of_a_change_takes_its_marks_in_the_same_write(resources: DynamoResources, calls: list[str]) -> None:
    """Nothing lies between them that a crash could part; a repeat is harmless."""
    mark_all(resources)
    assert resources.add_referrer(KEY, FRIDAY)
    pallet = done(kind="pallet", name="monday")
    references = ReferenceChanges(dropped=(APPLES,), touched=(APPLES, PEARS))
    calls.clear()

    for _ in range(2):
        resources.finish(
            PALLET, change=CHANGE, fence=3, resource=pallet, stack_id=None, deleted=False, references=references
        )

    assert [call.split(".")[1] for call in calls] == ["TransactWriteItems"] * 2
    assert (marks(resources, APPLES), marks(resources, PEARS)) == ([FRIDAY], [MONDAY])
    row = resources.get("apollo", "pallet", "monday")
    assert row is not None
    assert (row.resource.status, row.touched) == (ResourceStatus.ACTIVE, (APPLES, PEARS))


def test_who_lost_the_lock_takes_no_mark(resources: DynamoResources) -> None:
    """The next holder may have set it anew (L5)."""
    mark_all(resources)
    references = ReferenceChanges(dropped=(APPLES, PEARS), touched=(APPLES, PEARS))
    pallet = done(kind="pallet", name="monday")

    with pytest.raises(LockLostError):
        resources.finish(
            PALLET, change=CHANGE, fence=2, resource=pallet, stack_id=None, deleted=False, references=references
        )
    assert not resources.release(PALLET, change=OTHER_CHANGE, resource=pallet, ended=end(), references=references)

    assert (marks(resources, APPLES), marks(resources, PEARS)) == ([MONDAY], [MONDAY])


def test_recovery_takes_marks_with_the_lock(resources: DynamoResources) -> None:
    """The row, the change's end and the marks are one write."""
    mark_all(resources)
    references = ReferenceChanges(dropped=(APPLES, PEARS), touched=(APPLES, PEARS))
    pallet = done(ResourceStatus.DELETED, kind="pallet", name="monday")

    assert resources.release(PALLET, change=CHANGE, resource=pallet, ended=end(), references=references)

    assert (marks(resources, APPLES), marks(resources, PEARS)) == ([], [])
    row = resources.get("apollo", "pallet", "monday")
    assert row is not None
    assert (row.deleted, row.touched) == (True, (APPLES, PEARS))


def test_a_change_that_touches_nothing_forgets_what_the_last_one_did(resources: DynamoResources) -> None:
    """Nobody is told of it a second time."""
    pallet = done(kind="pallet", name="monday")
    for references in (ReferenceChanges(touched=(APPLES,)), ReferenceChanges()):
        resources.finish(
            PALLET, change=CHANGE, fence=3, resource=pallet, stack_id=None, deleted=False, references=references
        )

    row = resources.get("apollo", "pallet", "monday")
    assert row is not None
    assert row.touched == ()


def test_many_rows_are_read_a_hundred_at_a_time(resources: DynamoResources, dynamodb: Any, calls: list[str]) -> None:
    """Tombstones come along, what has no row does not; nothing is asked twice."""
    names = [ResourceName(kind="crate", name=f"crate-{number:03}") for number in range(130)]
    for each in names[:-1]:
        put_row(dynamodb, each.name, change=None)
    put_row(dynamodb, names[0].name, change=None, deletedAt={"S": LATER})
    calls.clear()

    rows = resources.get_all("apollo", [*names, *names[:3]])

    assert [call.split(".")[1] for call in calls] == ["BatchGetItem"] * 2
    assert set(rows) == set(names[:-1])
    assert [name.name for name, row in rows.items() if row.deleted] == ["crate-000"]
    assert resources.get_all("apollo", []) == {}
    assert len(calls) == 2


class Reluctant:
    """A client that leaves all but one key of each batch unprocessed, as DynamoDB may."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def batch_get_item(self, *, RequestItems: dict[str, Any]) -> Any:  # noqa: N803 -- boto3's
        """Process one key."""
        asked = RequestItems[TABLE]
        answer = self._client.batch_get_item(RequestItems={TABLE: {**asked, "Keys": asked["Keys"][:1]}})
        rest = asked["Keys"][1:]
        return {**answer, "UnprocessedKeys": {TABLE: {**asked, "Keys": rest}} if rest else {}}


def test_what_was_left_unprocessed_is_asked_for_again(resources: DynamoResources, dynamodb: Any) -> None:
    """A row that DynamoDB did not come to is not taken for missing."""
    assert resources.get("apollo", "crate", "apples") is not None

    reluctant: Any = Reluctant(dynamodb)

    assert set(DynamoResources(reluctant, TABLE).get_all("apollo", [APPLES, PEARS, MONDAY])) == {APPLES, PEARS, MONDAY}
