"""The mirror and its fake obey the same rules: each step of a change's life leaves the same row in both."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stowage.adapters.dynamodb.resources import DynamoResources
from stowage.domain.changes import Action, Change, ChangeRequest, ChangeStatus
from stowage.domain.errors import LockLostError
from stowage.domain.outcomes import Outcome
from stowage.domain.resources import Resource, ResourceRow, ResourceStatus
from tests.integration.conftest import TABLE
from tests.integration.machine_calls import Machine
from tests.unit.fakes.resources import FakeResources
from tests.unit.fakes.world import KEY, OTHER_CHANGE, STARTED_AT, request

LATER = "2026-11-23T09:01:00.000Z"


@dataclass
class Both:
    """The real mirror and the fake, told the same."""

    machine: Machine
    real: DynamoResources
    fake: FakeResources = field(default_factory=FakeResources)
    fence: int = 0

    def acquire(self, change: ChangeRequest) -> bool:
        """Do what AcquireLock does; tell whether both gave the lock."""
        faked = self.fake.acquire_lock(change, STARTED_AT)
        try:
            self.fence = self.machine.acquire(change.to_wire(), started_at=STARTED_AT)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            given = False
        else:
            given = True
        assert (faked is not None) is given
        return given

    def each(self, act: Callable[[Any], object]) -> object:
        """Let both do it, and give what both answer or raise."""
        answers: list[object] = []
        for mirror in (self.real, self.fake):
            try:
                answers.append(act(mirror))
            except LockLostError:
                answers.append(LockLostError)
        assert answers[0] == answers[1]
        return answers[0]

    @property
    def row(self) -> ResourceRow | None:
        """Give the row, which must be the same in both."""
        real, fake = (mirror.get(KEY.project, KEY.kind, KEY.name) for mirror in (self.real, self.fake))
        assert real == fake
        return real


@pytest.fixture
def both(dynamodb: Any) -> Both:
    """Give an empty table and an empty fake."""
    return Both(Machine(dynamodb), DynamoResources(dynamodb, TABLE))


def left(status: ResourceStatus, **fields: Any) -> Resource:
    """Give what a change leaves."""
    given: dict[str, Any] = {
        "kind": KEY.kind,
        "name": KEY.name,
        "spec": {"description": "Apples"},
        "status": status,
        "outputs": {"Arn": "arn:x"},
        "lock": None,
        "version": 1,
        "stack_status": "CREATE_COMPLETE",
        "verified_at": LATER,
        "outcome": Outcome.SUCCEEDED,
        "cause": None,
        "change": request().change,
    }
    return Resource.model_validate({**given, **fields})


def stand(both: Both) -> None:
    """Create the resource and free it."""
    assert both.acquire(request())
    token = {"change": request().change, "fence": both.fence, "token": "token", "stack_id": "arn:stack"}
    both.each(lambda mirror: mirror.store_wake_token(KEY, **token))
    assert both.row is not None
    finish(both, left(ResourceStatus.ACTIVE))
    both.machine.call("ReleaseLock", request().to_wire(), fence=both.fence)
    both.fake.release_lock(KEY, request().change, both.fence)


def finish(both: Both, resource: Resource, *, change: str = "", fence: int | None = None) -> object:
    """Write what a change leaves."""
    deleted = resource.status is ResourceStatus.DELETED
    fields = {"resource": resource, "stack_id": "arn:stack", "stack_updated_at": LATER, "deleted": deleted}
    used = {"change": change or request().change, "fence": both.fence if fence is None else fence}
    return both.each(lambda mirror: mirror.finish(KEY, **used, **fields))


def test_a_creation_leaves_the_same_row(both: Both) -> None:
    """From the lock over the wake token to the release."""
    stand(both)

    assert both.row is not None
    assert (both.row.resource.lock, both.row.resource.status) == (None, ResourceStatus.ACTIVE)


def test_a_deletion_leaves_the_same_tombstone(both: Both) -> None:
    """Spec and outputs are gone, version, fence and stack id stay."""
    stand(both)
    assert both.acquire(request(Action.DELETE))
    finish(both, left(ResourceStatus.DELETED))

    assert both.row is not None
    assert (both.row.deleted, both.row.stack_id, both.row.resource.spec) == (True, "arn:stack", {})


@pytest.mark.parametrize("action", list(Action))
def test_a_tombstone_is_taken_by_a_creation_alone(both: Both, action: Action) -> None:
    """A late update or deletion of the same version does not bring the resource back."""
    stand(both)
    both.acquire(request(Action.DELETE))
    finish(both, left(ResourceStatus.DELETED))
    both.machine.call("ReleaseLock", request().to_wire(), fence=both.fence)
    both.fake.release_lock(KEY, request().change, both.fence)
    late = request(action, change=OTHER_CHANGE, expected_version=1, version=2)

    assert both.acquire(late) is (action is Action.CREATE)
    assert both.row is not None
    assert both.row.deleted is (action is not Action.CREATE)


@pytest.mark.parametrize("status", [ResourceStatus.ACTIVE, ResourceStatus.DELETED, None])
def test_recovery_leaves_the_same_row(both: Both, status: ResourceStatus | None) -> None:
    """The stack's id stays, in a tombstone too; without a resource only the lock goes."""
    stand(both)
    assert both.acquire(request(Action.DELETE))
    ended = Change.started(request(Action.DELETE), STARTED_AT).ended(ChangeStatus.STOPPED, Outcome.ABORTED, None, LATER)
    resource = None if status is None else left(status)

    other = both.each(lambda mirror: mirror.release(KEY, change=OTHER_CHANGE, resource=resource, ended=ended))
    mine = both.each(lambda mirror: mirror.release(KEY, change=request().change, resource=resource, ended=ended))

    assert (other, mine) == (False, True)
    assert both.row is not None
    assert (both.row.deleted, both.row.stack_id) == (status is ResourceStatus.DELETED, "arn:stack")


def test_who_lost_the_lock_writes_nothing(both: Both) -> None:
    """By holder and by fence."""
    stand(both)
    assert both.acquire(request(Action.UPDATE))
    before = both.row

    assert not both.acquire(request(Action.UPDATE, change=OTHER_CHANGE))
    assert finish(both, left(ResourceStatus.ACTIVE), fence=both.fence - 1) is LockLostError
    assert finish(both, left(ResourceStatus.ACTIVE), change=OTHER_CHANGE) is LockLostError
    assert both.row == before
