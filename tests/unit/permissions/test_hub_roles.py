"""The hub's roles allow what its code, its machines and its settings need: nothing missing, nothing spare."""

import ast
import copy
from collections.abc import Callable

import pytest

from local.templates import hub_template
from tests.unit.permissions.actions import IN_PROJECTS, Needs, needs_of
from tests.unit.permissions.hub_roles import HubRoles, Json
from tests.unit.permissions.program import ROOT, program
from tests.unit.permissions.sentences import differences

HUB = HubRoles(hub_template())
FUNCTIONS = HUB.of_type("AWS::Lambda::Function")
MACHINES = HUB.of_type("AWS::StepFunctions::StateMachine")
ADAPTERS = ROOT / "stowage" / "adapters"
MAKERS = ("bootstrap.py", "sts.py")
"""Where clients are made for the functions."""
WITHOUT_STUBS = {"secretsmanager"}
"""Called in projects' accounts alone; what its session may do is told in stowage/adapters/sts.py."""
OF_SERVICES = {"ApiGatewayLogRole": "AmazonAPIGatewayPushToCloudWatchLogs"}
"""Roles that neither a function nor a machine has, and the one policy of AWS's that each is."""
OF_RULES = {"ReconcileRuleRole": ["states:StartExecution"]}
"""Roles by which EventBridge starts something, and all that each allows."""
OF_PEOPLE = {"AuditorRole"}
"""Roles that people assume; tests/unit/template/test_auditor.py tells what each may do."""


def function_needs(hub: HubRoles, function: str) -> Needs:
    """Give what a function needs in the hub's account."""
    calls = [call for call in program().client_calls(hub.handler(function)) if call.service not in IN_PROJECTS]
    code = needs_of(calls)
    return code | hub.function_settings(function, code)


def function_differences(hub: HubRoles, function: str) -> list[str]:
    """Tell what is wrong with a function's role."""
    where = f"template.yaml, under {function}'s Policies"
    return differences(function, function_needs(hub, function), hub.allowed(function), where)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_role_allows_what_its_code_reaches(function: str) -> None:
    """Every call of AWS that the handler can come to is allowed, and nothing else is."""
    told = function_differences(HUB, function)

    assert told == [], "\n".join(told)


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machines_role_allows_what_its_states_do(machine: str) -> None:
    """Every function that a state invokes, every row that it touches, its log and its traces; nothing else."""
    where = f"template.yaml, under {machine}'s Policies"

    told = differences(machine, HUB.machine_needs(machine), HUB.allowed(machine), where)

    assert told == [], "\n".join(told)


def test_every_client_that_is_made_is_seen_at_work() -> None:
    """A client of type Any would be invisible: each service that the adapters make a client for is found called."""
    trees = [ast.parse((ADAPTERS / name).read_text(encoding="utf-8")) for name in MAKERS]
    made = {
        argument.value
        for tree in trees
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2].endswith(("client", "make_client"))
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }
    called = {call.service for function in FUNCTIONS for call in program().client_calls(HUB.handler(function))}

    assert made
    assert called | WITHOUT_STUBS == made


def test_every_role_of_the_hub_is_compared() -> None:
    """A role that belongs to neither a function nor a machine is AWS's own policy for a service, or is told here."""
    owners = (*FUNCTIONS, *MACHINES)
    others = set(HUB.of_type("AWS::IAM::Role")) - {f"{owner}Role" for owner in owners}

    assert others == set(OF_SERVICES) | set(OF_RULES) | OF_PEOPLE
    for role, actions in OF_RULES.items():
        [policy] = HUB.resources[role]["Properties"]["Policies"]
        assert [each["Action"] for each in policy["PolicyDocument"]["Statement"]] == actions
    for role, policy in OF_SERVICES.items():
        properties = HUB.resources[role]["Properties"]
        assert "Policies" not in properties
        assert [str(each).rpartition("/")[2].rstrip("'}") for each in properties["ManagedPolicyArns"]] == [policy]


def _statements(template: Json, function: str) -> list[Json]:
    [document] = [each for each in template["Resources"][function]["Properties"]["Policies"] if "Statement" in each]
    found: list[Json] = document["Statement"]
    return found


def _lose_start_execution(template: Json) -> None:
    statements = _statements(template, "ApiFunction")
    statements[:] = [each for each in statements if each["Action"] != "states:StartExecution"]


def _lose_the_index(template: Json) -> None:
    template["Resources"]["ApiFunction"]["Properties"]["Policies"].remove({"Ref": "QueryIndexPolicy"})


def _gain_scan(template: Json) -> None:
    _statements(template, "UpdateMirrorFunction")[0]["Action"].append("dynamodb:Scan")


def _lose_the_sockets(template: Json) -> None:
    template["Resources"]["NotifyFailedFunction"]["Properties"]["Policies"].remove({"Ref": "PostToSocketsPolicy"})


@pytest.mark.parametrize(
    ("mutation", "function", "sentence"),
    [
        (
            _lose_start_execution,
            "ApiFunction",
            "StepFunctionsExecutions.start), and its role lacks it: add it in template.yaml",
        ),
        (_lose_the_index, "ApiFunction", "ApiFunction needs dynamodb:Query on the table's index (api."),
        (_lose_the_sockets, "NotifyFailedFunction", "NotifyFailedFunction needs execute-api:ManageConnections ("),
        (
            _gain_scan,
            "UpdateMirrorFunction",
            "UpdateMirrorFunction is allowed dynamodb:Scan on the table, and nothing that it reaches needs it: remove",
        ),
    ],
)
def test_a_missing_and_a_spare_action_are_told(mutation: Callable[[Json], None], function: str, sentence: str) -> None:
    """The check is not blind: one action less, or one more, is one sentence."""
    template = copy.deepcopy(HUB.source)
    mutation(template)

    [told] = function_differences(HubRoles(template), function)

    assert sentence in told
