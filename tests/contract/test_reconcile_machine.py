"""The rendered machine reconcile runs on the local cloud as its table of states tells; its tasks are stand-ins.

The execution's input carries the script, in the name of the one project that it asks for: ListProjects' stand-in makes
the Map's items of it, and each project's name says what its states do.
"""

import json
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import scripted_machine
from tests.contract.conftest import LocalCloud
from tests.contract.scripted_machine import Ended, Stage

pytestmark = pytest.mark.contract

ASL = scripted_machine.ASL.with_name("reconcile.asl.json")
HANDLER = """
import os

STATE = os.environ["STATE"]
ITEM = {"cursor": None, "begunAt": None, "counts": {"stacks": 0}, "remaining": False, "cause": None}


def handler(event, context):
    asked = event["project"]
    if STATE == "ListProjects":
        if asked == "broken":
            raise ValueError("No table.")
        return {"projects": [{"project": name, **ITEM} for name in (asked or "").split(",") if name]}
    if STATE == "ReconcileStacks":
        if asked.startswith("denied"):
            raise type("AccessDeniedError", (Exception,), {})("The role refuses.")
        stretch = 1 + event["counts"]["stacks"]
        more = asked.startswith("large") and stretch < 3
        told = {"cursor": str(stretch), "begunAt": "now", "counts": {"stacks": stretch}, "remaining": more}
        return {**ITEM, "project": asked, **told}
    if asked.endswith("unwritten"):
        raise ValueError("No table.")
    return {"project": asked, "compared": event["failure"] is None}
"""


@pytest.fixture(scope="module")
def stage(cloud: LocalCloud) -> Iterator[Stage]:
    """Serve the module from one set of stand-ins; the pause between stretches takes no time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scripted_machine, "ASL", ASL)
        patch.setattr(scripted_machine, "HANDLER", HANDLER)
        stage = Stage(cloud)
    stage.definition = stage.definition.replace('"Seconds": 15', '"Seconds": 0')
    yield stage
    stage.table.delete_table(TableName=stage.name)


@pytest.fixture(scope="module")
def machine(stage: Stage) -> str:
    """Give the machine."""
    return stage.machine()


def play(stage: Stage, machine: str, *projects: str) -> Ended:
    """Run reconcile for these projects to its end."""
    given = {"project": ",".join(projects)} if projects else {}
    started = stage.states.start_execution(stateMachineArn=machine, name=uuid.uuid4().hex, input=json.dumps(given))
    return stage.finish(started["executionArn"])


def test_every_project_goes_through_its_states(stage: Stage, machine: str) -> None:
    """Once each; the findings get what the last stretch has counted."""
    ended = play(stage, machine, "atlas", "borealis")

    assert ended.status == "SUCCEEDED"
    assert ended.entered[:2] == ["ListProjects", "ReconcileProjects"]
    assert ended.entered[-2:] == ["EveryProjectCompared", "ReconcileSucceeded"]
    inner = ("ReconcileStacks", "StacksRemain", "RecordFindings", "ProjectDone")
    assert Counter(ended.entered[2:-2]) == dict.fromkeys(inner, 2)
    recorded = sorted(_payloads(ended, "RecordFindings"), key=lambda each: str(each["project"]))
    assert recorded[0] == {
        "project": "atlas", "begunAt": "now", "counts": {"stacks": 1}, "cause": None, "failure": None,
    }  # fmt: skip


def test_a_large_project_is_compared_stretch_by_stretch(stage: Stage, machine: str) -> None:
    """Each stretch begins where the one before ended, after a pause."""
    ended = play(stage, machine, "large")

    assert ended.entered.count("PauseForCalls") == 2
    assert [each["cursor"] for each in _payloads(ended, "ReconcileStacks")] == [None, "1", "2"]
    assert _payloads(ended, "RecordFindings")[0]["counts"] == {"stacks": 3}


def test_a_project_that_fails_is_its_own_finding_and_stops_no_other(stage: Stage, machine: str) -> None:
    """The others are compared and recorded; the execution ends FAILED and names it."""
    ended = play(stage, machine, "atlas", "denied-one", "borealis")

    assert (ended.status, ended.error, ended.cause) == ("FAILED", "PROJECTS_NOT_COMPARED", "denied-one")
    recorded = {each["project"]: each["failure"] for each in _payloads(ended, "RecordFindings")}
    assert recorded["atlas"] is recorded["borealis"] is None
    assert recorded["denied-one"]["error"] == "AccessDeniedError"
    assert "The role refuses." in recorded["denied-one"]["cause"]


def test_findings_that_cannot_be_kept_fail_the_execution_alone(stage: Stage, machine: str) -> None:
    """The other projects go on."""
    ended = play(stage, machine, "unwritten", "atlas")

    assert (ended.status, ended.cause) == ("FAILED", "unwritten")
    assert ended.entered.count("ProjectDone") == 2


def test_a_run_without_a_project_succeeds(stage: Stage, machine: str) -> None:
    """The schedule's input names none, and there may be none yet."""
    ended = play(stage, machine)

    assert (ended.status, ended.entered[-1]) == ("SUCCEEDED", "ReconcileSucceeded")


def test_projects_that_cannot_be_listed_fail_the_execution(stage: Stage, machine: str) -> None:
    """With the reason."""
    ended = play(stage, machine, "broken")

    assert (ended.status, ended.error) == ("FAILED", "ValueError")
    assert "No table." in str(ended.cause)


def _payloads(ended: Ended, state: str) -> list[dict[str, Any]]:
    """Give what a state's function was given; a Map's states stand between each other in the history."""
    scheduled = [event["taskScheduledEventDetails"] for event in ended.events if "taskScheduledEventDetails" in event]
    arguments = [json.loads(each["parameters"]) for each in scheduled]
    return [each["Payload"] for each in arguments if each["FunctionName"].endswith(f"-{state}")]
