"""All ports at once, and a change on its way through them: what tests of tasks and listeners stand on."""

from dataclasses import dataclass, field
from typing import Any

from stowage.domain.changes import Action, ChangeRequest, Spec
from stowage.domain.custody import Custodian
from stowage.domain.kinds import RenderRequest
from stowage.domain.notifications import Notifier
from stowage.domain.ports import ResourceKey
from stowage.domain.projects import Project
from stowage.domain.resources import ResourceRow, stack_name
from stowage.domain.stacks import Stack, stack_tags
from stowage.domain.task_requests import LockedTaskRequest
from tests.unit.fakes import people
from tests.unit.fakes.change_details import FakeChangeDetails
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.contents import FakeContents
from tests.unit.fakes.credentials import FakeAccessKeys, FakeCredentialRows, FakeSecretStore
from tests.unit.fakes.executions import FakeExecutions, FakeWaits
from tests.unit.fakes.handovers import FakeHandovers
from tests.unit.fakes.kinds import crate
from tests.unit.fakes.notices import FakeNotices
from tests.unit.fakes.projects import FakeProjects
from tests.unit.fakes.reconcile_runs import FakeReconcileRuns
from tests.unit.fakes.resources import FakeResources
from tests.unit.fakes.sockets import FakeConnections, FakeSockets
from tests.unit.fakes.spying import Spy
from tests.unit.fakes.stacks import FakeStacks

STARTED_AT = "2026-11-23T09:00:00.000Z"
KEY = ResourceKey("apollo", "crate", "apples")
CHANGE = "chg-" + "a" * 32
OTHER_CHANGE = "chg-" + "b" * 32
NAME = stack_name("crate", "apples")


@dataclass
class World:
    """The fakes, wired to each other as bootstrap wires the adapters."""

    projects: FakeProjects = field(default_factory=people.populated)
    changes: FakeChanges = field(default_factory=FakeChanges)
    stacks: FakeStacks = field(default_factory=FakeStacks)
    sockets: FakeSockets = field(default_factory=FakeSockets)
    connections: FakeConnections = field(default_factory=FakeConnections)
    clock: FakeClock = field(default_factory=FakeClock)
    waits: FakeWaits = field(default_factory=lambda: FakeWaits("token"))
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Wire what rests on other fakes."""
        self.resources = FakeResources(self.changes)
        self.contents = FakeContents()
        self.change_details = FakeChangeDetails()
        self.runs = FakeReconcileRuns()
        self.executions = FakeExecutions(self.clock)
        self.rotations = FakeExecutions(self.clock)
        self.handovers = FakeHandovers()
        self.notices = FakeNotices()
        self.keys = FakeAccessKeys(self.clock)
        self.rows = FakeCredentialRows()
        self.secrets = FakeSecretStore()
        self.custodian = Custodian(self.projects, self.rows, self.keys, self.secrets, find_kind, self.handovers)
        self.notifier = Notifier(
            Spy(self.projects, self.calls),
            Spy(self.resources, self.calls),
            Spy(self.sockets, self.calls),
            Spy(self.connections, self.calls),
        )

    @property
    def project(self) -> Project:
        """The project of every request."""
        return people.project()

    @property
    def row(self) -> ResourceRow:
        """The resource's row now."""
        return self.resources.rows[KEY]

    def lock(self, action: Action = Action.CREATE, **fields: Any) -> LockedTaskRequest:
        """Let a change acquire the lock, and give what every state after it gets."""
        change = request(action, **fields)
        row = self.resources.acquire_lock(change, STARTED_AT)
        assert row is not None
        return LockedTaskRequest(change=change, fence=row.fence, started_at=STARTED_AT)

    def stack(
        self, status: str, incarnation: str = "given", *, spec: Spec | None = None, token: str = "given", **fields: Any
    ) -> Stack:
        """Lay the resource's stack into the project's account.

        `spec` is what its template tells of itself (nothing, if it is None), `token` its last operation's.
        """
        stack = Stack(
            stack_id=f"arn:aws:cloudformation:eu-west-1:111111111111:stack/{NAME}/{incarnation}",
            name=NAME,
            status=status,
            **{"tags": stack_tags(request()), "outputs": {"Arn": "arn:given"}, **fields},
        )
        asked = None if spec is None else RenderRequest(project=self.project, name=KEY.name, spec=spec, version=1)
        self.stacks.put(self.project, stack, None if asked is None else crate().render(asked), token=token)
        return stack

    def listen(self, connection: str, person: str = people.MANAGER.id, project: str = "apollo") -> None:
        """Open a page of the project."""
        self.sockets.add(connection, person, expires_at=0)
        self.sockets.subscribe(connection, person, (project,), expires_at=0)


def request(action: Action = Action.CREATE, **fields: Any) -> ChangeRequest:
    """Give a change of the crate "apples"."""
    given: dict[str, Any] = {
        "change": CHANGE,
        "project": KEY.project,
        "kind": KEY.kind,
        "name": KEY.name,
        "action": action,
        "spec": {} if action is Action.DELETE else {"description": "Apples"},
        "expected_version": 0 if action is Action.CREATE else 1,
        "version": 2 if action is Action.UPDATE else 1,
        "actor": people.MANAGER.email,
        "actor_id": people.MANAGER.id,
        "request": "f" * 64,
    }
    return ChangeRequest.model_validate({**given, **fields})


def find_kind(name: str) -> Any:
    """Give the one kind there is."""
    return crate() if name == "crate" else None
