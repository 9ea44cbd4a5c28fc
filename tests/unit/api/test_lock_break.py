"""Breaking a lock: only what recovery would free as well, by operators, and told (invariant L3)."""

import pytest

from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.errors import AccessDeniedError
from stowage.domain.notices import NoticeCode
from stowage.domain.resources import ResourceStatus, stack_name
from stowage.domain.stacks import Stack, stack_tags
from tests.unit.api.world import Reply, World
from tests.unit.fakes.people import MANAGER, OPERATOR
from tests.unit.fakes.resources import FakeResources
from tests.unit.fakes.stacks import FakeStack

CHANGE = "chg-" + "7" * 32
REQUEST = ChangeRequest(
    change=CHANGE,
    project="apollo",
    kind="crate",
    name="apples",
    action=Action.CREATE,
    spec={"description": "Apples"},
    expected_version=0,
    version=1,
    actor=MANAGER.email,
    actor_id=MANAGER.id,
    request="f" * 64,
)


@pytest.fixture
def held(world: World) -> World:
    """Give a world in which a running change holds the lock."""
    world.fake_executions.start(CHANGE, REQUEST.to_input())
    world.fake_resources.acquire_lock(REQUEST, world.fake_clock.iso())
    return world


def put_stack(world: World, status: str) -> None:
    """Let the resource's stack stand in this status."""
    name = stack_name("crate", "apples")
    stack_id = f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{name}/incarnation-1"
    stack = Stack(stack_id=stack_id, name=name, status=status, tags=stack_tags(REQUEST))
    world.fake_stacks.by_id[stack_id] = FakeStack("111111111111", stack, {})


def ask(world: World) -> Reply:
    """Ask as an operator."""
    return world.call("POST", "/v1/projects/apollo/crates/apples/lock/break", person=OPERATOR)


def test_a_lock_whose_change_is_over_is_freed_and_told(held: World) -> None:
    """The change has its end, the row the stack's truth; a notice says who broke whose lock."""
    held.fake_executions.end(CHANGE, "ABORTED")

    reply = ask(held)

    assert reply.status == 200
    assert (reply.json["change"]["outcome"], reply.json["resource"]["lock"]) == ("ABORTED", None)
    assert reply.json["resource"]["status"] == ResourceStatus.CREATE_FAILED
    assert held.fake_changes.rows["apollo", CHANGE].ended_at is not None
    [notice] = held.fake_notices.list_newest("apollo", limit=5)
    assert notice.code is NoticeCode.LOCK_BROKEN
    assert {OPERATOR.email in notice.text, MANAGER.email in notice.text, CHANGE in notice.text} == {True}


def test_a_running_change_keeps_its_lock(held: World) -> None:
    """It is stopped, not robbed."""
    reply = ask(held)

    assert (reply.status, reply.slug, reply.json["lock"]["change"]) == (409, "lock-not-breakable", CHANGE)
    assert "still runs" in reply.json["detail"]
    assert_held(held)


def test_a_stack_that_is_being_changed_keeps_the_lock(held: World) -> None:
    """Whoever came next would meet CloudFormation at work."""
    held.fake_executions.end(CHANGE, "TIMED_OUT")
    put_stack(held, "CREATE_IN_PROGRESS")

    reply = ask(held)

    assert (reply.status, reply.slug) == (409, "lock-not-breakable")
    assert "CREATE_IN_PROGRESS" in reply.json["detail"]
    assert_held(held)


def test_a_stack_that_cannot_be_seen_keeps_the_lock(held: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An account that refuses is no proof of rest."""

    def refuse(*_: object, **__: object) -> None:
        raise AccessDeniedError("The role refuses.")

    held.fake_executions.end(CHANGE, "ABORTED")
    monkeypatch.setattr(held.fake_stacks, "describe", refuse)

    reply = ask(held)

    assert (reply.status, reply.slug) == (409, "lock-not-breakable")
    assert_held(held)


def test_a_lock_of_an_unknown_execution_must_be_old(held: World) -> None:
    """Step Functions may not tell of a fresh execution at once; after a quarter of an hour it would."""
    held.fake_executions.by_name.clear()
    assert ask(held).slug == "lock-not-breakable"

    held.fake_clock.advance(16 * 60)

    freed = ask(held)
    assert (freed.status, freed.json["resource"]["lock"]) == (200, None)


def test_a_free_resource_has_nothing_to_break(held: World) -> None:
    """A second request is told that there is nothing left."""
    held.fake_executions.end(CHANGE, "ABORTED")
    ask(held)

    again = ask(held)

    assert (again.status, again.slug, again.json.get("lock")) == (409, "lock-not-breakable", None)
    assert len(held.fake_notices.list_newest("apollo", limit=5)) == 1


def test_what_was_freed_in_between_is_told_so(held: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own change, or the listener, came first."""
    held.fake_executions.end(CHANGE, "ABORTED")

    def freed_before(resources: FakeResources) -> None:
        row_of = next(iter(resources.rows))
        row = resources.rows[row_of]
        resources.rows[row_of] = row.model_copy(update={"resource": row.resource.model_copy(update={"lock": None})})

    def release(*_: object, **__: object) -> bool:
        freed_before(held.fake_resources)
        return False

    monkeypatch.setattr(held.fake_resources, "release", release)

    reply = ask(held)

    assert (reply.status, "itself" in reply.json["detail"]) == (409, True)


def test_there_is_no_lock_of_what_is_not_there(world: World) -> None:
    """404, as for every other request."""
    assert ask(world).status == 404


def assert_held(world: World) -> None:
    """Fail if the lock is gone, or anything was told."""
    row = world.fake_resources.get("apollo", "crate", "apples")
    assert row is not None
    assert row.resource.lock is not None
    assert row.resource.lock.change == CHANGE
    assert world.fake_notices.list_newest("apollo", limit=5) == ()
