"""A change that runs during a deployment goes on by its own definition, on the new functions (docs/adr/0010).

`released/` holds the definition of each release whose executions may still run, `change_resource-<version>.asl.json`;
docs/releasing.md says when one comes and goes. The newest is today's own.
"""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import get_type_hints

import pytest

from tests.unit.workflows.conftest import MACHINE
from tests.unit.workflows.test_payloads import MODELS, payload
from workflows.asl import Json

RELEASED = sorted((Path(__file__).parent / "released").glob("*.asl.json"))
BY_TOKEN = {"AwaitStack": "tasks.await_stack:StackResult"}
"""States whose result comes by their task token."""
GIVES = {
    "SubmitStackOperation": "submitted",
    "AwaitStack": "result",
    "RecordFailure": "verdict",
}


def definition(path: Path) -> Json:
    """Give a definition."""
    found: Json = json.loads(path.read_text(encoding="utf-8"))
    return found


def answers_of(state: str) -> set[str]:
    """Give the members of what today's task answers to a state."""
    module, name = MODELS[state].split(":")
    if state in BY_TOKEN:
        module, name = BY_TOKEN[state].split(":")
        model = getattr(import_module(module), name)
    else:
        task = re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()
        model = get_type_hints(getattr(import_module(f"tasks.{task}"), task))["return"]
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize("path", [*RELEASED, MACHINE], ids=lambda path: path.name)
@pytest.mark.parametrize("state", sorted(MODELS))
def test_a_task_takes_what_every_definition_that_may_still_run_hands_over(state: str, path: Path) -> None:
    """A new field of an input has a default for one release; one that is not wanted any more is still taken."""
    asl = definition(path)
    if state not in asl["States"]:
        pytest.skip(f"{path.name} has no state {state}")
    module, name = MODELS[state].split(":")

    getattr(import_module(module), name).model_validate(payload(asl, state))


@pytest.mark.parametrize("path", [*RELEASED, MACHINE], ids=lambda path: path.name)
@pytest.mark.parametrize("state", sorted(GIVES))
def test_a_task_answers_what_every_definition_that_may_still_run_reads(state: str, path: Path) -> None:
    """A field of an answer stays until nobody runs who reads it."""
    text = path.read_text(encoding="utf-8")
    read = set(re.findall(rf"\${GIVES[state]}\.(\w+)", text))
    read |= set(re.findall(r"\$states\.result\.Payload\.(\w+)", json.dumps(definition(path)["States"].get(state, {}))))

    assert read <= answers_of(state)


def test_every_task_of_a_release_still_has_its_function() -> None:
    """A state that is gone keeps its task for one release: its executions may not have reached it yet."""
    for path in RELEASED:
        asked = set(re.findall(r"\$\{(\w+)FunctionArn\}", path.read_text(encoding="utf-8")))
        assert asked <= set(MODELS), (
            f"{path.name} still calls {sorted(asked - set(MODELS))}: keep the function for one release"
        )
