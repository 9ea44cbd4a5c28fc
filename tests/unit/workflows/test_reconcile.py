"""The machine reconcile: a Map whose items fail alone, laid flat for whoever walks it."""

import json
from typing import Any

import pytest

from stowage.domain.findings import Progress
from tests.unit.workflows.conftest import MACHINE, broken
from workflows import checks
from workflows.nesting import WITHIN, flat
from workflows.reconcile import CARRIED, PAUSE_SECONDS
from workflows.service_checks import substitutions

ASL: dict[str, Any] = json.loads(MACHINE.with_name("reconcile.asl.json").read_text(encoding="utf-8"))
INNER = "/States/ReconcileProjects/ItemProcessor/States"


def test_the_machine_is_sound() -> None:
    """No check of ours finds a fault, in the Map's states either."""
    assert checks.faults(ASL) == []


def test_a_map_is_laid_flat() -> None:
    """It leads to its first state, and the last one to what follows; every state has its name once."""
    states = flat(ASL)["States"]

    assert states["ReconcileProjects"]["Next"] == "ReconcileStacks"
    assert states["ProjectDone"]["Next"] == "EveryProjectCompared"
    assert {name for name, block in states.items() if WITHIN in block} == {
        "PauseForCalls",
        "ProjectDone",
        "ReconcileStacks",
        "RecordFindings",
        "StacksRemain",
    }
    assert "ItemProcessor" in ASL["States"]["ReconcileProjects"]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ({"remove": [f"{INNER}/ReconcileStacks/Catch"]}, "ReconcileStacks is a Task that does not catch States.ALL"),
        ({"remove": [f"{INNER}/ReconcileStacks/TimeoutSeconds"]}, "ReconcileStacks is a Task without TimeoutSeconds"),
        ({"set": {f"{INNER}/PauseForCalls/Next": "Nowhere"}}, "PauseForCalls leads to Nowhere, which is no state"),
        ({"set": {f"{INNER}/StacksRemain/Choices/0/Next": "ReconcileStacks"}}, "leads back to itself without a Wait"),
    ],
)
def test_a_fault_within_the_map_is_found(fault: dict[str, Any], sentence: str) -> None:
    """As anywhere else."""
    assert any(sentence in told for told in checks.faults(broken(ASL, fault)))


def test_what_travels_between_the_states_is_the_progress() -> None:
    """Each of its fields but the answer to "is there more?" is handed back to the next stretch."""
    assert {*CARRIED, "remaining"} == set(Progress(project="atlas").to_wire())


def test_an_account_is_left_some_of_its_calls() -> None:
    """The pause stands in the definition, as the decision has it."""
    assert (
        ASL["States"]["ReconcileProjects"]["ItemProcessor"]["States"]["PauseForCalls"]["Seconds"] == PAUSE_SECONDS == 15
    )


def test_it_is_given_its_functions_and_the_partition() -> None:
    """It touches no table itself."""
    functions = {f"{state}FunctionArn" for state in ("ListProjects", "ReconcileStacks", "RecordFindings")}

    assert set(substitutions(ASL)) == {"Partition", *functions}
