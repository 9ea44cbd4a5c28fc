"""Offboarding: refused while anything stands or runs, complete otherwise, and repeatable."""

from dataclasses import dataclass, field

import pytest

from operate import offboard as command
from operate.occupancy import REQUEST_SECONDS, Mirror
from operate.offboard import offboard
from operate.refusals import OperatorError
from stowage.catalog.baseline import STACK_NAME
from stowage.domain.changes import Action, Change, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.stacks import Stack
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.people import populated
from tests.unit.fakes.projects import FakeProjects
from tests.unit.fakes.resources import FakeResources, resource_row
from tests.unit.operate.fakes import OUTPUTS, FakeAccount, FakeHours


def baseline(project: str = "apollo", status: str = "CREATE_COMPLETE") -> Stack:
    """Give the baseline stack of a project."""
    stack_id = f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{STACK_NAME}/1"
    tags = {"stowage:project": project}
    return Stack(stack_id=stack_id, name=STACK_NAME, status=status, tags=tags, outputs=OUTPUTS)


@dataclass
class World:
    """The project apollo, its account, and what the operator was told."""

    account: FakeAccount = field(default_factory=lambda: FakeAccount(stack=baseline(), protected=True))
    projects: FakeProjects = field(default_factory=populated)
    resources: FakeResources = field(default_factory=FakeResources)
    changes: FakeChanges = field(default_factory=FakeChanges)
    clock: FakeClock = field(default_factory=FakeClock)
    hours: FakeHours = field(default_factory=FakeHours)
    told: list[str] = field(default_factory=list)

    def offboard(self) -> None:
        """Run the command's verb."""
        mirror = Mirror(self.projects, self.resources, self.changes, self.clock)
        project = self.projects.projects["apollo"]
        offboard(project, mirror, account=self.account, say=self.told.append, hours=self.hours)

    def assert_untouched(self) -> None:
        """Fail if the stack, the members or the project are not as they were."""
        assert self.account.calls == []
        assert self.account.protected
        assert self.projects.projects == populated().projects
        assert self.projects.memberships == populated().memberships


def running_change(world: World, status: ChangeStatus = ChangeStatus.RUNNING) -> Change:
    """Give a change of apollo that began a moment ago."""
    return Change(
        id="chg-" + "1" * 32,
        project="apollo",
        kind="bucket",
        name="apples",
        action=Action.CREATE,
        status=status,
        actor="mia@example.com",
        actor_id="p-1",
        started_at=to_iso(world.clock.now()),
    )


def test_an_empty_project_is_let_go_of_and_forgotten() -> None:
    """Protection lifted, stack deleted, members out, row gone; what stays is told, and other projects are untouched."""
    world = World()
    project = world.projects.projects["apollo"]

    world.offboard()

    assert (world.account.calls, world.account.stack, world.account.protected) == (["delete"], None, False)
    assert set(world.projects.projects) == {"gemini"}
    assert {name for name, _ in world.projects.memberships} == {"gemini"}
    told = "\n".join(world.told)
    assert project.log_bucket in told
    assert project.kms_key_arn in told
    assert "mia@example.com" in told


def test_it_refuses_while_resources_stand_and_names_them() -> None:
    """Whatever their status, up to twenty by name; tombstones are in nobody's way."""
    world = World()
    world.resources.put(resource_row("apollo", "bucket", "gone", status="DELETED", deleted=True))
    for number in range(22):
        world.resources.put(resource_row("apollo", "bucket", f"apples-{number:02}", status="CREATE_FAILED"))

    with pytest.raises(OperatorError, match=r"bucket apples-00 \(CREATE_FAILED\), .* and 2 more: delete them"):
        world.offboard()

    world.assert_untouched()
    assert world.hours.seconds == 0


def test_it_refuses_while_a_change_runs() -> None:
    """A creation that has just begun has no row among the resources yet."""
    world = World()
    world.changes.put_started(running_change(world))

    with pytest.raises(OperatorError, match=r"running changes: chg-1.* \(create bucket apples\)"):
        world.offboard()

    world.assert_untouched()
    world.changes.put_ended(running_change(world, ChangeStatus.SUCCEEDED))
    world.offboard()
    assert "apollo" not in world.projects.projects


def test_what_begins_while_it_closes_is_seen_and_the_project_is_open_again() -> None:
    """A request that read the project before it was closed has ended 30 s later, and what it began stops this."""
    world = World()
    sleep = world.hours.sleep

    def meanwhile(seconds: float) -> None:
        assert world.projects.projects["apollo"].closing
        assert seconds == REQUEST_SECONDS
        world.changes.put_started(running_change(world))
        sleep(seconds)

    world.hours.sleep = meanwhile  # type: ignore[method-assign]
    with pytest.raises(OperatorError, match="running changes"):
        world.offboard()

    world.assert_untouched()


def test_a_stack_that_cannot_be_deleted_leaves_members_and_project_and_is_tried_again() -> None:
    """The project stays closed, CloudFormation's reason is told, and a second run finishes."""
    world = World()
    end = world.account._end

    def fail(stack: Stack) -> None:
        world.account.stack = stack.model_copy(update={"status": "DELETE_FAILED"})

    world.account._end = fail  # type: ignore[method-assign]
    world.account.failure = "Boundary: cannot delete a policy that is attached"
    with pytest.raises(OperatorError, match="DELETE_FAILED: Boundary: cannot delete"):
        world.offboard()
    assert world.projects.projects["apollo"].closing
    assert world.projects.list_members("apollo")

    world.account._end = end  # type: ignore[method-assign]
    world.offboard()
    assert "apollo" not in world.projects.projects


def test_a_run_that_was_cut_off_is_finished_by_the_next() -> None:
    """The stack is gone already; members and row follow."""
    world = World(account=FakeAccount())

    world.offboard()

    assert world.account.calls == []
    assert "apollo" not in world.projects.projects


def test_another_projects_stack_is_never_deleted() -> None:
    """The stack's own tag says whose it is."""
    world = World(account=FakeAccount(stack=baseline("gemini"), protected=True))

    with pytest.raises(OperatorError, match="belongs to the project gemini"):
        world.offboard()

    assert world.account.calls == []
    assert "apollo" in world.projects.projects


@pytest.mark.parametrize("yes", [[], ["--yes", "gemini"], ["--yes", "Apollo"]])
def test_without_the_projects_id_once_more_nothing_happens(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], yes: list[str]
) -> None:
    """The confirmation is typed: it tells what would be done, and exit code 1."""
    world = World()

    class Hub:
        account = "999999999999"
        region = "eu-west-1"

        def stack_outputs(self, _stack: str) -> dict[str, str]:
            return {"TableName": "table"}

    mirror = Mirror(world.projects, world.resources, world.changes, world.clock)
    monkeypatch.setattr(command, "AwsHub", Hub)
    monkeypatch.setattr(command, "open_mirror", lambda _table: mirror)

    assert command.main(["--project", "apollo", *yes]) == 1
    assert "say --yes apollo to do it" in capsys.readouterr().err
    world.assert_untouched()
