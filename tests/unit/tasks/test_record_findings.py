"""State RecordFindings of reconcile."""

from typing import Any

import pytest

from stowage.domain.findings import Counts, Findings
from tasks.record_findings import FindingsRequest, record_findings
from tests.unit.fakes.reconciliation import FakeReconciliation
from tests.unit.fakes.world import World

BEGUN = "2026-11-23T08:59:00.000Z"
BROKEN = {"error": "AccessDeniedError", "cause": '{"errorMessage": "The role refuses.", "errorType": "x"}'}


@pytest.fixture
def world() -> World:
    """Give a world with an open page of the project."""
    world = World()
    world.listen("page")
    return world


def record(world: World, **fields: Any) -> tuple[bool, Findings]:
    """Record a run of "apollo" that began at BEGUN."""
    request = FindingsRequest.model_validate({"project": "apollo", "begunAt": BEGUN, **fields})
    recorded, findings = record_findings(
        request,
        projects=world.projects,
        mirror=FakeReconciliation(world.resources, world.projects),
        runs=world.runs,
        notifier=world.notifier,
        clock=world.clock,
    )
    return recorded.compared, findings


def test_findings_stand_on_the_project_and_are_told(world: World) -> None:
    """When everything was compared: when the run began to look; a page gets them as a message of type `project`."""
    compared, findings = record(world, counts=Counts(stacks=3, mismatches=1, repaired=1).to_wire())

    assert compared
    assert world.projects.projects["apollo"].reconcile == findings
    assert (findings.verified_at, findings.tried_at, findings.cause) == (BEGUN, world.clock.iso(), None)
    [message] = world.connections.messages("page")
    assert message == {"type": "project", "project": "apollo", "seq": 1, "reconcile": findings.to_wire()}


def test_a_run_that_broke_off_keeps_when_everything_was_last_compared(world: World) -> None:
    """What is not verified is never called verified; the sentence says why."""
    record(world)
    world.clock.advance(1800)

    compared, findings = record(world, begunAt=world.clock.iso(), failure=BROKEN)

    assert not compared
    assert (findings.verified_at, findings.cause) == (BEGUN, "The role refuses.")
    assert findings.tried_at == world.clock.iso()


def test_each_run_is_kept_by_itself_too(world: World) -> None:
    """So that people see since when something has been wrong; the state's repeat is the same run."""
    _, first = record(world)
    record(world)
    world.clock.advance(1800)
    _, second = record(world, begunAt=world.clock.iso(), failure=BROKEN)

    assert world.runs.list_newest("apollo", limit=10) == (second, first)


def test_a_project_that_is_not_onboarded_is_told_to_nobody(world: World) -> None:
    """There is no row to keep it on; the run fails for it all the same."""
    compared, _ = record(world, project="unknown", failure=BROKEN)

    assert not compared
    assert world.runs.runs == {}
    assert world.resources.get_seq("unknown") == 0
