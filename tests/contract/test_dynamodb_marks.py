"""Sets, conditions and batches of DynamoDB, as the marks of references rest on them (docs/adr/0012)."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.domain.errors import LockLostError
from stowage.domain.ports import ReferenceChanges, ResourceKey
from stowage.domain.resources import ResourceName
from tests.contract.conftest import LocalCloud

pytestmark = pytest.mark.contract

MONDAY = ResourceName(kind="pallet", name="monday")
FRIDAY = ResourceName(kind="pallet", name="friday")
APPLES = ResourceName(kind="crate", name="apples")
LOCK = {"change": "chg-1", "actor": "a@example.com", "actorId": "a", "since": "2026-11-23T09:00:00.000Z"}


@pytest.fixture
def table(cloud: LocalCloud) -> Iterator[tuple[Any, str]]:
    """Give a client and a table with a crate at rest and a pallet that a change holds."""
    client, name = cloud.client("dynamodb"), f"marks-{uuid.uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": part, "AttributeType": "S"} for part in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    put(client, name, APPLES, "ACTIVE", None)
    put(client, name, MONDAY, "UPDATING", "update")
    yield client, name
    client.delete_table(TableName=name)


def put(client: Any, table: str, resource: ResourceName, status: str, held_to: str | None) -> None:
    """Write a row, held by a change or free."""
    lock: Any = (
        {} if held_to is None else {"lock": {"M": {k: {"S": v} for k, v in {**LOCK, "action": held_to}.items()}}}
    )
    texts = {
        "pk": "RESOURCES#apollo",
        "sk": f"RESOURCE#{resource.kind}#{resource.name}",
        "project": "apollo",
        "kind": resource.kind,
        "name": resource.name,
        "status": status,
    }
    item = {**{name: {"S": text} for name, text in texts.items()}, "version": {"N": "1"}, "fence": {"N": "1"}, **lock}
    client.put_item(TableName=table, Item=item)


def key(resource: ResourceName) -> ResourceKey:
    """Give a resource's key."""
    return ResourceKey("apollo", resource.kind, resource.name)


def test_a_set_grows_and_shrinks_by_single_elements(table: tuple[Any, str]) -> None:
    """An element that is there is not added twice; with its last element the attribute goes; a batch reads what is."""
    resources = DynamoResources(*table)
    for each in (MONDAY, FRIDAY, MONDAY):
        assert resources.add_referrer(key(APPLES), each)
    rows = resources.get_all("apollo", [APPLES, MONDAY, FRIDAY])

    assert set(rows) == {APPLES, MONDAY}
    assert rows[APPLES].resource.referenced_by == (FRIDAY, MONDAY)

    put(*table, MONDAY, "UPDATING", "update")
    resource = rows[MONDAY].resource
    end: Any = {"resource": resource, "stack_id": None, "deleted": False}
    references = ReferenceChanges(dropped=(APPLES,), touched=(APPLES,))
    with pytest.raises(LockLostError):
        resources.finish(key(MONDAY), change="chg-1", fence=2, **end, references=references)
    assert resources.get_all("apollo", [APPLES])[APPLES].resource.referenced_by == (FRIDAY, MONDAY)
    for _ in range(2):
        resources.finish(key(MONDAY), change="chg-1", fence=1, **end, references=references)

    rows = resources.get_all("apollo", [APPLES, MONDAY])
    assert rows[APPLES].resource.referenced_by == (FRIDAY,)
    assert rows[MONDAY].touched == (APPLES,)


@pytest.mark.parametrize(("status", "held_to"), [("DELETING", "delete"), ("ACTIVE", "delete"), ("CREATING", "create")])
def test_what_is_being_deleted_takes_no_element(table: tuple[Any, str], status: str, held_to: str) -> None:
    """Status and lock are both asked by the write itself; nor does the write make a row."""
    client, name = table
    put(client, name, APPLES, status, held_to)
    resources = DynamoResources(client, name)

    assert not resources.add_referrer(key(APPLES), MONDAY)
    assert not resources.add_referrer(key(FRIDAY), MONDAY)

    rows = resources.get_all("apollo", [APPLES, FRIDAY])
    assert [row.resource.referenced_by for row in rows.values()] == [()]


def test_the_holder_of_a_lock_takes_stale_elements(table: tuple[Any, str]) -> None:
    """The last one too; under another fence none."""
    client, name = table
    resources = DynamoResources(client, name)
    assert resources.add_referrer(key(MONDAY), FRIDAY)

    with pytest.raises(LockLostError):
        resources.remove_referrers(key(MONDAY), [FRIDAY], change="chg-1", fence=2)
    resources.remove_referrers(key(MONDAY), [FRIDAY], change="chg-1", fence=1)

    assert resources.get_all("apollo", [MONDAY])[MONDAY].resource.referenced_by == ()
    item = client.get_item(TableName=name, Key={"pk": {"S": "RESOURCES#apollo"}, "sk": {"S": "RESOURCE#pallet#monday"}})
    assert "referencedBy" not in item["Item"]
