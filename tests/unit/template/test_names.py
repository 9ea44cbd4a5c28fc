"""One state, one name, one grep: state, file, handler, logical id, substitution and test are called alike."""

import re

import pytest

from tests.unit.template.conftest import ASLS, HUB, MACHINES, ROOT, Hub, lambda_states

MODULES = [path.stem for path in sorted((ROOT / "tasks").glob("*.py")) if path.stem != "__init__"]


def snake(state: str) -> str:
    """Give a state's name as its module is called."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", state).lower()


@pytest.mark.parametrize(
    ("machine", "state"), [(name, state) for name in MACHINES for state in lambda_states(ASLS[name])]
)
def test_a_state_has_its_name_in_all_five_places(hub: Hub, machine: str, state: str) -> None:
    """State X invokes XFunction by ${XFunctionArn}; its handler is in tasks/x.py, its tests in tasks/test_x.py."""
    function = f"{state}Function"

    assert ASLS[machine]["States"][state]["Arguments"]["FunctionName"] == f"${{{function}Arn}}"
    substitutions = hub.resources[machine]["Properties"]["DefinitionSubstitutions"]
    assert substitutions[f"{function}Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    assert hub.functions[function]["Handler"] == f"tasks.{snake(state)}.handler"
    assert hub.functions[function]["Description"] == f"State {state} of {MACHINES[machine]}"
    assert (ROOT / "tasks" / f"{snake(state)}.py").is_file()
    assert (ROOT / "tests" / "unit" / "tasks" / f"test_{snake(state)}.py").is_file()


def test_every_task_belongs_to_a_state() -> None:
    """A module of tasks/ that no state invokes is dead: it is removed with its state."""
    states = {snake(state) for asl in ASLS.values() for state in lambda_states(asl)}

    assert set(MODULES) <= states


@pytest.mark.parametrize("machine", MACHINES)
def test_the_machine_is_given_exactly_what_it_asks_for(hub: Hub, machine: str) -> None:
    """Every ${…} of the definition has a substitution, and no substitution is left over."""
    properties = hub.resources[machine]["Properties"]
    definition = (ROOT / properties["DefinitionUri"]).read_text(encoding="utf-8")

    assert set(re.findall(r"\$\{(\w+)\}", definition)) == set(properties["DefinitionSubstitutions"])


@pytest.mark.parametrize("function", sorted(HUB.functions))
def test_a_handler_exists_and_lies_in_a_packaged_folder(hub: Hub, function: str) -> None:
    """A wrong handler is not told by a deployment, only by the first call."""
    module, _, name = hub.functions[function]["Handler"].rpartition(".")
    path = ROOT / f"{module.replace('.', '/')}.py"

    assert path.is_file()
    assert re.search(rf"^(def {name}\(|{name}\b.*=)", path.read_text(encoding="utf-8"), re.MULTILINE)
