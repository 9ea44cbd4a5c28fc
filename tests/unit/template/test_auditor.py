"""The auditors' role: there if somebody is named, for reading alone, and known to every project's account."""

import re
from typing import Any

import pytest

from stowage.catalog.baseline_roles import AUDITOR_ROLE, HUB_AUDITOR_ROLE
from tests.unit.template.conftest import Hub, as_list

READING = re.compile(r"(states|logs|cloudformation):(Describe|Get|List|Filter)[A-Za-z]+|sts:AssumeRole")
DATA = {"logs:GetLogEvents", "logs:FilterLogEvents", "states:GetExecutionHistory", "cloudformation:GetTemplate"}


def role(hub: Hub) -> dict[str, Any]:
    """Give the role as the template has it."""
    found: dict[str, Any] = hub.resources[HUB_AUDITOR_ROLE]
    return found


def statements(hub: Hub) -> dict[str, dict[str, Any]]:
    """Give its statements by Sid."""
    [policy] = role(hub)["Properties"]["Policies"]
    return {each["Sid"]: each for each in policy["PolicyDocument"]["Statement"]}


def test_without_a_principal_there_is_no_role(hub: Hub) -> None:
    """Nobody is an auditor by default; the output goes with the role."""
    parameter = hub.source["Parameters"]["AuditorPrincipal"]
    condition = hub.source["Conditions"]["AuditorIsNamed"]

    assert parameter["Default"] == ""
    assert condition == {"Fn::Not": [{"Fn::Equals": [{"Ref": "AuditorPrincipal"}, ""]}]}
    assert role(hub)["Condition"] == hub.source["Outputs"]["AuditorRoleArn"]["Condition"] == "AuditorIsNamed"


def test_the_principal_named_and_nobody_else_becomes_an_auditor(hub: Hub) -> None:
    """One statement of trust."""
    [trust] = role(hub)["Properties"]["AssumeRolePolicyDocument"]["Statement"]

    assert trust == {"Effect": "Allow", "Principal": {"AWS": {"Ref": "AuditorPrincipal"}}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize(
    ("principal", "fits"),
    [
        ("", True),
        ("123456789012", True),
        ("arn:aws:iam::123456789012:root", True),
        ("arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_0123456789abcdef", True),
        ("arn:aws-cn:iam::123456789012:user/ada@example.com", True),
        ("*", False),
        ("arn:aws:iam::123456789012:role/*", False),
        ("arn:aws:iam::*:root", False),
        ("arn:aws:sts::123456789012:assumed-role/a/b", False),
        ("12345678901", False),
        ("${AWS::AccountId}", False),
    ],
)
def test_a_principal_is_never_everybody(hub: Hub, principal: str, fits: bool) -> None:  # noqa: FBT001
    """The parameter takes a role, a user or an account; no wildcard."""
    pattern = hub.source["Parameters"]["AuditorPrincipal"]["AllowedPattern"]

    assert (re.fullmatch(pattern, principal) is not None) is fits


def test_an_auditor_reads_and_does_nothing_else(hub: Hub) -> None:
    """No action that starts, stops, puts or deletes, no table, no bucket, no secret, no key; nothing unbounded."""
    actions = {action for statement in statements(hub).values() for action in as_list(statement["Action"])}

    assert [action for action in actions if not READING.fullmatch(action)] == []
    assert {action for action in actions if ":Get" in action or ":Filter" in action} == DATA
    assert all(statement["Effect"] == "Allow" for statement in statements(hub).values())
    assert [sid for sid, statement in statements(hub).items() if "*" in as_list(statement["Resource"])] == []


def test_what_an_auditor_reads_is_stowages_own(hub: Hub) -> None:
    """The machines, their executions, their logs, this stack, and the projects' role for auditors."""
    found = statements(hub)
    machine = "${ChangeResourceStateMachine.Name}"

    assert set(found) == {"Machine", "Executions", "ExecutionLog", "HubsStack", "ProjectsStacks"}
    assert as_list(found["Machine"]["Resource"])[0] == {"Ref": "ChangeResourceStateMachine"}
    executions = [each["Fn::Sub"].partition(":execution:")[2] for each in found["Executions"]["Resource"]]
    others = [machine.replace("ChangeResource", each) for each in ("RotateCredentials", "Reconcile")]
    assert executions == [f"{each}:*" for each in (machine, *others)]
    logs = [{"Fn::GetAtt": [name, "Arn"]} for name in ("ExecutionLogs", "RotationLogs", "ReconcileLogs")]
    assert found["ExecutionLog"]["Resource"] == logs
    assert found["HubsStack"]["Resource"]["Fn::Sub"].endswith(":stack/${AWS::StackName}/*")
    assert found["ProjectsStacks"]["Resource"] == {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::*:role/{AUDITOR_ROLE}"}
