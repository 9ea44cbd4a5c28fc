"""What can be rehearsed by giving a bucket, a user or an SFTP user a certain name (docs/rehearsals.md)."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import PROJECT, LocalCloud, StackDriver, Template
from tests.contract.test_cloudformation_recovery import resource, start_update, statuses, wait_for
from tests.contract.test_cloudformation_stacks import template, topic

GUIDE = Path(__file__).parents[2] / "docs" / "rehearsals.md"
RULES = Path(__file__).parents[2] / "local" / "cloud" / "cloudformation_rehearsals.py"
KINDS = ("bucket", "user", "sftp-user")
TRANSFER: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "transfer.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}


@pytest.fixture(scope="module")
def server(cloud: LocalCloud) -> str:
    """Give the id of an SFTP server of the project."""
    server_id: str = cloud.client("transfer", PROJECT).create_server(
        IdentityProviderType="SERVICE_MANAGED", Protocols=["SFTP"]
    )["ServerId"]
    return server_id


def named(kind: str, name: str, server: str, mark: str) -> Template:
    """Return a template with what a resource of the kind is named by, after a topic; `mark` is what updates change."""
    tags = [{"Key": "mark", "Value": mark}]
    resources: dict[str, Any] = {"First": topic(f"{name}-first")}
    if kind == "bucket":
        properties: dict[str, Any] = {"BucketName": name, "Tags": tags}
        resources["Named"] = {"Type": "AWS::S3::Bucket", "Properties": properties}
    elif kind == "user":
        resources["Named"] = {"Type": "AWS::IAM::User", "Properties": {"UserName": name, "Tags": tags}}
    else:
        role = {"RoleName": name[:64], "AssumeRolePolicyDocument": TRANSFER}
        resources["Role"] = {"Type": "AWS::IAM::Role", "Properties": role}
        properties = {
            "ServerId": server,
            "UserName": name,
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "HomeDirectoryType": "LOGICAL",
            "HomeDirectoryMappings": [{"Entry": "/", "Target": f"/{name}", "Type": "DIRECTORY"}],
            "Tags": tags,
        }
        resources["Named"] = {"Type": "AWS::Transfer::User", "Properties": properties}
    resources["Named"]["DependsOn"] = ["First"]
    return template(**resources)


@pytest.mark.parametrize("kind", KINDS)
def test_a_creation_fails_once_or_always(stacks: StackDriver, server: str, unique: str, kind: str) -> None:
    """It is rolled back; `once` is over after that."""
    ended: list[str] = []
    for prefix in ("fail-create-once-", "fail-create-once-", "fail-create-", "fail-create-"):
        stack = stacks.create(f"{unique}-{len(ended)}", named(kind, f"{prefix}{unique}", server, "1"))
        ended.append(stacks.describe(stack)["StackStatus"])
        if ended[-1] == "ROLLBACK_COMPLETE":
            assert "internal error" in stacks.first_failure(stack)

    assert ended == ["ROLLBACK_COMPLETE", "CREATE_COMPLETE", "ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_fails_once_or_always(stacks: StackDriver, server: str, unique: str, kind: str) -> None:
    """It is rolled back; creating and deleting works."""
    ended = []
    for prefix in ("fail-update-once-", "fail-update-"):
        name = f"{prefix}{unique}"
        stack = stacks.create(name, named(kind, name, server, "1"))
        ended += [stacks.update(stack, named(kind, name, server, mark)) for mark in ("2", "3")]
        assert stacks.delete(stack) == "DELETE_COMPLETE"

    assert ended == ["UPDATE_ROLLBACK_COMPLETE", "UPDATE_COMPLETE"] + ["UPDATE_ROLLBACK_COMPLETE"] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_rollback_is_stuck(stacks: StackDriver, server: str, unique: str, kind: str) -> None:
    """Until it is continued; each change that fails makes it stuck anew, and the stack can always be deleted."""
    name = f"fail-rollback-once-{unique}"
    stack = stacks.create(unique, named(kind, name, server, "1"))

    ended = [stacks.update(stack, named(kind, name, server, "2"))]
    stacks.cloudformation.continue_update_rollback(StackName=stack)
    ended += [stacks.settle(stack), stacks.update(stack, named(kind, name, server, "3"))]
    stuck = resource(stacks, stack, "Named")[0]
    ended.append(stacks.delete(stack))

    assert stuck == "UPDATE_FAILED"
    assert ended == ["UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "DELETE_COMPLETE"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_deletion_fails_once_or_always(stacks: StackDriver, server: str, unique: str, kind: str) -> None:
    """DELETE_FAILED keeps the resource; it goes at the next try, or when it is retained."""
    once, always = f"fail-delete-once-{unique}", f"fail-delete-{unique}"
    first, second = (stacks.create(name, named(kind, name, server, "1")) for name in (once, always))

    ended = [stacks.delete(stack) for stack in (first, first, second, second)]
    ended.append(stacks.delete(second, RetainResources=["Named"]))

    assert ended == ["DELETE_FAILED", "DELETE_COMPLETE", "DELETE_FAILED", "DELETE_FAILED", "DELETE_COMPLETE"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_creation_fails_and_cannot_be_rolled_back(stacks: StackDriver, server: str, unique: str, kind: str) -> None:
    """ROLLBACK_FAILED leaves what was created; deleting the stack then removes it."""
    stack = stacks.create(unique, named(kind, f"fail-create-rollback-{unique}", server, "1"))

    ended = [stacks.describe(stack)["StackStatus"], stacks.delete(stack)]

    assert ended == ["ROLLBACK_FAILED", "DELETE_COMPLETE"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stack_takes_as_long_as_its_name_says(stacks: StackDriver, server: str, unique: str, kind: str) -> None:
    """Creating, changing and deleting take the seconds that the name begins with; a change can be cancelled."""
    name = f"slow-1-{unique}"
    begun = time.monotonic()
    stack = stacks.create(unique, named(kind, name, server, "1"))
    created_seconds = time.monotonic() - begun

    start_update(stacks, stack, named(kind, name, server, "2"))
    wait_for(stacks, stack, "UPDATE_IN_PROGRESS", "Named")
    stacks.cloudformation.cancel_update_stack(StackName=stack)
    settled = stacks.settle(stack)

    assert 1 <= created_seconds < 5
    assert settled == "UPDATE_ROLLBACK_COMPLETE"
    assert statuses(stacks, stack, since="UPDATE_IN_PROGRESS")[1] == "UPDATE_ROLLBACK_IN_PROGRESS"


def test_the_guide_names_every_rehearsal() -> None:
    """docs/rehearsals.md tells each name that the local cloud knows, and no other."""
    names = re.compile(r"`((?:fail|slow)-[a-z<>-]*-)`")

    told, known = names.findall(GUIDE.read_text(encoding="utf-8")), names.findall(RULES.read_text(encoding="utf-8"))

    assert set(told) == set(known)
    assert len(set(known)) == 11
