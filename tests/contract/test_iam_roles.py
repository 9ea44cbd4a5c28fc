"""AssumeRole into a project's account, and what such a session may do, with IAM enforcement on.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import HUB, PROJECT, LocalCloud, StackDriver

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def hub_trust(pattern: str, actions: list[str], external_id: str = "external") -> str:
    """Trust the hub's roles of a name pattern, with an external id."""
    hub = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{HUB}:root"}}
    from_hub = {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HUB}:role/{pattern}"}}
    # The external id is asked of the one who comes in, not of the second question, who it is for.
    conditions = {
        "sts:AssumeRole": {**from_hub, "StringEquals": {"sts:ExternalId": external_id}},
        "sts:SetSourceIdentity": from_hub,
    }
    return document(*({**hub, "Action": action, "Condition": conditions[action]} for action in actions))


def make_role(
    cloud: LocalCloud, account: str, name: str, trust: str, *statements: dict[str, Any], path: str = "/"
) -> str:
    """Make a role with these permissions and return its ARN."""
    iam = cloud.client("iam", account)
    arn = str(iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)["Role"]["Arn"])
    iam.put_role_policy(RoleName=name, PolicyName="permissions", PolicyDocument=document(*statements))
    return arn


def account_trust(account: str) -> str:
    """Trust everybody in the account whom its own policies let."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"],
        }
    )


def enter(
    cloud: LocalCloud, role: str, *, as_account: str = HUB, session: dict[str, Any] | None = None, **more: Any
) -> Any:
    """Assume the role as the account's root or from a session, and return its credentials."""
    sts = cloud.client("sts", as_account, credentials=session)
    return sts.assume_role(RoleArn=role, RoleSessionName="session", **more)["Credentials"]


@pytest.fixture
def hub_session(cloud: LocalCloud, unique: str) -> Any:
    """Return a session of a hub role named <unique>-function, which may assume any role."""
    may_enter = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Resource": "*"}
    role = make_role(cloud, HUB, f"{unique}-function", account_trust(HUB), may_enter, path="/service/")
    return enter(cloud, role)


def code_of(call: Any, **parameters: Any) -> str:
    """Return the code of the error that the call answers with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return str(raised.value.response["Error"]["Code"])


@pytest.mark.parametrize("given", [{}, {"ExternalId": "wrong"}])
def test_a_missing_or_wrong_external_id_is_refused(
    cloud: LocalCloud, unique: str, hub_session: Any, given: dict[str, str]
) -> None:
    """The confused deputy stays outside."""
    role = make_role(cloud, PROJECT, unique, hub_trust("service/*", ["sts:AssumeRole"]), EVERYTHING)

    code = code_of(enter, cloud=cloud, role=role, session=hub_session, **given)

    assert code == "AccessDenied"
    assert enter(cloud, role, session=hub_session, ExternalId="external")["AccessKeyId"]


def test_the_pattern_sees_the_role_and_not_its_session(cloud: LocalCloud, unique: str, hub_session: Any) -> None:
    """aws:PrincipalArn is the role's ARN with its path; a pattern of other roles refuses it."""
    fitting = make_role(cloud, PROJECT, f"{unique}-a", hub_trust(f"service/{unique}-*", ["sts:AssumeRole"]), EVERYTHING)
    other = make_role(cloud, PROJECT, f"{unique}-b", hub_trust("another-*", ["sts:AssumeRole"]), EVERYTHING)

    entered = enter(cloud, fitting, session=hub_session, ExternalId="external")
    refused = code_of(enter, cloud=cloud, role=other, session=hub_session, ExternalId="external")

    assert entered["AccessKeyId"]
    assert refused == "AccessDenied"


def test_a_star_does_not_reach_across_the_parts_of_an_arn(cloud: LocalCloud, unique: str, hub_session: Any) -> None:
    """ArnLike compares the six parts of an ARN each for itself."""
    reaching = hub_trust("x", ["sts:AssumeRole"]).replace(f"arn:aws:iam::{HUB}:role/x", "arn:*/service/*")
    role = make_role(cloud, PROJECT, unique, reaching, EVERYTHING)

    refused = code_of(enter, cloud=cloud, role=role, session=hub_session, ExternalId="external")

    assert refused == "AccessDenied"


def test_a_session_policy_narrows_what_the_role_may(cloud: LocalCloud, unique: str, hub_session: Any) -> None:
    """The session may do what both allow: here, one stack's name."""
    role = make_role(cloud, PROJECT, unique, hub_trust("service/*", ["sts:AssumeRole"]), EVERYTHING)
    only = f"arn:aws:cloudformation:*:{PROJECT}:stack/{unique}-own/*"
    narrow = document(
        {"Effect": "Allow", "Action": "cloudformation:*", "Resource": only},
        {"Effect": "Allow", "Action": "sns:*", "Resource": "*"},
    )
    session = enter(cloud, role, session=hub_session, ExternalId="external", Policy=narrow)
    stacks = StackDriver(cloud.client("cloudformation", credentials=session))
    template = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}

    own = stacks.create(f"{unique}-own", template)
    foreign = code_of(stacks.start_create, name=f"{unique}-other", template=template)

    assert stacks.describe(own)["StackStatus"] == "CREATE_COMPLETE"
    assert own.split(":")[4] == PROJECT
    assert foreign == "AccessDenied"


def test_the_session_carries_the_source_identity(cloud: LocalCloud, unique: str, hub_session: Any) -> None:
    """It is answered, and handed on to the next role; that role cannot be given another one."""
    both = ["sts:AssumeRole", "sts:SetSourceIdentity"]
    role = make_role(cloud, PROJECT, f"{unique}-a", hub_trust("service/*", both), EVERYTHING)
    following = make_role(cloud, PROJECT, f"{unique}-b", account_trust(PROJECT), EVERYTHING)
    sts = cloud.client("sts", credentials=hub_session)

    first = sts.assume_role(RoleArn=role, RoleSessionName="session", ExternalId="external", SourceIdentity="person-1")
    next_sts = cloud.client("sts", credentials=first["Credentials"])
    second = next_sts.assume_role(RoleArn=following, RoleSessionName="next")
    changed = code_of(next_sts.assume_role, RoleArn=following, RoleSessionName="next", SourceIdentity="person-2")

    assert first["SourceIdentity"] == second["SourceIdentity"] == "person-1"
    assert changed == "AccessDenied"


def test_the_trust_policy_has_to_allow_a_source_identity(cloud: LocalCloud, unique: str, hub_session: Any) -> None:
    """Without sts:SetSourceIdentity the role is not assumed at all."""
    role = make_role(cloud, PROJECT, unique, hub_trust("service/*", ["sts:AssumeRole"]), EVERYTHING)

    code = code_of(enter, cloud=cloud, role=role, session=hub_session, ExternalId="external", SourceIdentity="person-1")

    assert code == "AccessDenied"


def test_a_permissions_boundary_limits_a_role(cloud: LocalCloud, unique: str) -> None:
    """What the boundary does not allow, no policy of the role does; the stack's role has it as its template says."""
    iam = cloud.client("iam", PROJECT)
    only_s3 = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    boundary = iam.create_policy(PolicyName=unique, PolicyDocument=only_s3)["Policy"]["Arn"]
    properties = {
        "RoleName": unique,
        "AssumeRolePolicyDocument": json.loads(account_trust(PROJECT)),
        "PermissionsBoundary": boundary,
        "MaxSessionDuration": 7200,
        "Policies": [{"PolicyName": "all", "PolicyDocument": json.loads(document(EVERYTHING))}],
        "Tags": [{"Key": "owner", "Value": "team"}],
    }
    stacks = StackDriver(cloud.client("cloudformation", PROJECT))
    stacks.create(unique, {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})

    role = iam.get_role(RoleName=unique)["Role"]
    session = enter(cloud, role["Arn"], as_account=PROJECT)
    cloud.client("s3", credentials=session).list_buckets()
    beyond = code_of(cloud.client("sns", credentials=session).list_topics)

    assert beyond in {"AccessDenied", "AuthorizationError"}
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert role["MaxSessionDuration"] == 7200
    assert {"Key": "owner", "Value": "team"} in role["Tags"]
    assert iam.get_role_policy(RoleName=unique, PolicyName="all")["PolicyDocument"] == json.loads(document(EVERYTHING))


def test_a_role_that_exists_is_not_taken_over(cloud: LocalCloud, unique: str) -> None:
    """A stack that names an existing role fails, and leaves the role as it is."""
    make_role(cloud, PROJECT, unique, account_trust(PROJECT), EVERYTHING)
    properties = {"RoleName": unique, "AssumeRolePolicyDocument": json.loads(account_trust(HUB))}
    stacks = StackDriver(cloud.client("cloudformation", PROJECT))

    stack_id = stacks.create(unique, {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}})

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert f"{unique} already exists" in stacks.first_failure(stack_id)
    trust = cloud.client("iam", PROJECT).get_role(RoleName=unique)["Role"]["AssumeRolePolicyDocument"]
    assert trust == json.loads(account_trust(PROJECT))
