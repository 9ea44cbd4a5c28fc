"""What the contract tests of IAM users share: accounts, policies, users with keys, and the errors they meet."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from stowage.catalog.bucket import KIND
from stowage.domain.kinds import RenderRequest
from stowage.domain.projects import Project
from tests.contract.conftest import PROJECT, LocalCloud, StackDriver, Template

PATH = "/stowage/"
IAM_OF_STACKS = {
    "user": [
        "iam:AttachUserPolicy",
        "iam:CreateUser",
        "iam:DeleteUser",
        "iam:DeleteUserPermissionsBoundary",
        "iam:DetachUserPolicy",
        "iam:GetLoginProfile",
        "iam:GetUser",
        "iam:ListAttachedUserPolicies",
        "iam:ListGroupsForUser",
        "iam:ListUserPolicies",
        "iam:PutUserPermissionsBoundary",
        "iam:TagUser",
        "iam:UntagUser",
    ],
    "policy": [
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
        "iam:DeletePolicy",
        "iam:DeletePolicyVersion",
        "iam:GetPolicy",
        "iam:ListEntitiesForPolicy",
        "iam:ListPolicyVersions",
    ],
    "role": [
        "iam:CreateRole",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:GetRole",
        "iam:ListAttachedRolePolicies",
        "iam:ListRolePolicies",
        "iam:PutRolePermissionsBoundary",
        "iam:PutRolePolicy",
        "iam:TagRole",  # a stack's own tags are handed on to what it makes
        "iam:UpdateAssumeRolePolicy",
    ],
}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(actions: str | list[str], resource: str | list[str] = "*", **condition: dict[str, Any]) -> dict[str, Any]:
    """Allow the actions on the resource, under the condition if there is one."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": actions, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def deny(actions: str | list[str], resource: str | list[str] = "*", **condition: dict[str, Any]) -> dict[str, Any]:
    """Deny the actions on the resource, under the condition if there is one."""
    return {**allow(actions, resource, **condition), "Effect": "Deny"}


def of_stowage(kind: str, *without: str) -> dict[str, Any]:
    """Allow what stacks need of one kind of IAM entity, under Stowage's path alone."""
    actions = [action for action in IAM_OF_STACKS[kind] if action not in without]
    return allow(actions, f"arn:aws:iam::{PROJECT}:{kind}{PATH}*")


def error_code(call: Any, *arguments: Any, **parameters: Any) -> str:
    """Return the code of the error that the call answers with (the status alone, where a HEAD has no body)."""
    with pytest.raises(ClientError) as raised:
        call(*arguments, **parameters)
    return str(raised.value.response["Error"]["Code"])


def user_template(name: str, policy: dict[str, Any], **properties: Any) -> Template:
    """Return the template of a user with one managed policy, both under Stowage's path."""
    return {
        "Resources": {
            "Policy": {
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "ManagedPolicyName": name,
                    "Path": PATH,
                    "Description": "What the user may do.",
                    "PolicyDocument": policy,
                },
            },
            "User": {
                "Type": "AWS::IAM::User",
                "Properties": {
                    "UserName": name,
                    "Path": PATH,
                    "ManagedPolicyArns": [{"Ref": "Policy"}],
                    "Tags": [{"Key": "owner", "Value": "team"}],
                    **properties,
                },
            },
        }
    }


@dataclass(frozen=True)
class Account:
    """One project's account, seen by its root."""

    cloud: LocalCloud
    number: str = PROJECT

    def client(self, service: str, credentials: dict[str, Any] | None = None) -> Any:
        """Return a client of the root, or of these credentials."""
        return self.cloud.client(service, self.number, credentials=credentials)

    def policy(self, name: str, *statements: dict[str, Any]) -> str:
        """Make a managed policy and return its ARN."""
        made = self.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(document(*statements)))
        return str(made["Policy"]["Arn"])

    def user(self, name: str, *statements: dict[str, Any], boundary: str | None = None) -> dict[str, Any]:
        """Make a user with one managed policy and one access key, and return the key."""
        iam = self.client("iam")
        limit = {"PermissionsBoundary": boundary} if boundary else {}
        iam.create_user(UserName=name, Path=PATH, **limit)
        iam.attach_user_policy(UserName=name, PolicyArn=self.policy(f"{name}-policy", *statements))
        key: dict[str, Any] = iam.create_access_key(UserName=name)["AccessKey"]
        return key

    def session(self, name: str, *statements: dict[str, Any]) -> dict[str, Any]:
        """Make a role with these permissions and return the credentials of a session of it."""
        iam = self.client("iam")
        root = {"AWS": f"arn:aws:iam::{self.number}:root"}
        trust = document({"Effect": "Allow", "Principal": root, "Action": "sts:AssumeRole"})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document(*statements)))
        given = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")
        credentials: dict[str, Any] = given["Credentials"]
        return credentials

    def service_role(self, name: str, *statements: dict[str, Any]) -> str:
        """Make a role for CloudFormation with these permissions and return its ARN."""
        iam = self.client("iam")
        service = {"Service": "cloudformation.amazonaws.com"}
        trust = document({"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"})
        arn = str(iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"])
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document(*statements)))
        return arn


@dataclass(frozen=True)
class Bucket:
    """One of Stowage's own buckets: its name, its ARN, and the key that encrypts it."""

    name: str
    kms_key: str

    @property
    def arn(self) -> str:
        """The bucket's ARN."""
        return f"arn:aws:s3:::{self.name}"

    def may(self, *actions: str, under: str = "", **condition: dict[str, Any]) -> dict[str, Any]:
        """Allow actions on the bucket's objects, or on those under a prefix."""
        return allow([f"s3:{action}" for action in actions], f"{self.arn}/{under}*", **condition)

    def may_list(self, prefix: str = "*") -> dict[str, Any]:
        """Allow listing one prefix."""
        return allow("s3:ListBucket", self.arn, StringLike={"s3:prefix": prefix})

    def may_use_key(self) -> dict[str, Any]:
        """Allow the use of the key through S3 alone."""
        through = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
        return allow(["kms:Decrypt", "kms:GenerateDataKey"], self.kms_key, StringEquals=through)


def make_bucket(stacks: StackDriver, name: str, key: str, logs: str) -> Bucket:
    """Make a bucket of Stowage's as its stack."""
    project = Project(
        id="kepler",
        name="Kepler",
        account=PROJECT,
        region="eu-west-1",
        deploy_role_arn="unused",
        service_role_arn="unused",
        external_id="unused",
        topic_arn="unused",
        log_bucket=logs,
        kms_key_arn=key,
        boundary_arn="unused",
        baseline_version=1,
    )
    template = KIND.render(RenderRequest(name=name, spec=KIND.schema["examples"][0], version=1, project=project))
    stack_id = stacks.create(f"stowage-bucket-{name}", template)
    assert stacks.describe(stack_id)["StackStatus"] == "CREATE_COMPLETE"
    return Bucket(name, key)


def client_of(cloud: LocalCloud, service: str, key: dict[str, Any], **changed: str) -> Any:
    """Return a client of whoever holds the access key."""
    return cloud.client(service, credentials={**key, **changed})


def presigned(url: str, key: dict[str, Any]) -> str:
    """Return the URL signed with signature version 4, good for a minute."""
    request = AWSRequest("GET", url)
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    S3SigV4QueryAuth(credentials, "s3", "eu-west-1", expires=60).add_auth(request)
    return str(request.url)
