"""The machine's direct DynamoDB calls, evaluated and made against DynamoDB's semantics; read back by the mirror."""

from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from stowage.adapters.dynamodb.resources import state_from_item
from stowage.domain.resources import Lock, ResourceStatus, RowState
from tests.integration.machine_calls import ASL, TABLE, Machine
from tests.unit.workflows.evaluation import REQUEST, context, evaluate
from workflows.asl import Json


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """Serve each test from an empty table."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-west-1")
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        yield Machine(client)


def refused(error: pytest.ExceptionInfo[ClientError]) -> bool:
    """Tell whether the condition was what DynamoDB refused."""
    return error.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


def change(letter: str, **fields: object) -> Json:
    """Give a request of another change of the same resource."""
    return {**REQUEST, "change": f"chg-{letter * 32}", **fields}


def test_a_new_resource_is_locked_and_readable(machine: Machine) -> None:
    """The row that AcquireLock writes is one the mirror understands, with lock, fence, version, status and spec."""
    assert machine.acquire(REQUEST) == 1

    row = machine.row(REQUEST)
    assert row.resource.lock == Lock(
        change=REQUEST["change"], actor="anna@example.org", actor_id="4f1c", since="2026-01-02T03:04:05.678Z",
        action="create",
    )  # fmt: skip
    assert (row.resource.version, row.resource.status, row.resource.spec, row.resource.change) == (
        1,
        ResourceStatus.CREATING,
        REQUEST["spec"],
        REQUEST["change"],
    )
    assert row.holds(REQUEST["change"], 1)


def test_a_repeated_acquire_changes_the_fence_alone(machine: Machine) -> None:
    """A second AcquireLock of the same change succeeds and leaves the version as it is (invariant L6)."""
    machine.acquire(REQUEST)
    before = machine.row(REQUEST)

    assert machine.acquire(REQUEST) == 2
    assert machine.row(REQUEST) == before.model_copy(update={"fence": 2})


def test_a_held_lock_is_refused_whatever_the_version(machine: Machine) -> None:
    """Another change is refused while the lock is held, even with the version that stands there."""
    machine.acquire(REQUEST)
    held = machine.row(REQUEST)

    for expected in (0, 1):
        with pytest.raises(ClientError) as error:
            machine.acquire(change("b", action="update", expectedVersion=expected, version=expected + 1))
        assert refused(error)
    assert machine.row(REQUEST) == held


@pytest.mark.parametrize("expected", [0, 2])
def test_a_free_resource_of_another_version_is_refused(expected: int, machine: Machine) -> None:
    """The condition holds for exactly the version that was looked at."""
    fence = machine.acquire(REQUEST)
    machine.call("ReleaseLock", REQUEST, fence=fence)

    with pytest.raises(ClientError) as error:
        machine.acquire(change("b", action="update", expectedVersion=expected, version=expected + 1))

    assert refused(error)


def test_the_next_change_gets_a_higher_fence(machine: Machine) -> None:
    """After a release the fence goes on counting, and an update leaves the spec as it was."""
    machine.call("ReleaseLock", REQUEST, fence=machine.acquire(REQUEST))

    fence = machine.acquire(change("b", action="update", expectedVersion=1, version=2, spec={"description": "New"}))

    row = machine.row(REQUEST)
    assert (fence, row.resource.version, row.resource.status) == (2, 2, ResourceStatus.UPDATING)
    assert row.resource.spec == REQUEST["spec"]


@pytest.mark.parametrize("state", ["ReleaseLock", "ReleaseLockAfterFailure"])
def test_a_release_is_repeatable_and_takes_no_other_lock(state: str, machine: Machine) -> None:
    """Released under my fence already: done. Held by another, or under another fence: refused."""
    fence = machine.acquire(REQUEST)
    machine.call(state, REQUEST, fence=fence)
    machine.call(state, REQUEST, fence=fence)
    assert machine.row(REQUEST).resource.lock is None

    machine.acquire(change("b", action="update", expectedVersion=1, version=2))
    for mine in (fence, fence + 1):
        with pytest.raises(ClientError) as error:
            machine.call(state, REQUEST, fence=mine)
        assert refused(error)
    assert machine.row(REQUEST).resource.lock.change == f"chg-{'b' * 32}"


def test_a_refused_change_reads_holder_and_version_alone(machine: Machine) -> None:
    """The row holds its holder's task token: whoever has it can end the holder's wait, and a history shows it all."""
    machine.acquire(REQUEST)
    key = ASL["States"]["DescribeLock"]["Arguments"]["Key"]
    machine.client.update_item(
        TableName=TABLE,
        Key=evaluate(key, {"context": context(REQUEST)}, {}),
        UpdateExpression="SET wakeToken = :token",
        ExpressionAttributeValues={":token": {"S": "secret"}},
    )

    item = machine.call("DescribeLock", REQUEST)["Item"]

    assert set(item) == {"lock", "version"}
    assert state_from_item(item) == RowState(lock=machine.row(REQUEST).resource.lock, version=1, deleted=False)


@pytest.mark.parametrize("action", ["update", "delete"])
def test_a_tombstone_is_taken_by_a_creation_alone(action: str, machine: Machine) -> None:
    """A deletion leaves the version as it is, so that a late change of that version would bring the resource back."""
    machine.call("ReleaseLock", REQUEST, fence=machine.acquire(REQUEST))
    machine.client.update_item(
        TableName=TABLE,
        Key=evaluate(ASL["States"]["AcquireLock"]["Arguments"]["Key"], {"context": context(REQUEST)}, {}),
        UpdateExpression="SET deletedAt = :now",
        ExpressionAttributeValues={":now": {"S": "2026-01-02T03:05:00.000Z"}},
    )

    with pytest.raises(ClientError) as error:
        machine.acquire(change("b", action=action, expectedVersion=1, version=2))
    assert refused(error)
    assert state_from_item(machine.call("DescribeLock", REQUEST)["Item"]).deleted

    machine.acquire(change("b", action="create", expectedVersion=1, version=2))
    assert not machine.row(REQUEST).deleted


def test_a_resource_that_never_was_reads_as_no_row(machine: Machine) -> None:
    """DescribeLock of nothing hands on null, which NotifyRefused takes."""
    answer = machine.call("DescribeLock", REQUEST)

    assert evaluate(ASL["States"]["DescribeLock"]["Output"], {"result": answer}, {}) == {"row": None}
