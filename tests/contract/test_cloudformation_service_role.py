"""RoleARN: the service role whose permissions a stack operation has.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import OTHER_PROJECT, PROJECT, LocalCloud, StackDriver, Template


def document(*statements: dict[str, Any]) -> str:
    """Return a policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str) -> dict[str, Any]:
    """Allow these actions on everything."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def trust(service: str = "cloudformation.amazonaws.com") -> str:
    """Let a service assume the role for stacks of this account."""
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": PROJECT}},
        }
    )


def bucket(name: str, **properties: Any) -> Template:
    """Return a template of one bucket."""
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **properties}}}}


class Accounts:
    """What the tests need of the project's account."""

    def __init__(self, cloud: LocalCloud) -> None:
        self.cloud = cloud
        self.iam = cloud.client("iam", PROJECT)

    def role(self, name: str, trusting: str, *statements: dict[str, Any]) -> str:
        """Make a role and return its ARN."""
        arn = str(self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=trusting)["Role"]["Arn"])
        if statements:
            self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(*statements))
        return arn

    def caller(self, name: str, *statements: dict[str, Any]) -> StackDriver:
        """Return CloudFormation for a session of a role with these permissions."""
        anybody = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PROJECT}:root"}, "Action": "sts:AssumeRole"}
        arn = self.role(name, document(anybody), *statements)
        session = self.cloud.client("sts", PROJECT).assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
        return StackDriver(self.cloud.client("cloudformation", credentials=session))


@pytest.fixture
def accounts(cloud: LocalCloud) -> Accounts:
    """Make roles and sessions in the project's account."""
    return Accounts(cloud)


def error_of(call: Any, **parameters: Any) -> tuple[str, str]:
    """Return code and message of the error that the call answers with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def test_the_role_and_not_the_caller_needs_the_permissions(accounts: Accounts, unique: str) -> None:
    """A caller without S3 creates a bucket through the role, and later operations use the role kept on the stack."""
    role = accounts.role(f"{unique}-cfn", trust(), allow("s3:*"))
    pass_role = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role}
    stacks = accounts.caller(f"{unique}-caller", allow("cloudformation:*"), pass_role)

    stack_id = stacks.create(unique, bucket(unique), RoleARN=role)
    status = stacks.update(stack_id, bucket(unique, VersioningConfiguration={"Status": "Enabled"}))

    assert stacks.describe(stack_id)["RoleARN"] == role
    assert status == "UPDATE_COMPLETE"
    assert stacks.delete(stack_id) == "DELETE_COMPLETE"


def test_without_a_role_the_caller_needs_the_permissions(accounts: Accounts, unique: str) -> None:
    """The refusal names the caller, the action and the resource."""
    stacks = accounts.caller(f"{unique}-caller", allow("cloudformation:*"))

    stack_id = stacks.create(unique, bucket(unique))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = stacks.first_failure(stack_id)
    assert "is not authorized to perform: s3:CreateBucket on resource: arn:aws:s3:::" in reason


@pytest.mark.parametrize(
    ("allowed", "missing"),
    [
        (["s3:PutEncryptionConfiguration"], "s3:CreateBucket"),
        (["s3:CreateBucket", "s3:PutBucketTagging"], "s3:PutEncryptionConfiguration"),
    ],
)
def test_an_action_that_the_role_lacks_fails_the_resource(
    accounts: Accounts, stacks: StackDriver, unique: str, allowed: list[str], missing: str
) -> None:
    """Also one of a single property, and the rollback then leaves nothing behind."""
    role = accounts.role(unique, trust(), allow(*allowed, "s3:DeleteBucket"))
    encryption = {"ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}

    stack_id = stacks.create(unique, bucket(unique, BucketEncryption=encryption), RoleARN=role)

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert f"not authorized to perform: {missing}" in stacks.first_failure(stack_id)


@pytest.mark.parametrize("missing", ["sqs:CreateQueue", "sqs:SetQueueAttributes", "sqs:TagQueue"])
def test_a_queue_needs_its_actions_too(
    accounts: Accounts, stacks: StackDriver, cloud: LocalCloud, unique: str, missing: str
) -> None:
    """Asked on the queue's own ARN, for the queue itself, its tags and its policy."""
    arn = f"arn:aws:sqs:eu-west-1:{PROJECT}:{unique}"
    denied = {"Effect": "Deny", "Action": missing, "Resource": arn}
    role = accounts.role(unique, trust(), allow("sqs:*"), denied)
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:*"}]}
    tags = [{"Key": "team", "Value": "blue"}]
    template: Template = {
        "Resources": {
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": unique, "Tags": tags}},
            "QueuePolicy": {
                "Type": "AWS::SQS::QueuePolicy",
                "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": policy},
            },
        }
    }

    stack_id = stacks.create(unique, template, RoleARN=role)

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert f"not authorized to perform: {missing} on resource: {arn}" in stacks.first_failure(stack_id)
    assert cloud.client("sqs", PROJECT).list_queues(QueueNamePrefix=unique).get("QueueUrls", []) == []


def test_a_role_that_cloudformation_cannot_assume_is_refused(
    accounts: Accounts, stacks: StackDriver, unique: str
) -> None:
    """One that does not exist, one that trusts somebody else, one of another account: no stack is made."""
    missing = f"arn:aws:iam::{PROJECT}:role/{unique}-missing"
    elsewhere = accounts.role(f"{unique}-lambda", trust("lambda.amazonaws.com"), allow("s3:*"))
    foreign = f"arn:aws:iam::{OTHER_PROJECT}:role/anything"

    refused = [
        error_of(stacks.start_create, name=unique, template=bucket(unique), RoleARN=role)
        for role in (missing, elsewhere, foreign)
    ]

    assert refused == [
        ("ValidationError", f"Role {missing} is invalid or cannot be assumed"),
        ("ValidationError", f"Role {elsewhere} is invalid or cannot be assumed"),
        ("AccessDenied", "Cross-account pass role is not allowed."),
    ]
    assert error_of(stacks.describe, stack=unique)[0] == "ValidationError"


@pytest.mark.parametrize("service", [None, "lambda.amazonaws.com"])
def test_a_caller_who_may_not_pass_the_role_is_refused(accounts: Accounts, unique: str, service: str | None) -> None:
    """iam:PassRole is asked, with the service that the role is passed to."""
    role = accounts.role(f"{unique}-cfn", trust(), allow("s3:*"))
    passing = {**allow("iam:PassRole"), "Condition": {"StringEquals": {"iam:PassedToService": service}}}
    stacks = accounts.caller(f"{unique}-caller", allow("cloudformation:*"), *([passing] if service else []))

    code, message = error_of(stacks.start_create, name=unique, template=bucket(unique), RoleARN=role)

    assert code == "AccessDenied"
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in message
