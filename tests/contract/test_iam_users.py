"""IAM users, managed policies and roles of a project's stacks, under CloudFormation's service role.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-user.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html
"""

from typing import Any

import pytest

from tests.contract.conftest import PROJECT, CloudFactory, LocalCloud, StackDriver, Template
from tests.contract.iam_users import PATH, Account, allow, document, error_code, of_stowage, user_template

pytestmark = pytest.mark.contract

LISTING = document(allow("s3:ListAllMyBuckets"))
BOUNDED = ["iam:CreateUser", "iam:PutUserPermissionsBoundary", "iam:AttachUserPolicy", "iam:DetachUserPolicy"]


@pytest.fixture
def account(cloud: LocalCloud) -> Account:
    """Work in the project's account."""
    return Account(cloud)


@pytest.fixture
def boundary(account: Account, unique: str) -> str:
    """Make a permissions boundary that allows S3 alone."""
    return account.policy(f"{unique}-boundary", allow("s3:*"))


def test_a_user_stands_as_its_template_says(account: Account, stacks: StackDriver, unique: str, boundary: str) -> None:
    """Path, boundary, policy and tags are there, and the service role needs nothing outside Stowage's path."""
    role = account.service_role(f"{unique}-cfn", of_stowage("user"), of_stowage("policy"))

    stack_id = stacks.create(unique, user_template(unique, LISTING, PermissionsBoundary=boundary), RoleARN=role)

    assert [e for e in stacks.events(stack_id) if "FAILED" in e["ResourceStatus"]] == []
    iam = account.client("iam")
    user = iam.get_user(UserName=unique)["User"]
    (attached,) = iam.list_attached_user_policies(UserName=unique)["AttachedPolicies"]
    assert stacks.describe(stack_id)["StackStatus"] == "CREATE_COMPLETE"
    assert user["Arn"] == f"arn:aws:iam::{PROJECT}:user{PATH}{unique}"
    assert user["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert {"Key": "owner", "Value": "team"} in user["Tags"]
    assert attached["PolicyArn"] == f"arn:aws:iam::{PROJECT}:policy{PATH}{unique}"
    assert stacks.delete(stack_id) == "DELETE_COMPLETE"
    assert error_code(iam.get_user, UserName=unique) == "NoSuchEntity"
    assert error_code(iam.get_policy, PolicyArn=attached["PolicyArn"]) == "NoSuchEntity"


def test_a_changed_document_is_a_new_default_version_and_five_are_kept(
    account: Account, stacks: StackDriver, unique: str
) -> None:
    """Seven documents leave the last five versions, the user's id and attachment unchanged."""
    stacks.create(unique, user_template(unique, LISTING))
    iam = account.client("iam")
    before = iam.get_user(UserName=unique)["User"]["UserId"]

    for number in range(6):
        changed = document(allow("s3:GetObject", f"arn:aws:s3:::{unique}/{number}/*"))
        assert stacks.update(unique, user_template(unique, changed)) == "UPDATE_COMPLETE"

    arn = f"arn:aws:iam::{PROJECT}:policy{PATH}{unique}"
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert sorted(version["VersionId"] for version in versions) == ["v3", "v4", "v5", "v6", "v7"]
    assert [version["VersionId"] for version in versions if version["IsDefaultVersion"]] == ["v7"]
    last = iam.get_policy_version(PolicyArn=arn, VersionId="v7")["PolicyVersion"]["Document"]
    assert last["Statement"][0]["Resource"] == f"arn:aws:s3:::{unique}/5/*"
    assert iam.get_user(UserName=unique)["User"]["UserId"] == before


def test_a_user_with_an_access_key_is_not_deleted(account: Account, stacks: StackDriver, unique: str) -> None:
    """The stack ends DELETE_FAILED and says why; without the key it goes."""
    stack_id = stacks.create(unique, user_template(unique, LISTING))
    iam = account.client("iam")
    key = iam.create_access_key(UserName=unique)["AccessKey"]["AccessKeyId"]

    refused = stacks.delete(stack_id)

    assert refused == "DELETE_FAILED"
    assert (
        "Cannot delete entity, must delete access keys first. (Service: Iam, Status Code: 409"
        in stacks.first_failure(stack_id)
    )
    iam.delete_access_key(UserName=unique, AccessKeyId=key)
    assert stacks.delete(stack_id) == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    "missing",
    ["iam:CreateUser", "iam:PutUserPermissionsBoundary", "iam:AttachUserPolicy", "iam:TagUser", "iam:CreatePolicy"],
)
def test_what_the_service_role_may_not_do_fails_the_creation(
    account: Account, stacks: StackDriver, unique: str, boundary: str, missing: str
) -> None:
    """The refusal names the action and the ARN with its path, and nothing is left behind."""
    permissions = [of_stowage(entity, missing) for entity in ("user", "policy")]
    role = account.service_role(f"{unique}-cfn", *permissions)

    stack_id = stacks.create(unique, user_template(unique, LISTING, PermissionsBoundary=boundary), RoleARN=role)

    kind = "policy" if missing == "iam:CreatePolicy" else "user"
    expected = f"not authorized to perform: {missing} on resource: arn:aws:iam::{PROJECT}:{kind}{PATH}{unique}"
    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert expected in stacks.first_failure(stack_id)
    assert error_code(account.client("iam").get_user, UserName=unique) == "NoSuchEntity"


def test_a_service_role_for_one_path_makes_no_user_of_another(
    account: Account, stacks: StackDriver, unique: str
) -> None:
    """A user without Stowage's path is refused."""
    role = account.service_role(f"{unique}-cfn", of_stowage("user"), of_stowage("policy"))

    stack_id = stacks.create(unique, user_template(unique, LISTING, Path="/elsewhere/"), RoleARN=role)

    assert f"iam:CreateUser on resource: arn:aws:iam::{PROJECT}:user/elsewhere/{unique}" in stacks.first_failure(
        stack_id
    )


@pytest.mark.parametrize("given", ["none", "another"])
def test_the_role_may_demand_the_boundary(
    account: Account, stacks: StackDriver, unique: str, boundary: str, given: str
) -> None:
    """A user without it, or with another one, is refused; with it the user is made, changed and deleted."""
    rest = of_stowage("user", *BOUNDED)
    demanded = allow(BOUNDED, rest["Resource"], StringEquals={"iam:PermissionsBoundary": boundary})
    role = account.service_role(f"{unique}-cfn", rest, demanded, of_stowage("policy"))
    another = {} if given == "none" else {"PermissionsBoundary": account.policy(f"{unique}-another", allow("*"))}

    refused = stacks.create(f"{unique}-a", user_template(f"{unique}-a", LISTING, **another), RoleARN=role)
    made = stacks.create(unique, user_template(unique, LISTING, PermissionsBoundary=boundary), RoleARN=role)
    emptied = user_template(unique, LISTING, PermissionsBoundary=boundary, ManagedPolicyArns=[])
    loosened = user_template(unique, LISTING, **another)

    assert "not authorized to perform: iam:CreateUser" in stacks.first_failure(refused)
    assert stacks.describe(made)["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.update(made, emptied) == "UPDATE_COMPLETE"
    if given == "another":
        assert stacks.update(made, loosened) == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.delete(made) == "DELETE_COMPLETE"


def test_the_role_may_be_limited_to_some_policies(account: Account, stacks: StackDriver, unique: str) -> None:
    """iam:PolicyARN lets only a policy under Stowage's path be attached."""
    own = f"arn:aws:iam::{PROJECT}:policy{PATH}*"
    rest = of_stowage("user", "iam:AttachUserPolicy")
    attaching = allow("iam:AttachUserPolicy", rest["Resource"], ArnLike={"iam:PolicyARN": own})
    role = account.service_role(f"{unique}-cfn", rest, attaching, of_stowage("policy"))
    administrator = ["arn:aws:iam::aws:policy/AdministratorAccess"]

    refused = stacks.create(
        f"{unique}-a", user_template(f"{unique}-a", LISTING, ManagedPolicyArns=administrator), RoleARN=role
    )
    made = stacks.create(unique, user_template(unique, LISTING), RoleARN=role)

    assert "not authorized to perform: iam:AttachUserPolicy" in stacks.first_failure(refused)
    assert stacks.describe(made)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"PermissionsBoundary": f"arn:aws:iam::{PROJECT}:policy/none"}, "does not exist or is not attachable"),
        ({"ManagedPolicyArns": [f"arn:aws:iam::{PROJECT}:policy/none"]}, "does not exist or is not attachable"),
        ({"Path": "stowage"}, "The specified value for path is invalid"),
    ],
)
def test_a_user_that_iam_would_not_take_fails_its_stack(
    stacks: StackDriver, unique: str, changed: dict[str, Any], reason: str
) -> None:
    """What does not exist is neither attached nor a boundary; a path begins and ends with a slash."""
    stack_id = stacks.create(unique, user_template(unique, LISTING, **changed))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in stacks.first_failure(stack_id)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (document(*(allow("s3:GetObject", "arn:aws:s3:::" + "b" * 60) for _ in range(60))), "PolicySize: 6144"),
        (document(allow("s3:*", StringLike={"s3:signatureAge": "1"})), "does not evaluate the conditions"),
        (document(allow("s3:*", StringMatches={"s3:prefix": "a"})), "does not evaluate the conditions"),
        ({"Version": "2012-10-17", "Statement": [{"Effect": "Perhaps"}]}, "invalid Effect"),
    ],
)
def test_a_policy_that_iam_would_not_take_or_nobody_evaluates_here_fails_its_stack(
    stacks: StackDriver, unique: str, policy: dict[str, Any], reason: str
) -> None:
    """Too large, malformed, or with a condition that would silently never hold."""
    stack_id = stacks.create(unique, user_template(unique, policy))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in stacks.first_failure(stack_id)


def test_a_name_that_is_taken_is_not_taken_over(account: Account, stacks: StackDriver, unique: str) -> None:
    """Whatever the case and the path; the user who has it stays as it is."""
    account.client("iam").create_user(UserName=unique.upper())

    stack_id = stacks.create(unique, user_template(unique, LISTING))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already exists" in stacks.first_failure(stack_id)
    assert account.client("iam").get_user(UserName=unique.upper())["User"]["Path"] == "/"


def test_a_policy_that_others_use_is_not_deleted(account: Account, stacks: StackDriver, unique: str) -> None:
    """A user outside the stack holds it: DELETE_FAILED."""
    stack_id = stacks.create(unique, user_template(unique, LISTING))
    iam = account.client("iam")
    iam.create_user(UserName=f"{unique}-other")
    arn = f"arn:aws:iam::{PROJECT}:policy{PATH}{unique}"
    iam.attach_user_policy(UserName=f"{unique}-other", PolicyArn=arn)

    refused = stacks.delete(stack_id)

    assert refused == "DELETE_FAILED"
    assert "Cannot delete a policy attached to entities" in stacks.first_failure(stack_id)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn


def test_a_role_with_path_boundary_and_inline_policy_stands(
    account: Account, stacks: StackDriver, unique: str, boundary: str
) -> None:
    """It is created, changed and deleted by a service role that may touch roles of Stowage's path alone."""
    service_role = account.service_role(f"{unique}-cfn", of_stowage("role"))

    def template(service: str, action: str) -> Template:
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        properties = {
            "RoleName": unique,
            "Path": PATH,
            "PermissionsBoundary": boundary,
            "AssumeRolePolicyDocument": document(trust),
            "Policies": [{"PolicyName": "access", "PolicyDocument": document(allow(action))}],
        }
        return {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}}

    stack_id = stacks.create(unique, template("transfer.amazonaws.com", "s3:GetObject"), RoleARN=service_role)
    assert [e for e in stacks.events(stack_id) if "FAILED" in e["ResourceStatus"]] == []
    iam = account.client("iam")
    role = iam.get_role(RoleName=unique)["Role"]

    assert role["Arn"] == f"arn:aws:iam::{PROJECT}:role{PATH}{unique}"
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert stacks.update(stack_id, template("transfer.amazonaws.com", "s3:PutObject")) == "UPDATE_COMPLETE"
    inline = iam.get_role_policy(RoleName=unique, PolicyName="access")["PolicyDocument"]
    assert inline["Statement"][0]["Action"] == "s3:PutObject"
    assert stacks.delete(stack_id) == "DELETE_COMPLETE"


def test_users_survive_a_restart(start_cloud: CloudFactory, unique: str) -> None:
    """The user, its policy's versions and its stack are there, and the stack can be changed and deleted."""
    cloud = start_cloud()
    stacks = StackDriver(cloud.client("cloudformation", PROJECT))
    stack_id = stacks.create(unique, user_template(unique, LISTING))

    cloud.restart()

    iam = cloud.client("iam", PROJECT)
    assert iam.get_user(UserName=unique)["User"]["Path"] == PATH
    assert stacks.update(unique, user_template(unique, document(allow("s3:GetObject")))) == "UPDATE_COMPLETE"
    versions = iam.list_policy_versions(PolicyArn=f"arn:aws:iam::{PROJECT}:policy{PATH}{unique}")["Versions"]
    assert len(versions) == 2
    assert stacks.delete(stack_id) == "DELETE_COMPLETE"
