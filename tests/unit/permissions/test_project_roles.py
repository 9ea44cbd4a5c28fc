"""What the hub may do in a project's account is what its code does there: its two roles, and each session of them."""

from typing import Any

import pytest

from local.templates import hub_template
from stowage.adapters.sts import access_key_policy, contents_policy, secret_policy, session_policy
from stowage.catalog import baseline_roles
from stowage.catalog.baseline import Hub, render_baseline
from stowage.catalog.registry import all_kinds
from stowage.domain.kinds import RenderRequest
from tests.unit.fakes.people import project
from tests.unit.permissions.actions import BY_ROLE, Needs, Permission, needs_of
from tests.unit.permissions.handlers import handler_needs
from tests.unit.permissions.hub_roles import HubRoles
from tests.unit.permissions.program import program
from tests.unit.permissions.sentences import differences
from tests.unit.template.conftest import as_list

HUB = HubRoles(hub_template())
SURVEY = ("stowage.adapters.stack_survey.", "stowage.adapters.live_resources.")
"""What is called through these adapters is called by the role StowageSurvey."""
STACKS = [
    kind.render(
        RenderRequest(project=project(sftp_server_id="s-0123456789abcdef0"), name="given", spec=example, version=1)
    )
    for kind in all_kinds()
    for example in kind.schema["examples"]
]
FUNCTIONS = HUB.of_type("AWS::Lambda::Function")


def needs(role: str) -> Needs:
    """Give what the functions' calls by a role in projects' accounts need, all together: they share it."""
    calls = [call for function in FUNCTIONS for call in program().client_calls(HUB.handler(function))]
    surveying = [call for call in calls if any(step.startswith(SURVEY) for step in call.way)]
    theirs = surveying if role == "SurveyRole" else [call for call in calls if call not in surveying]
    needed = needs_of(call for call in theirs if call.service in BY_ROLE[role])
    if role == "SurveyRole":
        needed |= {each: f"a detection of drift, by {why}" for each, why in handler_needs(STACKS, ("read",)).items()}
    return needed


def allowed(statements: list[dict[str, Any]]) -> set[Permission]:
    """Give the actions of the statements that allow."""
    return {
        Permission(action)
        for statement in statements
        if statement["Effect"] == "Allow"
        for action in as_list(statement["Action"])
    }


def role(name: str) -> list[dict[str, Any]]:
    """Give the statements of one of the hub's roles in a project."""
    baseline = render_baseline(Hub(account="999999999999", stack="stowage"), "0123456789abcdef" * 4)
    (policy,) = baseline["Resources"][name]["Properties"]["Policies"]
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def sessions(name: str) -> list[dict[str, Any]]:
    """Give the statements of the policies of a role's sessions."""
    policies = {
        "DeployRole": [session_policy(project(), "stowage-bucket-invoices"), contents_policy(project(), "invoices")],
        "SurveyRole": [{"Statement": role("SurveyRole")}],  # it needs no narrowing
        "CredentialsRole": [access_key_policy(project(), "partner"), secret_policy(project(), "stowage/user/partner/")],
    }
    return [statement for policy in policies[name] for statement in policy["Statement"]]


ROLES = pytest.mark.parametrize("name", BY_ROLE)
STATEMENTS = [part for name in BY_ROLE for part in (role(name), sessions(name))]


@ROLES
def test_a_role_allows_what_the_functions_call_by_it_in_a_project(name: str) -> None:
    """Each call on a stack, a key or a secret, the tags and roles that it passes, its events; nothing else."""
    where = "stowage/catalog/baseline_roles.py or baseline_credentials.py (and raise BASELINE_VERSION)"

    told = differences(f"The hub's {name} in a project's account", needs(name), allowed(role(name)), where)

    assert told == [], "\n".join(told)


@ROLES
def test_a_session_allows_what_the_functions_call_in_a_project(name: str) -> None:
    """A session gets what both its own policy and the role allow, so that neither may lack anything."""
    told = differences(f"A session of {name}", needs(name), allowed(sessions(name)), "stowage/adapters/sts.py")

    assert told == [], "\n".join(told)


@pytest.mark.parametrize("statements", STATEMENTS)
def test_no_statement_for_projects_is_unbounded(statements: list[dict[str, Any]]) -> None:
    """Every statement names its resource; a wildcard action only denies."""
    unbounded = [each for each in statements if "*" in as_list(each["Resource"])]
    assert [each for each in unbounded if each["Action"] != list(baseline_roles.UNSCOPED_SURVEY_ACTIONS)] == []
    assert [each for each in statements if each["Effect"] == "Allow" and "*" in str(each["Action"])] == []


def test_a_missing_and_a_spare_action_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is not blind."""
    changed = (
        *sorted(set(baseline_roles.STACK_ACTIONS) - {"cloudformation:DeleteStack"}),
        "cloudformation:SetStackPolicy",
    )
    monkeypatch.setattr(baseline_roles, "STACK_ACTIONS", changed)

    missing, spare = differences("The hub", needs("DeployRole"), allowed(role("DeployRole")), "here")

    assert missing.startswith("The hub needs cloudformation:DeleteStack (tasks.await_stack.handler → ")
    assert missing.endswith("and its role lacks it: add it in here.")
    assert spare == (
        "The hub is allowed cloudformation:SetStackPolicy, and nothing that it reaches needs it: remove it in here."
    )
