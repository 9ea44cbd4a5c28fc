"""A project's account as onboarding leaves it, and a bucket in it, read back from the services themselves.

Everything here goes through the product's own code: the command that onboards, the adapter that assumes the project's
role, the catalog's templates. Only the reading back is plain boto3, as the project account's root.
"""

import contextlib
import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operate.onboard import Request, onboard
from stowage.adapters import session as adapter_session
from stowage.adapters.bootstrap import SystemClock
from stowage.adapters.cloudformation import CloudFormationStacks
from stowage.adapters.onboarding import AwsHub
from stowage.adapters.sts import ProjectSessions
from stowage.catalog.baseline import STACK_NAME, Hub, render_baseline
from stowage.catalog.bucket import KIND
from stowage.catalog.metadata import spec_from_template
from stowage.catalog.sftp_user import KIND as SFTP_USER
from stowage.catalog.user import KIND as USER
from stowage.domain.changes import Action
from stowage.domain.errors import AccessDeniedError
from stowage.domain.kinds import Kind, RenderRequest
from stowage.domain.ports import StackOperation
from stowage.domain.projects import Project
from stowage.domain.resources import stack_name
from stowage.domain.stacks import Stack, operation_error
from tests.contract.conftest import HUB, LocalCloud
from tests.unit.fakes.projects import FakeProjects
from tests.unit.operate.fakes import mirror

pytestmark = pytest.mark.contract

ACCOUNT = "344444444444"
ELSEWHERE = "355555555555"
REGION = "eu-west-1"
PERSON = "0a1b2c3d-0000-4000-8000-000000000001"
DEADLINE_SECONDS = 30.0
MINIMAL: dict[str, Any]
FULL: dict[str, Any]
MINIMAL, FULL = KIND.schema["examples"]
Verbs = dict[str, Callable[[], object]]
BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)


@dataclass(frozen=True)
class World:
    """An onboarded project, and ways into its account."""

    cloud: LocalCloud
    project: Project

    def root(self, service: str) -> Any:
        """Give a client of the project account's root."""
        return self.cloud.client(service, ACCOUNT)

    def hub_role(self, name: str, account: str = HUB) -> Any:
        """Give an STS client of a role that may assume every role, as a function of the hub is."""
        iam, sts = self.cloud.client("iam", account), self.cloud.client("sts", account)
        trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
        may = {"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"], "Resource": "*"}
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(_document(trust)))
        iam.put_role_policy(RoleName=name, PolicyName="assume", PolicyDocument=json.dumps(_document(may)))
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/{name}", RoleSessionName="function")
        return self.cloud.client("sts", credentials=given["Credentials"])

    def enter(self, sts: Any, **changed: str) -> Any:
        """Assume the project's deploy role as the product does, and give a CloudFormation client."""
        asked = {"ExternalId": self.project.external_id, "SourceIdentity": PERSON, **changed}
        given = sts.assume_role(RoleArn=self.project.deploy_role_arn, RoleSessionName=PERSON, **asked)
        return self.cloud.client("cloudformation", credentials=given["Credentials"])

    def stacks(self) -> CloudFormationStacks:
        """Give the product's own port, on a role of the hub."""
        return CloudFormationStacks(sessions(self, self.hub_role("stowage-AwaitStack")))

    def stack_states(self) -> dict[str, str]:
        """Give every stack of the project's account and its status."""
        pages = self.root("cloudformation").get_paginator("list_stacks").paginate()
        return {stack["StackId"]: stack["StackStatus"] for page in pages for stack in page["StackSummaries"]}


def _document(statement: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture(scope="module")
def world(cloud: LocalCloud) -> Iterator[World]:
    """Onboard a project into an account of its own, once."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", cloud.url)
        environment.setenv("AWS_ACCESS_KEY_ID", HUB)
        environment.setenv("AWS_SECRET_ACCESS_KEY", "local")
        environment.setenv("AWS_REGION", REGION)
        environment.setenv("AWS_DEFAULT_REGION", REGION)
        projects = FakeProjects()
        hub = AwsHub()
        account = hub.open_project(ACCOUNT, REGION, admin_role="unused", profile=None)
        request = Request("kepler", "Kepler", ACCOUNT, REGION, sftp=True)
        ports: dict[str, Any] = {"account": account, "mirror": mirror(projects), "say": lambda _: None}
        assert onboard(request, Hub(hub.account, "stowage"), **ports)
        assert not onboard(request, Hub(hub.account, "stowage"), **ports)
    yield World(cloud, projects.projects["kepler"])
    adapter_session.session.cache_clear()


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


def test_a_role_of_the_hubs_stack_gets_in_with_the_external_id(world: World) -> None:
    """The way in that the product uses is open."""
    inside = world.enter(world.hub_role("stowage-SubmitStackOperation"))

    with pytest.raises(ClientError, match="does not exist"):
        inside.describe_stacks(StackName="stowage-bucket-nothing")


@pytest.mark.parametrize("external_id", ["0" * 64, "xx"])
def test_a_wrong_external_id_is_refused(world: World, external_id: str) -> None:
    """The hub's own role does not get in with another external id."""
    with pytest.raises(ClientError, match="AccessDenied"):
        world.enter(world.hub_role("stowage-SubmitStackOperation"), ExternalId=external_id)


def test_no_external_id_is_refused(world: World) -> None:
    """The hub's own role does not get in without an external id."""
    sts = world.hub_role("stowage-SubmitStackOperation")

    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=world.project.deploy_role_arn, RoleSessionName=PERSON)


@pytest.mark.parametrize(("role", "account"), [("other-Function", HUB), ("stowage-Function", ELSEWHERE)])
def test_other_roles_and_other_accounts_are_refused(world: World, role: str, account: str) -> None:
    """A role outside the hub's stack, and one of the same name in another account, stay outside."""
    with pytest.raises(ClientError, match="AccessDenied"):
        world.enter(world.hub_role(role, account))


@pytest.mark.parametrize("stack", [STACK_NAME, "somebody-elses-stack"])
def test_the_deploy_role_touches_neither_the_baseline_nor_foreign_stacks(world: World, stack: str) -> None:
    """Even a whole session of the deploy role cannot change what limits it, or what is not Stowage's."""
    inside = world.enter(world.hub_role("stowage-SubmitStackOperation"))

    for call in (inside.delete_stack, inside.describe_stacks):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(StackName=stack)


@dataclass(frozen=True)
class Resource:
    """A resource's stack, driven as the product drives it."""

    world: World
    name: str
    kind: Kind = KIND

    def operation(self, spec: dict[str, Any], token: str) -> StackOperation:
        """Give what SubmitStackOperation would submit."""
        request = RenderRequest(self.world.project, self.name, spec, 1)
        assert self.kind.request_faults(request) == ()
        kind, template = self.kind.kind, self.kind.render(request)
        tags = {"stowage:project": "kepler", "stowage:kind": kind, "stowage:name": self.name}
        return StackOperation(self.world.project, stack_name(kind, self.name), template, token, tags, PERSON)

    def settle(self, stacks: CloudFormationStacks, stack_id: str, action: Action) -> Stack:
        """Wait until the operation ends, and make sure that it did what was asked."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (stack := stacks.describe(self.world.project, stack_id, person=PERSON)) and stack.running:
            assert time.monotonic() < deadline, stack
            time.sleep(0.05)
        assert stack is not None
        cause = stacks.first_failure(self.world.project, stack_id, token=None, person=PERSON)
        assert operation_error(action, stack, cause) is None, (stack, cause)
        return stack


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


def sessions(world: World, sts: Any) -> ProjectSessions:
    """Give the product's sessions on a role's STS client."""

    def make_client(service: str, **options: Any) -> Any:
        return adapter_session.make_client(service, endpoint_url=world.cloud.url, **options)

    return ProjectSessions(sts, make_client, SystemClock())


def verbs(stacks: CloudFormationStacks, project: Project, operation: StackOperation, stack: str) -> Verbs:
    """Give all that the product can do to a stack, ready to be called."""
    operation = dataclasses.replace(operation, project=project, stack_name=stack)
    return {
        "describe": lambda: stacks.describe(project, stack, person=PERSON),
        "create": lambda: stacks.create(operation),
        "update": lambda: stacks.update(operation),
        "delete": lambda: stacks.delete(project, stack, token="delete", person=PERSON),
        "events": lambda: stacks.first_failure(project, stack, token=None, person=PERSON),
    }


def assert_refused(world: World, calls: Verbs) -> None:
    """Every verb is refused as a permanent error of ours, and no stack has come or gone for it."""
    before = world.stack_states()
    for verb, call in calls.items():
        with pytest.raises(AccessDeniedError):
            pytest.fail(f"{verb} was let in and gave {call()}")
    assert world.stack_states() == before


def test_a_session_is_narrowed_to_its_one_stack(world: World, unique: str) -> None:
    """The session in which a bucket's stack is driven cannot touch the next bucket's, whatever it tries."""
    stacks, other = world.stacks(), Resource(world, f"{unique}-other")
    other_id = stacks.create(other.operation(MINIMAL, "create"))
    other.settle(stacks, other_id, Action.CREATE)
    own = sessions(world, world.hub_role("stowage-AwaitStack"))
    mine = own.cloudformation(world.project, f"stowage-bucket-{unique}", PERSON)

    class OneSession:
        """Gives the session of one stack for every other, as a mistaken adapter would."""

        def cloudformation(self, *_: object) -> Any:
            return mine

        def forget(self, *_: object) -> None:
            raise AssertionError("A refused session has not expired.")

    mistaken = CloudFormationStacks(OneSession())  # type: ignore[arg-type]
    for stack in (stack_name("bucket", other.name), other_id, f"stowage-bucket-{unique}-2"):
        assert_refused(world, verbs(mistaken, world.project, other.operation(FULL, "mistaken"), stack))
    stacks.delete(world.project, other_id, token="delete", person=PERSON)
    other.settle(stacks, other_id, Action.DELETE)


@pytest.mark.parametrize("stack", [STACK_NAME, "somebody-elses-stack"])
def test_the_product_cannot_name_the_baseline_or_a_foreign_stack(world: World, unique: str, stack: str) -> None:
    """Whatever the hub's code came to ask for, the project's account refuses it."""
    operation = Resource(world, f"{unique}-bucket").operation(MINIMAL, "create")

    assert_refused(world, verbs(world.stacks(), world.project, operation, stack))


@pytest.mark.parametrize("external_id", ["f" * 64, "0123456789abcdef"])
def test_the_product_does_not_get_in_with_a_wrong_external_id(world: World, unique: str, external_id: str) -> None:
    """The adapter tells a refused role as AccessDeniedError, which ends a change with ACCESS_DENIED."""
    bucket = Resource(world, f"{unique}-bucket")
    foreign = world.project.model_copy(update={"external_id": external_id, "id": "foreign"})
    operation = bucket.operation(MINIMAL, "create")

    assert_refused(world, verbs(world.stacks(), foreign, operation, operation.stack_name))


def test_a_hub_in_another_account_does_not_get_in(world: World, unique: str) -> None:
    """Not even with the right external id, and a role of the same name as the hub's."""
    operation = Resource(world, f"{unique}-bucket").operation(MINIMAL, "create")
    stacks = CloudFormationStacks(sessions(world, world.hub_role("stowage-AwaitStack", ELSEWHERE)))

    assert_refused(world, verbs(stacks, world.project, operation, operation.stack_name))


def test_a_session_does_not_reach_into_another_account(world: World, unique: str) -> None:
    """A row that mixed two projects up leads nowhere: the role's account and the session policy's have to agree."""
    operation = Resource(world, f"{unique}-bucket").operation(MINIMAL, "create")
    mixed = world.project.model_copy(update={"account": ELSEWHERE, "id": "mixed"})
    name = operation.stack_name
    foreign_id = f"arn:aws:cloudformation:{REGION}:{ELSEWHERE}:stack/{name}/0a1b2c3d-0000-4000-8000-000000000002"

    assert_refused(world, verbs(world.stacks(), mixed, operation, name))
    calls = verbs(world.stacks(), world.project, operation, foreign_id)
    assert_refused(world, {verb: calls[verb] for verb in ("describe", "delete", "events")})
