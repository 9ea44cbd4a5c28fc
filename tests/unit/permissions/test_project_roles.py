"""What the hub may do in a project's account is what its code does there: the deploy role, and each session of it."""

from typing import Any

import pytest

from local.templates import hub_template
from stowage.adapters.sts import session_policy
from stowage.catalog import baseline_roles
from stowage.catalog.baseline import Hub, render_baseline
from tests.unit.fakes.people import project
from tests.unit.permissions.actions import IN_PROJECTS, Needs, Permission, needs_of
from tests.unit.permissions.hub_roles import HubRoles
from tests.unit.permissions.program import program
from tests.unit.permissions.sentences import differences
from tests.unit.template.conftest import as_list

HUB = HubRoles(hub_template())
FUNCTIONS = HUB.of_type("AWS::Lambda::Function")


def needs() -> Needs:
    """Give what the functions' calls in projects' accounts need, all together: they share the role."""
    calls = [call for function in FUNCTIONS for call in program().client_calls(HUB.handler(function))]
    return needs_of(call for call in calls if call.service in IN_PROJECTS)


def allowed(statements: list[dict[str, Any]]) -> set[Permission]:
    """Give the actions of the statements that allow."""
    return {
        Permission(action)
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }


def deploy_role() -> list[dict[str, Any]]:
    """Give the deploy role's statements."""
    baseline = render_baseline(Hub(account="999999999999", stack="stowage"), "0123456789abcdef" * 4)
    (policy,) = baseline["Resources"]["DeployRole"]["Properties"]["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def session() -> list[dict[str, Any]]:
    """Give the statements of a session's policy."""
    statements: list[dict[str, Any]] = session_policy(project(), "stowage-bucket-invoices")["Statement"]
    return statements


def test_the_deploy_role_allows_what_the_functions_call_in_a_project() -> None:
    """Each call on a stack, the tags and roles that it passes, the events that it asks for; nothing else."""
    where = "stowage/catalog/baseline_roles.py (and raise BASELINE_VERSION)"

    told = differences("The hub in a project's account", needs(), allowed(deploy_role()), where)

    assert told == [], "\n".join(told)


def test_a_session_allows_what_the_functions_call_in_a_project() -> None:
    """A session gets what both its own policy and the role allow, so that neither may lack anything."""
    told = differences("A session in a project's account", needs(), allowed(session()), "stowage/adapters/sts.py")

    assert told == [], "\n".join(told)


@pytest.mark.parametrize("statements", [deploy_role(), session()], ids=["deploy role", "session"])
def test_no_statement_for_projects_is_unbounded(statements: list[dict[str, Any]]) -> None:
    """Every statement names its resource; a wildcard action only denies."""
    assert [each for each in statements if "*" in as_list(each["Resource"])] == []
    assert [each for each in statements if each["Effect"] == "Allow" and "*" in str(each["Action"])] == []


def test_a_missing_and_a_spare_action_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is not blind."""
    changed = (
        *sorted(set(baseline_roles.STACK_ACTIONS) - {"cloudformation:DeleteStack"}),
        "cloudformation:SetStackPolicy",
    )
    monkeypatch.setattr(baseline_roles, "STACK_ACTIONS", changed)

    missing, spare = differences("The hub", needs(), allowed(deploy_role()), "here")

    assert missing.startswith("The hub needs cloudformation:DeleteStack (tasks.submit_stack_operation.handler → ")
    assert missing.endswith("and its role lacks it: add it in here.")
    assert spare == (
        "The hub is allowed cloudformation:SetStackPolicy, and nothing that it reaches needs it: remove it in here."
    )
