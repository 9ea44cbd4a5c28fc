"""The fakes keep the promises that tests of api, tasks and listeners rest on."""

from typing import TYPE_CHECKING

import pytest

from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.errors import ExecutionExistsError, LockLostError, StackBusyError, TicketRefusedError
from stowage.domain.ports import ResourceKey, StackOperation
from tests.unit.fakes.change_details import FakeChangeDetails, FakeHistories
from tests.unit.fakes.changes import FakeChanges
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.credentials import FakeCredentialRows, FakeSecretStore
from tests.unit.fakes.executions import FakeExecutions, FakeWaits
from tests.unit.fakes.handovers import FakeHandovers
from tests.unit.fakes.notices import FakeNotices
from tests.unit.fakes.people import populated, project
from tests.unit.fakes.projects import FakeProjects
from tests.unit.fakes.reconcile_runs import FakeReconcileRuns
from tests.unit.fakes.resources import FakeResources
from tests.unit.fakes.sockets import FakeConnections, FakeGlobalNames, FakeSockets, FakeTickets
from tests.unit.fakes.stacks import FakeStacks

if TYPE_CHECKING:
    from stowage.domain import ports


def _request(change: str = "chg-1", expected: int = 0) -> ChangeRequest:
    return ChangeRequest(
        change=change,
        project="apollo",
        kind="crate",
        name="apples",
        action=Action.CREATE,
        spec={"description": "Apples"},
        expected_version=expected,
        version=expected + 1,
        actor="mia@example.com",
        actor_id="p-1",
        request="f" * 64,
    )


def test_every_fake_is_of_its_port() -> None:
    """A type checker sees each fake where its port is asked for."""
    clock: ports.Clock = FakeClock()
    projects: ports.Projects = FakeProjects()
    resources: ports.Resources = FakeResources()
    changes: ports.Changes = FakeChanges()
    executions: ports.Executions = FakeExecutions()
    waits: ports.Waits = FakeWaits()
    stacks: ports.Stacks = FakeStacks()
    sockets: ports.Sockets = FakeSockets()
    tickets: ports.Tickets = FakeTickets()
    connections: ports.Connections = FakeConnections()
    names: ports.GlobalNames = FakeGlobalNames()

    details: ports.ChangeDetails = FakeChangeDetails()
    histories: ports.Histories = FakeHistories()
    runs: ports.ReconcileRuns = FakeReconcileRuns()
    handovers: ports.Handovers = FakeHandovers()
    notices: ports.Notices = FakeNotices()
    rows: ports.CredentialRows = FakeCredentialRows()
    secrets: ports.SecretStore = FakeSecretStore()

    every = (clock, projects, resources, changes, executions, waits, stacks, sockets, tickets, connections, names)
    assert len((*every, details, histories, runs, handovers, notices, rows, secrets)) == 18


def test_a_lock_has_one_holder_and_a_repeat_by_the_holder_succeeds() -> None:
    """Acquire obeys L1 and L6; the fence counts every success."""
    resources = FakeResources()

    first = resources.acquire_lock(_request("chg-1"), "2026-11-23T09:00:00.000Z")
    other = resources.acquire_lock(_request("chg-2", expected=1), "2026-11-23T09:00:00.000Z")
    again = resources.acquire_lock(_request("chg-1"), "2026-11-23T09:00:00.000Z")

    assert (first and first.fence, other, again and again.fence) == (1, None, 2)


def test_an_old_fence_is_refused() -> None:
    """A writer under a former fence changes nothing (L5)."""
    resources = FakeResources()
    resources.acquire_lock(_request(), "2026-11-23T09:00:00.000Z")
    resources.acquire_lock(_request(), "2026-11-23T09:00:00.000Z")

    with pytest.raises(LockLostError):
        resources.store_wake_token(
            ResourceKey("apollo", "crate", "apples"), change="chg-1", fence=1, token="t", stack_id="s"
        )


def test_a_name_of_an_execution_is_used_once() -> None:
    """Equal input finds the running execution; another input or an ended one is refused."""
    executions = FakeExecutions()
    started_at = executions.start("chg-1", "{}")

    assert executions.start("chg-1", "{}") == started_at
    with pytest.raises(ExecutionExistsError):
        executions.start("chg-1", '{"a":1}')
    executions.end("chg-1", "SUCCEEDED")
    with pytest.raises(ExecutionExistsError):
        executions.start("chg-1", "{}")


def test_a_stack_is_created_once_per_token() -> None:
    """A repeated creation gives the same stack, one with another token is refused."""
    stacks = FakeStacks()
    operation = StackOperation(project(), "stowage-crate-apples", {"Resources": {}}, "token-1", {}, "p-1")
    stack_id = stacks.create(operation)

    assert stacks.create(operation) == stack_id
    with pytest.raises(StackBusyError):
        stacks.create(StackOperation(project(), "stowage-crate-apples", {"Resources": {}}, "token-2", {}, "p-1"))
    assert stacks.describe(project("gemini", "222222222222"), stack_id, person="p-1") is None


def test_a_ticket_is_redeemed_once_and_in_time() -> None:
    """A ticket is single use and expires."""
    tickets, clock = FakeTickets(), FakeClock()
    tickets.put("hash", "p-1", expires_at=clock.epoch() + 30)
    tickets.put("late", "p-1", expires_at=clock.epoch() + 30)

    assert tickets.redeem("hash", now=clock.epoch()) == "p-1"
    with pytest.raises(TicketRefusedError):
        tickets.redeem("hash", now=clock.epoch())
    with pytest.raises(TicketRefusedError):
        tickets.redeem("late", now=clock.epoch() + 30)


def test_the_populated_world_has_a_person_per_role() -> None:
    """The given world is what its docstring says."""
    projects = populated()

    assert sorted(member.role for member in projects.list_members("apollo")) == ["auditor", "manager", "operator"]
    assert [member.role for member in projects.list_members("gemini")] == ["operator"]
