"""`make reconcile`: starts a run, waits for it, and shows what was found."""

import json

from operate.reconcile import play, table
from stowage.domain.findings import Findings
from tests.unit.fakes.executions import FakeExecutions
from tests.unit.fakes.people import project

FOUND = Findings(
    stacks=12,
    mismatches=2,
    repaired=2,
    locks_freed=1,
    calls_made=5,
    verified_at="2026-11-23T09:00:00.000Z",
    tried_at="x",
)


class Ending:
    """Hours in which an execution ends after so many sleeps."""

    def __init__(self, executions: FakeExecutions, sleeps: int) -> None:
        self.executions, self.sleeps = executions, sleeps

    def monotonic(self) -> float:
        """Stand still."""
        return 0.0

    def sleep(self, _seconds: float) -> None:
        """Let the execution end at last."""
        self.sleeps -= 1
        if self.sleeps == 0:
            self.executions.end("run", "SUCCEEDED")


def test_a_run_is_waited_for() -> None:
    """However long it takes; its input names the one project that was asked for."""
    executions = FakeExecutions()

    ended = play("run", "atlas", executions=executions, hours=Ending(executions, 3))

    assert (ended.status, json.loads(ended.input)) == ("SUCCEEDED", {"project": "atlas"})


def test_without_a_project_all_are_compared() -> None:
    """The input is the schedule's."""
    executions = FakeExecutions()

    assert play("run", None, executions=executions, hours=Ending(executions, 1)).input == "{}"


def test_findings_are_a_line_for_each_project() -> None:
    """Under their headings; a project that was never compared says so."""
    head, atlas, borealis = table([project("atlas", reconcile=FOUND), project("borealis")])

    assert head.split("  ")[0] == "project"
    assert atlas.split() == ["atlas", "12", "2", "2", "1", "0", "0", "0", "5", "2026-11-23T09:00:00.000Z"]
    assert borealis.split() == ["borealis", *["-"] * 8, "never"]
