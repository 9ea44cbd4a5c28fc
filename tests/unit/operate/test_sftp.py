"""A project's SFTP server: asked for, kept, and taken away only when nobody uses it."""

from dataclasses import dataclass, field

import pytest

from operate.occupancy import REQUEST_SECONDS
from operate.onboard import Request, onboard
from operate.projects import lines_of
from operate.refusals import OperatorError
from stowage.catalog.baseline import Hub
from stowage.domain.changes import Action, Change, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.ports import ResourceKey
from stowage.domain.projects import Project
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.projects import FakeProjects
from tests.unit.fakes.resources import FakeResources, resource_row
from tests.unit.operate.fakes import SERVER_ID, FakeAccount, FakeHours, FakeStackEventQueue, mirror

HUB = Hub("999999999999", "stowage")


@dataclass
class Waiting(FakeHours):
    """Time in which somebody may be quick: `meanwhile` is added after the long wait for requests under way."""

    changes: FakeChanges = field(default_factory=FakeChanges)
    meanwhile: list[Change] = field(default_factory=list)
    rows: list[Project] = field(default_factory=list)
    projects: FakeProjects = field(default_factory=FakeProjects)

    def sleep(self, seconds: float, /) -> None:
        """Let time pass, and note what the project's row says then."""
        super().sleep(seconds)
        if seconds == REQUEST_SECONDS:
            self.rows.append(self.projects.projects["atlas"])
            for change in self.meanwhile:
                self.changes.put_started(change)


@dataclass
class World:
    """The project atlas, its account, and what the operator was told."""

    account: FakeAccount = field(default_factory=FakeAccount)
    projects: FakeProjects = field(default_factory=FakeProjects)
    resources: FakeResources = field(default_factory=FakeResources)
    changes: FakeChanges = field(default_factory=FakeChanges)
    clock: FakeClock = field(default_factory=FakeClock)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let the clocks see the same things."""
        self.hours = Waiting(changes=self.changes, projects=self.projects)

    def onboard(self, *, sftp: bool | None = None) -> Project:
        """Run the command's verb and give the project's row."""
        request = Request("atlas", "Atlas", "111111111111", "eu-west-1", sftp)
        known = mirror(self.projects, resources=self.resources, changes=self.changes, clock=self.clock)
        ports = {"account": self.account, "events": FakeStackEventQueue(), "mirror": known, "hours": self.hours}
        onboard(request, HUB, say=self.told.append, **ports)  # type: ignore[arg-type]
        return self.projects.projects["atlas"]

    def change(self, kind: str = "sftp-user") -> Change:
        """Give a creation that has just begun."""
        return Change(
            id="chg-" + "1" * 32,
            project="atlas",
            kind=kind,
            name="partner",
            action=Action.CREATE,
            status=ChangeStatus.RUNNING,
            actor="mia@example.com",
            actor_id="p-1",
            started_at=to_iso(self.clock.now()),
        )


def test_a_project_has_no_server_unless_it_is_asked_for() -> None:
    """It costs by the hour."""
    world = World()

    assert world.onboard().sftp_server_id is None
    assert world.onboard(sftp=True).sftp_server_id == SERVER_ID
    assert world.account.calls == ["create", "update"]
    assert f"SFTP server\t{SERVER_ID}" in lines_of(world.projects.projects["atlas"])


def test_onboarding_again_keeps_the_choice() -> None:
    """As it was: also when the row does not know the server, since the stack does."""
    world = World()
    world.onboard(sftp=True)

    assert world.onboard().sftp_server_id == SERVER_ID
    world.projects.put_project(world.projects.projects["atlas"].model_copy(update={"sftp_server_id": None}))
    assert world.onboard().sftp_server_id == SERVER_ID
    assert world.account.calls == ["create"]


def test_a_server_that_nobody_uses_goes_after_the_project_has_forgotten_it() -> None:
    """No user can be accepted any more while the last look is taken; buckets are in nobody's way."""
    world = World()
    world.onboard(sftp=True)
    world.resources.rows[ResourceKey("atlas", "bucket", "invoices")] = resource_row(
        project="atlas", kind="bucket", name="invoices"
    )
    world.changes.put_started(world.change("bucket"))

    assert world.onboard(sftp=False).sftp_server_id is None

    assert [row.sftp_server_id for row in world.hours.rows] == [None]
    assert world.account.calls == ["create", "update"]
    assert any("waiting 30 s" in line for line in world.told)


def test_without_a_server_there_is_nothing_to_take_away() -> None:
    """No wait, and nothing changes."""
    world = World()
    world.onboard()

    world.onboard(sftp=False)

    assert world.hours.rows == []
    assert world.account.calls == ["create"]


def test_a_server_with_users_stays_and_they_are_named() -> None:
    """Nobody is locked out by a switch."""
    world = World()
    before = world.onboard(sftp=True)
    world.resources.rows[ResourceKey("atlas", "sftp-user", "partner")] = resource_row(
        project="atlas", kind="sftp-user", name="partner"
    )

    with pytest.raises(OperatorError, match=r"atlas still has sftp-user partner \(\w+\): delete them"):
        world.onboard(sftp=False)

    assert world.projects.projects["atlas"] == before
    assert world.account.calls == ["create"]


def test_a_user_who_was_accepted_at_the_last_moment_keeps_the_server() -> None:
    """A creation that has begun has no row yet; the project then knows its server again."""
    world = World()
    before = world.onboard(sftp=True)
    world.hours.meanwhile = [world.change()]

    with pytest.raises(OperatorError, match="create sftp-user partner"):
        world.onboard(sftp=False)

    assert world.projects.projects["atlas"] == before
    assert world.account.calls == ["create"]
