"""Upgrading baselines: one after the other, told before and after, stopped by the first failure."""

from dataclasses import dataclass, field

import pytest

from operate.baseline import main, upgrade
from operate.onboard import Request, onboard
from operate.refusals import OperatorError
from stowage.catalog.baseline import BASELINE_VERSION, Hub
from stowage.domain.errors import AccessDeniedError
from stowage.domain.onboarding import ProjectAccount
from stowage.domain.projects import Project
from tests.unit.fakes.projects import FakeProjects
from tests.unit.operate.fakes import OUTPUTS, FakeAccount, FakeHours, FakeStackEventQueue, mirror

HUB = Hub("999999999999", "stowage")
NAMES = ("atlas", "borealis", "cetus")
OLD = BASELINE_VERSION - 1


@dataclass
class World:
    """Three onboarded projects, each in an account of its own, at an older baseline."""

    projects: FakeProjects = field(default_factory=FakeProjects)
    accounts: dict[str, FakeAccount] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    events: FakeStackEventQueue = field(default_factory=FakeStackEventQueue)

    def __post_init__(self) -> None:
        """Onboard them, then let time pass."""
        for number, name in enumerate(NAMES, start=1):
            self.accounts[name] = FakeAccount(outputs={**OUTPUTS, "Version": str(BASELINE_VERSION)})
            request = Request(name, name.title(), str(number) * 12, "eu-west-1")
            known, account = mirror(self.projects), self.accounts[name]
            ports = {"account": account, "events": FakeStackEventQueue(), "hours": FakeHours()}
            onboard(request, HUB, mirror=known, say=lambda _: None, **ports)  # type: ignore[arg-type]
            self.set_version(name, OLD)
            self.accounts[name].template = {"Resources": {}}
            self.accounts[name].calls.clear()

    def set_version(self, name: str, version: int) -> None:
        """Let a project stand at a version."""
        self.projects.put_project(self.projects.projects[name].model_copy(update={"baseline_version": version}))

    def enter(self, project: Project) -> ProjectAccount:
        """Give the project's account, whose outputs are this version's."""
        return self.accounts[project.id]

    def upgrade(self) -> None:
        """Upgrade every project."""
        wanted = self.projects.list_projects()
        known, hours = mirror(self.projects), FakeHours()
        upgrade(wanted, HUB, enter=self.enter, events=self.events, mirror=known, say=self.told.append, hours=hours)

    def versions(self) -> list[int]:
        """Give the projects' versions, by name."""
        return [self.projects.projects[name].baseline_version for name in NAMES]


def test_every_project_is_brought_to_this_version_and_told() -> None:
    """Stacks are updated, rows written, versions told before and after."""
    world = World()
    before = {name: world.projects.projects[name].external_id for name in NAMES}

    world.upgrade()

    assert world.versions() == [BASELINE_VERSION] * 3
    assert len(world.events.topics) == 1  # the fake accounts' outputs name one topic
    assert [account.calls for account in world.accounts.values()] == [["update"]] * 3
    assert [line for line in world.told if "→" in line] == [
        f"{name}: baseline {OLD} → {BASELINE_VERSION}" for name in NAMES
    ]
    assert {name: world.projects.projects[name].external_id for name in NAMES} == before


def test_a_second_run_changes_nothing() -> None:
    """What is up to date is not touched, and told so."""
    world = World()
    world.upgrade()
    world.told.clear()

    world.upgrade()

    assert [account.calls for account in world.accounts.values()] == [["update"]] * 3
    assert world.told == [f"{name}: baseline {BASELINE_VERSION}, already up to date" for name in NAMES]


def test_the_first_failure_stops_it_with_the_reason_and_a_second_run_goes_on() -> None:
    """CloudFormation's own reason, the version that stays, and who was not upgraded either."""
    world = World()
    world.accounts["borealis"].ends = ["UPDATE_ROLLBACK_COMPLETE"]
    world.accounts["borealis"].failure = "AuditorRole: denied by a service control policy"

    with pytest.raises(OperatorError, match=rf"borealis stays at baseline {OLD}: .*denied .* either: cetus"):
        world.upgrade()

    assert world.versions() == [BASELINE_VERSION, OLD, OLD]
    assert world.accounts["cetus"].calls == []
    world.accounts["borealis"].template = {}
    world.upgrade()
    assert world.versions() == [BASELINE_VERSION] * 3


def test_an_account_that_lets_nobody_in_is_a_failure_like_any_other() -> None:
    """The reason is AWS's."""
    world = World()

    def refuse(_project: Project) -> ProjectAccount:
        raise AccessDeniedError("AssumeRole: denied")

    with pytest.raises(OperatorError, match=r"atlas stays at baseline .*AssumeRole: denied"):
        upgrade(
            world.projects.list_projects(),
            HUB,
            enter=refuse,
            events=world.events,
            mirror=mirror(world.projects),
            say=world.told.append,
        )


def test_a_newer_baseline_is_never_taken_back() -> None:
    """An older checkout must not remove what a newer one has added."""
    world = World()
    world.set_version("atlas", BASELINE_VERSION + 1)

    with pytest.raises(OperatorError, match="older: take the newer one"):
        world.upgrade()

    assert world.accounts["atlas"].calls == []


def test_a_project_that_is_being_offboarded_is_not_upgraded() -> None:
    """Its stack may be going at this very moment."""
    world = World()
    world.projects.put_project(world.projects.projects["atlas"].model_copy(update={"closing": True}))

    with pytest.raises(OperatorError, match="being offboarded"):
        world.upgrade()

    assert world.projects.projects["atlas"].closing


@pytest.mark.parametrize(
    "arguments",
    [[], ["upgrade"], ["upgrade", "--all", "--project", "atlas"], ["upgrade", "--project", "A"], ["downgrade"]],
)
def test_bad_arguments_are_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, nothing called."""
    with pytest.raises(SystemExit) as leaving:
        main(arguments)

    assert leaving.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
