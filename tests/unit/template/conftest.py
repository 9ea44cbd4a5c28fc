"""template.yaml as data, and the views of it that the contract tests share."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.templates import HUB as HUB_PATH
from local.templates import hub_template
from workflows.nesting import flat

ROOT = Path(__file__).parents[3]
Json = dict[str, Any]


class Hub:
    """The hub's template, its intrinsics in their long form ({"Ref": …}, {"Fn::GetAtt": [name, attribute]})."""

    def __init__(self, path: Path = HUB_PATH) -> None:
        self.source = hub_template(path)
        self.resources: dict[str, Json] = self.source["Resources"]

    def of_type(self, resource_type: str) -> dict[str, Json]:
        """Give the properties of all resources of a type, by logical id."""
        return {name: each["Properties"] for name, each in self.resources.items() if each["Type"] == resource_type}

    @property
    def functions(self) -> dict[str, Json]:
        """Give the functions, with the Globals' defaults filled in and environment variables merged."""
        defaults: Json = self.source["Globals"]["Function"]
        common: Json = defaults["Environment"]["Variables"]
        merged: dict[str, Json] = {}
        for name, own in self.of_type("AWS::Serverless::Function").items():
            variables = {**common, **own.get("Environment", {}).get("Variables", {})}
            merged[name] = {**defaults, **own, "Environment": {"Variables": variables}}
        return merged

    @property
    def machine(self) -> Json:
        """Give the properties of the machine change_resource."""
        machine: Json = self.resources["ChangeResourceStateMachine"]["Properties"]
        return machine

    def statements_of(self, role_of: str) -> list[Json]:
        """Give all statements of a function's or machine's role, those of shared policies included."""
        statements: list[Json] = []
        for policy in self.resources[role_of]["Properties"]["Policies"]:
            document = self.resources[policy["Ref"]]["Properties"]["PolicyDocument"] if "Ref" in policy else policy
            statements += document["Statement"]
        return statements


HUB = Hub()
FUNCTIONS = sorted(HUB.functions)
MACHINES = {
    "ChangeResourceStateMachine": "change_resource",
    "ReconcileStateMachine": "reconcile",
    "RotateCredentialsStateMachine": "rotate_credentials",
}
ROLES = [*FUNCTIONS, *MACHINES]
ASLS: dict[str, Json] = {
    name: flat(json.loads((ROOT / "statemachines" / f"{machine}.asl.json").read_text(encoding="utf-8")))
    for name, machine in MACHINES.items()
}
ASL = ASLS["ChangeResourceStateMachine"]


def as_list(value: Any) -> list[Any]:
    """Give IAM's and CloudFormation's "one or a list" as a list."""
    return value if isinstance(value, list) else [value]


def lambda_states(asl: Json = ASL) -> list[str]:
    """Give the names of the states that invoke a function."""
    return [name for name, state in asl["States"].items() if ":lambda:invoke" in state.get("Resource", "")]


@pytest.fixture
def hub() -> Hub:
    """Give the hub's template, as data of the test's own."""
    return Hub()
