"""A project's account as onboarding leaves it, and a bucket in it, read back from the services themselves.

Everything here goes through the product's own code: the command that onboards, the adapter that assumes the project's
role, the catalog's templates. Only the reading back is plain boto3, as the project account's root.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from stowage.catalog.baseline import STACK_NAME, Hub, render_baseline
from stowage.catalog.bucket import KIND
from stowage.catalog.metadata import spec_from_template
from stowage.catalog.sftp_user import KIND as SFTP_USER
from stowage.catalog.user import KIND as USER
from stowage.domain.changes import Action
from tests.contract.conftest import HUB, LocalCloud
from tests.contract.project_account import FULL, PERSON, REGION, Resource, World, onboarded

pytestmark = pytest.mark.contract

ACCOUNT = "344444444444"
BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)


@pytest.fixture(scope="module")
def world(cloud: LocalCloud) -> Iterator[World]:
    """Onboard a project into an account of its own, once."""
    with onboarded(cloud, ACCOUNT, "kepler") as world:
        yield world


def test_the_baseline_stack_is_complete_protected_and_what_was_rendered(world: World) -> None:
    """The stack stands, its template is ours, and nobody deletes it by accident."""
    cloudformation = world.root("cloudformation")
    (stack,) = cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"]
    body = cloudformation.get_template(StackName=STACK_NAME)["TemplateBody"]

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert {tag["Key"]: tag["Value"] for tag in stack["Tags"]}["stowage:project"] == "kepler"
    assert (body if isinstance(body, dict) else json.loads(body)) == render_baseline(
        Hub(HUB, "stowage"), world.project.external_id, sftp=True
    )
    with pytest.raises(ClientError, match="TerminationProtection"):
        cloudformation.delete_stack(StackName=STACK_NAME)


def test_the_account_is_closed_to_the_public(world: World) -> None:
    """All four settings of the account's public access block are on."""
    block = world.root("s3control").get_public_access_block(AccountId=ACCOUNT)

    assert block["PublicAccessBlockConfiguration"] == BLOCKED


def test_the_log_bucket_has_every_property_of_its_template(world: World) -> None:
    """Versioned, SSE-S3, closed, owner enforced, logs for 400 days, delivery by S3 alone."""
    s3, name = world.root("s3"), world.project.log_bucket

    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    (owner,) = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    lifecycle = {each["ID"]: each for each in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
    policy = {s["Sid"]: s for s in json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]}

    assert name == f"stowage-logs-{ACCOUNT}-{REGION}"
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == BLOCKED
    assert owner == {"ObjectOwnership": "BucketOwnerEnforced"}
    assert lifecycle["expire-logs"]["Expiration"]["Days"] == 400
    assert lifecycle["remove-leftovers"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert lifecycle["remove-leftovers"]["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert policy["AccessLogDelivery"]["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    assert policy["AccessLogDelivery"]["Resource"] == f"arn:aws:s3:::{name}/*"
    assert policy["AccessLogDelivery"]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert {"DenyWithoutTls", "DenyTlsBelow12"} < set(policy)


def test_the_key_rotates_and_has_our_policy_and_name(world: World) -> None:
    """Rotation is on, the alias points to the key, and its policy binds use to three services."""
    kms, key = world.root("kms"), world.project.kms_key_arn

    policy = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    statements = {statement["Sid"]: statement for statement in policy["Statement"]}
    (alias,) = [each for each in kms.list_aliases()["Aliases"] if each["AliasName"] == "alias/stowage"]

    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert key.endswith(alias["TargetKeyId"])
    services = ("s3", "secretsmanager", "sns")
    assert statements["AccountUsesThroughServices"]["Condition"] == {
        "StringEquals": {"kms:ViaService": [f"{service}.{REGION}.amazonaws.com" for service in services]}
    }
    assert statements["AccountAdministers"]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}


def test_the_topic_is_encrypted_and_open_to_cloudformation(world: World) -> None:
    """Stack events are encrypted with the project's key, and only this account's CloudFormation publishes."""
    attributes = world.root("sns").get_topic_attributes(TopicArn=world.project.topic_arn)["Attributes"]

    policy = {statement["Sid"]: statement for statement in json.loads(attributes["Policy"])["Statement"]}
    assert attributes["KmsMasterKeyId"] == world.project.kms_key_arn
    assert policy["CloudFormationPublishes"]["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert policy["CloudFormationPublishes"]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_the_boundary_and_the_service_role_are_what_was_rendered(world: World) -> None:
    """The boundary denies IAM; the service role is CloudFormation's and carries the bucket's statements."""
    iam = world.root("iam")

    version = iam.get_policy(PolicyArn=world.project.boundary_arn)["Policy"]["DefaultVersionId"]
    boundary = iam.get_policy_version(PolicyArn=world.project.boundary_arn, VersionId=version)["PolicyVersion"]
    role = iam.get_role(RoleName="StowageCloudFormation")["Role"]
    policy = iam.get_role_policy(RoleName="StowageCloudFormation", PolicyName="StowageCloudFormation")
    statements = {statement["Sid"]: statement for statement in policy["PolicyDocument"]["Statement"]}

    denied = [s["Action"] for s in boundary["Document"]["Statement"] if s["Effect"] == "Deny"]
    assert "iam:*" in denied
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "cloudformation.amazonaws.com"}
    assert statements["Buckets"]["Action"] == KIND.service_statements()[0]["Action"]
    assert statements["Buckets"]["Resource"] == "arn:aws:s3:::*"
    assert statements["NeverTheAccessLogs"]["Resource"][0] == f"arn:aws:s3:::{world.project.log_bucket}"


def test_a_bucket_is_created_hardened_changed_and_deleted_by_the_projects_roles(world: World, unique: str) -> None:
    """With the deploy role and the service role alone a full bucket comes, is what was asked, changes and goes."""
    stacks, bucket, s3 = world.stacks(), Resource(world, f"{unique}-invoices"), world.root("s3")
    stack_id = stacks.create(bucket.operation(FULL, "create"))
    stack = bucket.settle(stacks, stack_id, Action.CREATE)

    name, project = bucket.name, world.project
    assert stack.outputs == {"Name": name, "Arn": f"arn:aws:s3:::{name}", "Region": REGION}
    (rule,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ApplyServerSideEncryptionByDefault"] == {
        "SSEAlgorithm": "aws:kms",
        "KMSMasterKeyID": project.kms_key_arn,
    }
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"] == BLOCKED
    (owner,) = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert owner == {"ObjectOwnership": "BucketOwnerEnforced"}
    logs = s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]
    assert (logs["TargetBucket"], logs["TargetPrefix"]) == (project.log_bucket, f"s3/{name}/")
    lock = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 30}
    rules = {each["ID"]: each for each in s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]}
    assert rules["expire-objects"]["Expiration"]["Days"] == 365
    assert rules["remove-leftovers"]["Expiration"] == {"ExpiredObjectDeleteMarker": True}
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert {"stowage:owner", "stowage:cost-centre", "stowage:data-class", "team", "stowage:name"} <= set(tags)
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])
    assert {s["Sid"] for s in policy["Statement"]} == {
        "DenyWithoutTls",
        "DenyTlsBelow12",
        "DenyOtherEncryption",
        "DenyOtherKey",
    }

    kept = world.root("cloudformation").get_template(StackName=stack_id)["TemplateBody"]
    assert spec_from_template(kept if isinstance(kept, dict) else json.loads(kept)).spec == FULL

    changed = {**FULL, "lifecycleDays": None, "tags": {}, "retention": {"mode": "governance", "days": 1}}
    assert stacks.update(bucket.operation(changed, "update")) == stack_id
    bucket.settle(stacks, stack_id, Action.UPDATE)
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]) == 1
    assert stacks.update(bucket.operation(changed, "again")) is None

    stacks.delete(project, stack_id, token="delete", person=PERSON)
    assert bucket.settle(stacks, stack_id, Action.DELETE).status == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket=name)


def test_a_user_is_created_changed_switched_off_and_deleted_by_the_projects_roles(world: World, unique: str) -> None:
    """Within the boundary, below the path /stowage/, with the one policy, which changes with the spec."""
    stacks, user, iam = world.stacks(), Resource(world, f"{unique}-user", USER), world.root("iam")
    spec = USER.schema["examples"][1]
    stack_id = stacks.create(user.operation(spec, "create"))
    stack = user.settle(stacks, stack_id, Action.CREATE)

    made = iam.get_user(UserName=user.name)["User"]
    assert stack.outputs == {"UserName": user.name, "Arn": made["Arn"], "Region": REGION}
    assert made["Path"] == "/stowage/"
    assert made["PermissionsBoundary"]["PermissionsBoundaryArn"] == world.project.boundary_arn
    (attached,) = iam.list_attached_user_policies(UserName=user.name)["AttachedPolicies"]
    assert attached["PolicyName"] == f"stowage-user-{user.name}"
    assert "Objects0" in _sids(iam, attached["PolicyArn"])

    assert stacks.update(user.operation({**spec, "enabled": False}, "update")) == stack_id
    user.settle(stacks, stack_id, Action.UPDATE)
    assert _sids(iam, attached["PolicyArn"]) == {"SwitchedOff"}

    stacks.delete(world.project, stack_id, token="delete", person=PERSON)
    assert user.settle(stacks, stack_id, Action.DELETE).status == "DELETE_COMPLETE"
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_user(UserName=user.name)


def _sids(iam: Any, policy: str) -> set[str]:
    version = iam.get_policy(PolicyArn=policy)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=policy, VersionId=version)["PolicyVersion"]["Document"]
    return {statement["Sid"] for statement in document["Statement"]}


def test_an_sftp_user_is_created_switched_off_and_deleted_by_the_projects_roles(world: World, unique: str) -> None:
    """On the project's server, with its folders and keys, in a role within the boundary."""
    stacks, user, transfer = world.stacks(), Resource(world, f"{unique}-sftp", SFTP_USER), world.root("transfer")
    spec, server = SFTP_USER.schema["examples"][1], world.project.sftp_server_id
    stack_id = stacks.create(user.operation(spec, "create"))
    stack = user.settle(stacks, stack_id, Action.CREATE)

    made = transfer.describe_user(ServerId=server, UserName=user.name)["User"]
    role = world.root("iam").get_role(RoleName=f"stowage-sftp-{user.name}")["Role"]
    assert stack.outputs["Endpoint"] == f"{server}.server.transfer.{REGION}.amazonaws.com"
    assert made["Role"] == role["Arn"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == world.project.boundary_arn
    assert {each["Entry"]: each["Target"] for each in made["HomeDirectoryMappings"]} == {
        "/invoices": "/example-corp-invoices/incoming",
        "/receipts": "/example-corp-receipts/2026/partner",
    }
    assert len(made["SshPublicKeys"]) == 1

    assert stacks.update(user.operation({**spec, "enabled": False}, "update")) == stack_id
    user.settle(stacks, stack_id, Action.UPDATE)
    assert transfer.describe_user(ServerId=server, UserName=user.name)["User"]["SshPublicKeys"] == []

    stacks.delete(world.project, stack_id, token="delete", person=PERSON)
    assert user.settle(stacks, stack_id, Action.DELETE).status == "DELETE_COMPLETE"
    with pytest.raises(transfer.exceptions.ResourceNotFoundException):
        transfer.describe_user(ServerId=server, UserName=user.name)
