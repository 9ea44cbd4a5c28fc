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
from stowage.domain.ports import ReferenceChanges, ResourceKey
from stowage.domain.resources import Resource, ResourceName, ResourceRow, ResourceStatus
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


PALLET = ResourceName(kind="pallet", name="monday")
PEARS = ResourceKey("apollo", "crate", "pears")


@pytest.mark.parametrize("action", [None, *Action])
def test_marks_are_set_under_the_same_conditions_and_kept_by_the_same_writes(both: Both, action: Action | None) -> None:
    """On a resource at rest and under each lock, and on what has no row; a tombstone has none."""
    stand(both)
    if action is not None:
        assert both.acquire(request(action, expected_version=1, version=1))

    marked = both.each(lambda mirror: mirror.add_referrer(KEY, PALLET))
    both.each(lambda mirror: mirror.add_referrer(KEY, PALLET))
    nowhere = both.each(lambda mirror: mirror.add_referrer(PEARS, PALLET))

    assert (marked, nowhere) == (action in {None, Action.UPDATE}, False)
    assert both.row is not None
    assert both.row.resource.referenced_by == ((PALLET,) if marked else ())
    both.each(lambda mirror: sorted(mirror.get_all("apollo", [KEY.resource, PALLET]).items(), key=str))


@pytest.mark.parametrize("deleted", [False, True])
def test_marks_are_taken_by_the_same_writes(both: Both, *, deleted: bool) -> None:
    """A deletion takes stale ones under its lock; what a change's end drops goes with it, and is told on its row."""
    stand(both)
    other = ResourceName(kind="pallet", name="friday")
    both.each(lambda mirror: mirror.add_referrer(KEY, PALLET))
    both.each(lambda mirror: mirror.add_referrer(KEY, other))
    assert both.acquire(request(Action.DELETE))
    under = {"change": request().change, "fence": both.fence}
    both.each(lambda mirror: mirror.remove_referrers(KEY, [other], **under))
    stale = both.each(lambda mirror: mirror.remove_referrers(KEY, [PALLET], **{**under, "fence": 0}))

    assert stale is LockLostError
    assert both.row is not None
    assert both.row.resource.referenced_by == (PALLET,)
    status = ResourceStatus.DELETED if deleted else ResourceStatus.ACTIVE
    fields = {"resource": left(status), "stack_id": "arn:stack", "deleted": deleted}
    touched = ReferenceChanges(touched=(PALLET,))
    both.each(lambda mirror: mirror.finish(KEY, **under, **fields, references=touched))
    assert both.row is not None
    assert (both.row.touched, both.row.resource.referenced_by) == ((PALLET,), () if deleted else (PALLET,))


@pytest.mark.parametrize("recovery", [False, True])
def test_what_a_change_drops_goes_with_its_end(both: Both, *, recovery: bool) -> None:
    """From the other row, by the end that a state writes and by the one that recovery writes."""
    stand(both)
    both.each(lambda mirror: mirror.add_referrer(KEY, PALLET))
    assert both.acquire(request(Action.UPDATE))
    pallet = ResourceKey("apollo", PALLET.kind, PALLET.name)
    asked = request(kind=PALLET.kind, name=PALLET.name, change=OTHER_CHANGE)
    assert both.fake.acquire_lock(asked, STARTED_AT) is not None
    both.machine.acquire(asked.to_wire(), started_at=STARTED_AT)
    references = ReferenceChanges(dropped=(KEY.resource,), touched=(KEY.resource,))
    resource = left(ResourceStatus.ACTIVE, kind=PALLET.kind, name=PALLET.name)

    def drop(mirror: Any) -> object:
        if recovery:
            ended = Change.started(asked, STARTED_AT).ended(ChangeStatus.STOPPED, Outcome.ABORTED, None, LATER)
            return mirror.release(pallet, change=OTHER_CHANGE, resource=resource, ended=ended, references=references)
        fields = {"resource": resource, "stack_id": None, "deleted": False, "references": references}
        return mirror.finish(pallet, change=OTHER_CHANGE, fence=1, **fields)

    both.each(drop)

    assert both.row is not None
    assert both.row.resource.referenced_by == ()
    both.each(lambda mirror: mirror.get("apollo", PALLET.kind, PALLET.name))
