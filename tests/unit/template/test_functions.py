"""What every function has, and what each one is told."""

import pytest

from operate.package import ARCHITECTURE, PYTHON_VERSION
from stowage.adapters.settings import VARIABLES
from tests.unit.template.conftest import FUNCTIONS, ROOT, Hub
from workflows.integrations import LAMBDA_SECONDS

MACHINES = {"STATE_MACHINE_ARN", "ROTATION_MACHINE_ARN"}
WAITED_FOR_BY_A_STATE_ALONE = {"ReconcileStacksFunction"}
WAITED_FOR_BY_NOBODY = {"CredentialsDueFunction"}
READS_THE_SOCKETS_ENDPOINT = "PostToSocketsPolicy"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_variable_is_a_setting(hub: Hub, function: str) -> None:
    """A variable that nobody reads is a typing error or a leftover."""
    assert set(hub.functions[function]["Environment"]["Variables"]) <= VARIABLES


@pytest.mark.parametrize("function", FUNCTIONS)
def test_who_may_post_to_sockets_knows_where_they_are(hub: Hub, function: str) -> None:
    """SOCKET_ENDPOINT and the permission to use it go together."""
    properties = hub.functions[function]
    may_post = {"Ref": READS_THE_SOCKETS_ENDPOINT} in properties["Policies"]

    assert ("SOCKET_ENDPOINT" in properties["Environment"]["Variables"]) is may_post


@pytest.mark.parametrize("function", FUNCTIONS)
def test_who_may_look_at_executions_knows_their_machine(hub: Hub, function: str) -> None:
    """A machine's ARN and the permission on its executions go together."""
    actions = {action for statement in hub.statements_of(function) for action in _listed(statement["Action"])}
    knows = bool(MACHINES & hub.functions[function]["Environment"]["Variables"].keys())

    assert knows is ("states:DescribeExecution" in actions)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_functions_are_built_alike_from_one_package(hub: Hub, function: str) -> None:
    """One CodeUri, one build method, one runtime: no function overrides them."""
    own = hub.resources[function]

    assert own["Metadata"] == {"BuildMethod": "makefile"}
    assert not {"CodeUri", "Runtime", "Architectures", "Layers", "LoggingConfig"} & set(own["Properties"])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_gives_up_before_whoever_waits_for_it(hub: Hub, function: str) -> None:
    """API Gateway waits 30 s, a state 90 s: a function that ends first can say why."""
    longest = LAMBDA_SECONDS if function in WAITED_FOR_BY_A_STATE_ALONE else 29

    assert hub.functions[function]["Timeout"] < longest or function in WAITED_FOR_BY_NOBODY


def test_the_build_takes_the_templates_defaults(hub: Hub) -> None:
    """The build cannot read the template (it has no YAML), so its defaults are held equal here."""
    parameters = hub.source["Parameters"]

    assert parameters["Architecture"]["Default"] == ARCHITECTURE
    assert parameters["PythonVersion"]["Default"] == PYTHON_VERSION


def test_every_parameter_is_described_and_constrained(hub: Hub) -> None:
    """`sam deploy --guided` shows the description; a wrong value is refused before anything is touched."""
    parameters = hub.source["Parameters"]
    constraints = {"AllowedValues", "AllowedPattern", "MinValue"}

    assert [name for name, each in parameters.items() if not each.get("Description")] == []
    assert [
        name
        for name, each in parameters.items()
        if not constraints & set(each) and each["Type"] != "CommaDelimitedList"
    ] == []


def test_every_parameter_and_output_is_documented() -> None:
    """docs/deploy.md tells each."""
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    source = Hub().source

    assert [name for name in (*source["Parameters"], *source["Outputs"]) if f"`{name}`" not in page] == []


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
