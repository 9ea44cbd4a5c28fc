"""What CloudFormation's detection leaves out, read by the project's own role: in sync after every way to get there.

Also what an update does to it: CloudFormation writes a property that the template has changed, and no other
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html).
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from stowage.adapters.live_resources import ProjectLiveResources
from stowage.adapters.stack_survey import CloudFormationSurvey
from stowage.catalog.bucket import KIND as BUCKET
from stowage.catalog.sftp_user import KIND as SFTP_USER
from stowage.domain.changes import Action
from stowage.domain.direct_checks import DirectChecks
from stowage.domain.drift import DriftedResource
from tests.contract.conftest import LocalCloud
from tests.contract.project_account import FULL, MINIMAL, Resource, World, onboarded, sessions

pytestmark = pytest.mark.contract

ACCOUNT = "356666666666"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.fixture(scope="module")
def world(cloud: LocalCloud) -> Iterator[World]:
    """Onboard a project into an account of its own, once."""
    with onboarded(cloud, ACCOUNT, "dunlop") as world:
        yield world


class Checked:
    """A resource that stands, and what reconcile's direct reading finds of it."""

    def __init__(self, resource: Resource, spec: dict[str, Any]) -> None:
        self.resource, self.spec, self.world = resource, spec, resource.world
        self.stacks = self.world.stacks()
        inside = sessions(self.world, self.world.hub_role("stowage-ReconcileStacks"))
        self.survey, self.checks = CloudFormationSurvey(inside), DirectChecks(ProjectLiveResources(inside))
        self.stack_id = self.stacks.create(resource.operation(spec, "create"))
        resource.settle(self.stacks, self.stack_id, Action.CREATE)

    def found(self) -> list[tuple[str, str, tuple[str, ...]]]:
        """Give what has drifted; all of it could be looked at."""
        project, kind = self.world.project, self.resource.kind
        template = self.survey.template_of(project, self.stack_id)
        assert template is not None
        drifted, whole = self.checks.look(project, self.resource.name, kind.checks, template)
        assert whole
        assert all(isinstance(each, DriftedResource) for each in drifted)
        return [(each.id, each.status, each.properties) for each in drifted]

    def save(self, spec: dict[str, Any]) -> None:
        """Save a spec, as a change does."""
        operation = self.resource.operation(spec, "save")
        template = json.loads(json.dumps(operation.template).replace('"Version": 1', '"Version": 2'))
        self.stacks.update(replace(operation, template=template))
        self.resource.settle(self.stacks, self.stack_id, Action.UPDATE)


@pytest.fixture
def bucket(world: World, unique: str) -> Checked:
    """Give a bucket."""
    return Checked(Resource(world, unique, BUCKET), FULL)


@pytest.fixture
def partner(world: World, unique: str) -> Checked:
    """Give an SFTP user with a key."""
    return Checked(Resource(world, f"{unique}-sftp", SFTP_USER), SFTP_USER.schema["examples"][1])


@pytest.mark.parametrize("spec", [MINIMAL, FULL])
def test_a_bucket_that_nobody_touched_is_in_sync(world: World, unique: str, spec: dict[str, Any]) -> None:
    """Its policy reads back as it was written, by the role that only reads."""
    assert Checked(Resource(world, unique, BUCKET), spec).found() == []


def test_a_bucket_policy_that_was_changed_by_hand_shows(bucket: Checked) -> None:
    """A denial that is gone, one that is weaker, all of it gone; written in another way it is the same."""
    s3, name = bucket.world.root("s3"), bucket.resource.name
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])

    def put(**changed: Any) -> None:
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({**policy, **changed}))

    put(Statement=[{**each, "Action": [each["Action"]]} for each in reversed(policy["Statement"])])
    assert bucket.found() == []
    put(Statement=policy["Statement"][1:])
    assert bucket.found() == [("BucketPolicy", "MODIFIED", ("/PolicyDocument/Statement/0",))]
    tls = next(index for index, each in enumerate(policy["Statement"]) if each["Sid"] == "DenyTlsBelow12")
    weaker = {**policy["Statement"][tls], "Condition": {"NumericLessThan": {"s3:TlsVersion": "1.0"}}}
    put(Statement=[weaker if index == tls else each for index, each in enumerate(policy["Statement"])])
    path = f"/PolicyDocument/Statement/{tls}/Condition/NumericLessThan/s3:TlsVersion"
    assert bucket.found() == [("BucketPolicy", "MODIFIED", (path,))]
    s3.delete_bucket_policy(Bucket=name)
    assert bucket.found() == [("BucketPolicy", "DELETED", ())]


@pytest.mark.parametrize("index", [0, 1])
def test_an_sftp_user_that_nobody_touched_is_in_sync(world: World, unique: str, index: int) -> None:
    """Switched off, too."""
    spec = SFTP_USER.schema["examples"][index]
    user = Checked(Resource(world, f"{unique}-sftp", SFTP_USER), spec)
    assert user.found() == []

    user.save({**spec, "enabled": False})

    assert user.found() == []


def test_an_sftp_user_that_was_changed_by_hand_shows(partner: Checked) -> None:
    """A key added, another role, another folder, the user gone."""
    transfer, name = partner.world.root("transfer"), partner.resource.name
    which = {"ServerId": partner.world.project.sftp_server_id, "UserName": name}
    before = transfer.describe_user(**which)["User"]

    key = transfer.import_ssh_public_key(**which, SshPublicKeyBody=f"{OTHER_KEY} by-hand@example.com")
    assert partner.found() == [("SftpUser", "MODIFIED", ("/SshPublicKeys/1",))]
    transfer.delete_ssh_public_key(**which, SshPublicKeyId=key["SshPublicKeyId"])
    assert partner.found() == []
    transfer.update_user(
        **which,
        HomeDirectoryMappings=[{**before["HomeDirectoryMappings"][0], "Target": "/example-corp-invoices"}],
        Role=f"arn:aws:iam::{ACCOUNT}:role/StowageSurvey",
    )
    [(_, status, paths)] = partner.found()
    assert status == "MODIFIED"
    assert set(paths) == {"/Role", "/HomeDirectoryMappings/0/Target", "/HomeDirectoryMappings/1"}
    transfer.delete_user(**which)
    assert partner.found() == [("SftpUser", "DELETED", ())]


def test_saving_the_same_spec_again_leaves_drift_as_it_is(bucket: Checked) -> None:
    """The next version's template has the same policy: CloudFormation does not write it, as docs/operations.md says."""
    bucket.world.root("s3").delete_bucket_policy(Bucket=bucket.resource.name)

    bucket.save(bucket.spec)

    assert bucket.found() == [("BucketPolicy", "DELETED", ())]
