"""Every fault of the corpus is refused, by the sentence that names it.

A file of `faulty/` is the real machine with one fault: its name says which, `set` and `remove` make it, `sentences` are
what the linter must say. New faults are added by adding a file.
"""

import json
from pathlib import Path

import pytest

from tests.unit.workflows.conftest import broken
from workflows.asl import Json
from workflows.checks import faults
from workflows.linting import validate
from workflows.rendering import asl_files

FAULTY = sorted((Path(__file__).parent / "faulty").glob("*.json"))
NAME = "machine.asl.json"


@pytest.mark.parametrize("path", FAULTY, ids=lambda path: path.stem)
def test_a_faulty_machine_is_refused_by_the_sentence_that_names_its_fault(path: Path, asl: Json) -> None:
    """Our checks say exactly these sentences; what they leave to asl-validator, that says."""
    fault = json.loads(path.read_text(encoding="utf-8"))
    machine = broken(asl, fault)

    said = faults(machine) or [line.removeprefix(f"{NAME}: ") for line in validate({NAME: machine})]

    assert said == fault["sentences"]


def test_the_corpus_names_each_fault_once() -> None:
    """No two files of the corpus make the same change, so that its size means something."""
    changes = [json.loads(path.read_text(encoding="utf-8")) for path in FAULTY]
    distinct = {json.dumps([fault.get("set"), fault.get("remove")], sort_keys=True) for fault in changes}

    assert len(distinct) == len(FAULTY) >= 60


def test_asl_validator_alone_would_deploy_most_of_them(asl: Json) -> None:
    """Our checks add something: of the corpus asl-validator finds nothing wrong with at least 50."""
    machines = {path.name: broken(asl, json.loads(path.read_text(encoding="utf-8"))) for path in FAULTY}

    said = validate(machines)

    passed = [name for name in machines if not any(line.startswith(f"{name}: ") for line in said)]
    assert len(passed) >= 50, f"{len(passed)}: asl-validator became stricter, or the corpus smaller"


@pytest.mark.parametrize("machine", asl_files(), ids=lambda path: path.stem)
def test_every_machine_that_is_deployed_has_no_fault(machine: Path) -> None:
    """Neither our checks nor asl-validator find anything in what is deployed."""
    deployed = json.loads(machine.read_text(encoding="utf-8"))

    assert [*faults(deployed), *validate({machine.name: deployed})] == []
