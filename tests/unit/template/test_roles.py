"""Who may do what: one role per function, every statement exact or told why not."""

import pytest

from tests.unit.template.conftest import ASL, ASLS, FUNCTIONS, ROLES, ROOT, Hub, Json, as_list, lambda_states

MAY_ENTER_PROJECTS = {
    "AwaitStackFunction",
    "BreakLockFunction",
    "EmptyContentsFunction",
    "ExecutionEndedFunction",
    "ReconcileStacksFunction",
    "RecordFailureFunction",
    "StackEventFunction",
    "SubmitStackOperationFunction",
}
MIND_CREDENTIALS = {"CredentialsDueFunction"} | {
    f"{state}Function" for state in lambda_states(ASLS["RotateCredentialsStateMachine"])
}
"""Rotations hold the credentials' row, and no resource's lock."""
WITHOUT_RESOURCES = {
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "states:SendTaskFailure",
    "states:SendTaskSuccess",
}
"""Actions that IAM cannot bind to a resource, or (SendTask…) only to one that waits for the function itself."""


def actions_of(hub: Hub, role_of: str) -> set[str]:
    """Give all actions that a role allows."""
    return {action for statement in hub.statements_of(role_of) for action in as_list(statement["Action"])}


@pytest.mark.parametrize("role_of", ROLES)
def test_every_role_is_its_owners_alone(hub: Hub, role_of: str) -> None:
    """SAM makes a role of each one's Policies; a Role property would be a shared one."""
    properties = hub.resources[role_of]["Properties"]

    assert properties["Policies"]
    assert "Role" not in properties


@pytest.mark.parametrize("role_of", ROLES)
def test_no_role_has_a_wildcard_action(hub: Hub, role_of: str) -> None:
    """Every action is spelled out."""
    assert [action for action in actions_of(hub, role_of) if "*" in action] == []


@pytest.mark.parametrize("role_of", ROLES)
def test_every_statement_names_its_resources_unless_iam_cannot(hub: Hub, role_of: str) -> None:
    """`Resource: "*"` stands only where the action takes nothing else."""
    unbound = [statement for statement in hub.statements_of(role_of) if "*" in as_list(statement["Resource"])]

    assert {action for statement in unbound for action in as_list(statement["Action"])} <= WITHOUT_RESOURCES


def test_every_star_has_its_reason_beside_it() -> None:
    """A comment on the line, or the one above it."""
    lines = (ROOT / "template.yaml").read_text(encoding="utf-8").splitlines()
    stars = [number for number, line in enumerate(lines) if line.strip().startswith('Resource: "*"')]

    assert stars
    assert [number + 1 for number in stars if "#" not in lines[number] + lines[number - 1]] == []


def test_only_eight_functions_enter_projects_accounts(hub: Hub) -> None:
    """Those that speak to CloudFormation or empty buckets; by a role that onboarding made, in a person's name."""
    entering = entering_by(hub, "EnterProjectPolicy")
    [statement] = hub.resources["EnterProjectPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert entering == MAY_ENTER_PROJECTS
    assert statement["Action"] == ["sts:AssumeRole", "sts:SetSourceIdentity"]
    assert statement["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/StowageDeploy*"}


def test_who_reaches_credentials_does_so_by_their_role_alone(hub: Hub) -> None:
    """The public reveal may read secrets and drive no stack; nobody signed in comes to either by the API's function."""
    entering = entering_by(hub, "EnterCredentialsPolicy")
    [statement] = hub.resources["EnterCredentialsPolicy"]["Properties"]["PolicyDocument"]["Statement"]

    assert "RevealFunction" in entering - MAY_ENTER_PROJECTS
    assert "ApiFunction" not in entering
    assert statement["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:iam::*:role/StowageCredentials*"}


def entering_by(hub: Hub, policy: str) -> set[str]:
    """Give who enters projects' accounts under a shared policy."""
    return {name for name in ROLES if {"Ref": policy} in hub.resources[name]["Properties"]["Policies"]}


def test_only_who_tells_a_changes_beginning_or_end_may_put_rows(hub: Hub) -> None:
    """The states that write while the lock is held may update its row, and no other (a socket has rows of its own)."""
    putting = {name for name in ROLES if "dynamodb:PutItem" in actions_of(hub, name)}

    assert putting == {
        "ApiFunction",
        "BreakLockFunction",  # the end of a change whose execution told none
        "ExecutionEndedFunction",
        "NotifyFailedFunction",
        "NotifyRefusedFunction",
        "NotifyStartedFunction",
        "NotifySucceededFunction",
        "ReconcileStacksFunction",  # rows that were lost, on condition that there is none
        "RevealFunction",
        "SocketFunction",
        "SubmitStackOperationFunction",  # a user's keys are closed before the user is
        *MIND_CREDENTIALS,
    }


def test_the_machine_may_invoke_exactly_its_functions(hub: Hub) -> None:
    """No function that it does not call, none missing."""
    [invoke] = [
        each
        for each in hub.statements_of("ChangeResourceStateMachine")
        if "lambda:InvokeFunction" in as_list(each["Action"])
    ]

    assert invoke["Resource"] == [{"Fn::GetAtt": [f"{state}Function", "Arn"]} for state in _in_template_order(hub)]


def test_the_machine_may_call_exactly_the_table_operations_it_calls(hub: Hub) -> None:
    """Direct integrations name their API action in the state's Resource."""
    called = {resource.rpartition(":")[2] for resource in _resources(ASL) if ":dynamodb:" in resource}
    allowed = {action for action in actions_of(hub, "ChangeResourceStateMachine") if action.startswith("dynamodb:")}

    assert allowed == {f"dynamodb:{action[0].upper()}{action[1:]}" for action in called}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_change_roles_functions_or_stacks_of_the_hub(hub: Hub, function: str) -> None:
    """The hub creates nothing for managers in itself; of the user pool it looks people up, and no more."""
    actions = actions_of(hub, function)
    services = {action.partition(":")[0] for action in actions}

    assert services <= {"cognito-idp", "dynamodb", "execute-api", "kms", "sqs", "states", "sts"}
    assert {action for action in actions if action.startswith("cognito-idp:")} <= {"cognito-idp:ListUsers"}


@pytest.mark.parametrize(
    ("function", "queue"), [("ExecutionEndedFunction", "EndedExecutions"), ("StackEventFunction", "StackEvents")]
)
def test_a_function_may_poll_its_own_queue_alone(hub: Hub, function: str, queue: str) -> None:
    """Whoever else could receive a message would take it from the one who acts on it."""
    polling = {name for name in ROLES if "sqs:ReceiveMessage" in actions_of(hub, name)}
    [statement] = [each for each in hub.statements_of(function) if "sqs:ReceiveMessage" in each["Action"]]

    assert polling == {"ExecutionEndedFunction", "StackEventFunction"}
    assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}


def test_no_role_has_more_policies_than_iam_attaches(hub: Hub) -> None:
    """Ten: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html."""
    attached = {name: len(hub.resources[name]["Properties"].get("ManagedPolicyArns", [])) for name in ROLES}

    assert {name: count for name, count in attached.items() if count > 10} == {}


def test_no_statement_is_written_twice(hub: Hub) -> None:
    """What several roles share stands in a managed policy, once; a bare read of the table's rows may recur."""
    inline = [
        statement
        for role_of in ROLES
        for policy in hub.resources[role_of]["Properties"]["Policies"]
        for statement in policy.get("Statement", [])
        if statement["Resource"] != {"Fn::GetAtt": ["Table", "Arn"]}
    ]

    assert [statement for statement in inline if inline.count(statement) > 1] == []


def _in_template_order(hub: Hub) -> list[str]:
    order = list(hub.machine["DefinitionSubstitutions"])
    return sorted(lambda_states(), key=lambda state: order.index(f"{state}FunctionArn"))


def _resources(asl: Json) -> list[str]:
    return [state["Resource"] for state in asl["States"].values() if "Resource" in state]
