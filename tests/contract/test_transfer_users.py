"""AWS::Transfer::User: made, changed in place, replaced and deleted by stacks, with the permissions that this takes.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-transfer-user.html
"""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import OTHER_PROJECT, PROJECT, LocalCloud, StackDriver
from tests.contract.sftp import SftpClient, World, document, grant, make_key, outputs, public, user_template

ACTIONS = (
    "iam:*Role*",
    "transfer:CreateUser",
    "transfer:UpdateUser",
    "transfer:DeleteUser",
    "transfer:DescribeUser",
    "transfer:ImportSshPublicKey",
    "transfer:DeleteSshPublicKey",
    "transfer:TagResource",
    "transfer:UntagResource",
)


@pytest.fixture
def world(cloud: LocalCloud, unique: str, tmp_path: Path) -> World:
    """Make an SFTP server and a bucket for one test."""
    return World.create(cloud, unique, tmp_path)


def service_role(world: World, name: str, *statements: dict[str, Any]) -> str:
    """Make a role for CloudFormation and return its ARN."""
    trusting = document(
        {"Effect": "Allow", "Principal": {"Service": "cloudformation.amazonaws.com"}, "Action": "sts:AssumeRole"}
    )
    return world.role(name, *statements, trusting=trusting)


def allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    """Allow these actions."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


def test_a_stack_makes_a_user_who_logs_in(world: World, stacks: StackDriver, unique: str) -> None:
    """With its role, its directories, its keys and its tags; Ref is its ARN."""
    keys = [make_key(world.folder), make_key(world.folder, "ecdsa", 256)]
    tags = [{"Key": "stowage:name", "Value": "partner"}]
    template = user_template(world.server_id, "partner", world.bucket, SshPublicKeys=[*map(public, keys)], Tags=tags)

    stack_id = stacks.create(unique, template)

    arn = f"arn:aws:transfer:eu-west-1:{PROJECT}:user/{world.server_id}/partner"
    assert outputs(stacks.describe(stack_id)) == {
        "Ref": arn, "Arn": arn, "ServerId": world.server_id, "UserName": "partner",
    }  # fmt: skip
    user = world.client("transfer").describe_user(ServerId=world.server_id, UserName="partner")["User"]
    assert user["HomeDirectoryMappings"] == [{"Entry": "/in", "Target": f"/{world.bucket}/in"}]
    assert [key["SshPublicKeyBody"] for key in user["SshPublicKeys"]] == [*map(public, keys)]
    assert (user["HomeDirectoryType"], user["Tags"], user["Arn"]) == ("LOGICAL", tags, arn)
    assert ":role/stowage/" in user["Role"]
    for key in keys:
        sftp = SftpClient(world.folder, world.port, "partner", key)
        assert sftp.say(f"put {sftp.file('x')} /in/{key.name}").code == 0


def test_keys_directories_role_and_tags_change_in_place(world: World, stacks: StackDriver, unique: str) -> None:
    """The key that is taken away is refused at once, the one that stays never was."""
    gone, stays, new = (make_key(world.folder) for _ in range(3))
    tags = [{"Key": "stowage:name", "Value": "partner"}]
    template = user_template(
        world.server_id, "partner", world.bucket, SshPublicKeys=[public(gone), public(stays)], Tags=tags
    )
    stack_id = stacks.create(unique, template)
    arn = outputs(stacks.describe(stack_id))["Arn"]
    other = world.role(unique, *grant(world.bucket, "out", "list", "read"))
    world.put("out/there", "there")
    properties = template["Resources"]["User"]["Properties"]
    properties |= {
        "SshPublicKeys": [public(stays), public(new)],
        "HomeDirectoryMappings": [{"Entry": "/out", "Target": f"/{world.bucket}/out"}],
        "Role": other,
    }
    del properties["Tags"]

    status = stacks.update(stack_id, template)

    assert status == "UPDATE_COMPLETE"
    assert outputs(stacks.describe(stack_id))["Arn"] == arn
    codes = [SftpClient(world.folder, world.port, "partner", key).say("pwd").code for key in (gone, stays, new)]
    assert codes == [255, 0, 0]
    assert SftpClient(world.folder, world.port, "partner", new).get("/out/there") == "there"
    user = world.client("transfer").describe_user(ServerId=world.server_id, UserName="partner")["User"]
    assert (user["Role"], user["Tags"]) == (other, [])


def test_an_update_that_fails_is_taken_back(world: World, stacks: StackDriver, unique: str) -> None:
    """A key that AWS does not take leaves the user as it was."""
    key = make_key(world.folder)
    template = user_template(world.server_id, "partner", world.bucket, SshPublicKeys=[public(key)])
    stack_id = stacks.create(unique, template)
    template["Resources"]["User"]["Properties"]["SshPublicKeys"] = ["ssh-ed25519 AAAA"]

    status = stacks.update(stack_id, template)

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Unsupported or invalid SSH public key format" in stacks.first_failure(stack_id)
    assert SftpClient(world.folder, world.port, "partner", key).say("pwd").code == 0


@pytest.mark.parametrize("changed", ["UserName", "ServerId"])
def test_another_name_or_server_is_another_user(
    world: World, stacks: StackDriver, cloud: LocalCloud, unique: str, changed: str
) -> None:
    """The new one is made, the old one deleted."""
    transfer, key = world.client("transfer"), make_key(world.folder)
    template = user_template("*", "partner", world.bucket, SshPublicKeys=[public(key)])
    properties = template["Resources"]["User"]["Properties"]
    properties["ServerId"] = world.server_id
    stack_id = stacks.create(unique, template)
    properties[changed] = "guest" if changed == "UserName" else transfer.create_server()["ServerId"]

    assert stacks.update(stack_id, template) == "UPDATE_COMPLETE"

    told = outputs(stacks.describe(stack_id))
    assert told[changed] == properties[changed]
    assert SftpClient(world.folder, world.port, "partner", key).say("pwd").code == 255
    described = transfer.describe_user(ServerId=properties["ServerId"], UserName=properties["UserName"])
    assert described["User"]["Arn"] == told["Arn"] == told["Ref"]
    assert cloud.client("transfer", PROJECT).list_users(ServerId=world.server_id)["Users"] == [
        {**{name: described["User"][name] for name in ("Arn", "HomeDirectoryType", "Role", "UserName")},
         "SshPublicKeyCount": 1}
    ][: changed == "UserName"]  # fmt: skip


def test_deleting_the_stack_locks_the_user_out(world: World, stacks: StackDriver, unique: str) -> None:
    """The user and its role are gone; its files stay."""
    key = make_key(world.folder)
    stack_id = stacks.create(
        unique, user_template(world.server_id, "partner", world.bucket, SshPublicKeys=[public(key)])
    )
    sftp = SftpClient(world.folder, world.port, "partner", key)
    assert sftp.say(f"put {sftp.file('x')} /in/x").code == 0

    assert stacks.delete(stack_id) == "DELETE_COMPLETE"

    assert sftp.say("pwd").code == 255
    assert world.client("transfer").list_users(ServerId=world.server_id)["Users"] == []
    assert world.keys() == ["in/x"]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"UserName": "ab"}, "Invalid user name: ab"),
        ({"UserName": "-partner"}, "Invalid user name: -partner"),
        ({"ServerId": "s-00000000000000000"}, "Unknown server: s-00000000000000000"),
        ({"Role": f"arn:aws:iam::{OTHER_PROJECT}:role/theirs"}, "belongs to another account"),
        ({"HomeDirectoryMappings": [{"Entry": "in", "Target": "/b/in"}]}, "begin with /"),
        (
            {"HomeDirectoryMappings": [{"Entry": "/", "Target": "/b"}, {"Entry": "/in", "Target": "/b/in"}]},
            "HomeDirectoryMappings overlap",
        ),
        ({"HomeDirectoryType": "PATH"}, "supports HomeDirectoryType LOGICAL alone"),
        ({"Policy": "{}"}, "does not support the properties ['Policy']"),
        ({"SshPublicKeys": ["nonsense"]}, "Unsupported or invalid SSH public key format"),
    ],
)
def test_a_user_that_aws_or_this_cloud_does_not_take_fails_the_stack(
    world: World, stacks: StackDriver, unique: str, properties: dict[str, Any], reason: str
) -> None:
    """The reason says why, and nothing is left."""
    stack_id = stacks.create(unique, user_template(world.server_id, "partner", world.bucket, **properties))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in stacks.first_failure(stack_id)
    assert world.client("transfer").list_users(ServerId=world.server_id)["Users"] == []


def test_a_weak_key_is_refused(world: World, unique: str) -> None:
    """RSA below 2048 bits."""
    with pytest.raises(ClientError, match="Unsupported or invalid SSH public key format"):
        world.user(unique, world.role(unique), key=make_key(world.folder, "rsa", 1024))


def test_a_taken_name_fails_the_stack_and_spares_the_user(world: World, stacks: StackDriver, unique: str) -> None:
    """The user of that name is another one's."""
    sftp = world.partner("partner-of-another")

    stack_id = stacks.create(unique, user_template(world.server_id, "partner-of-another", world.bucket))

    assert "User already exists: partner-of-another" in stacks.first_failure(stack_id)
    assert sftp.say("pwd").code == 0


def test_the_service_role_with_these_permissions_can_do_everything(
    world: World, stacks: StackDriver, unique: str
) -> None:
    """Create, update and delete, each action on the server's own users alone."""
    users = f"arn:aws:transfer:eu-west-1:{PROJECT}:user/{world.server_id}/*"
    server = f"arn:aws:transfer:eu-west-1:{PROJECT}:server/{world.server_id}"
    passing = {
        **allow("iam:PassRole", resource=f"arn:aws:iam::{PROJECT}:role/stowage/*"),
        "Condition": {"StringEquals": {"iam:PassedToService": "transfer.amazonaws.com"}},
    }
    changing = ("CreateRole", "GetRole", "TagRole", "PutRolePolicy", "DeleteRole", "DeleteRolePolicy", "List*")
    making = allow(*(f"iam:{action}" for action in changing))
    creating = allow("transfer:CreateUser", resource=server)
    role = service_role(world, unique, passing, making, creating, allow(*ACTIONS[2:], resource=users))
    keys = [public(make_key(world.folder)) for _ in range(2)]
    template = user_template(
        world.server_id, "partner", world.bucket, SshPublicKeys=keys[:1], Tags=[{"Key": "a", "Value": "b"}]
    )

    stack_id = stacks.create(unique, template, RoleARN=role)
    assert stacks.describe(stack_id)["StackStatus"] == "CREATE_COMPLETE", stacks.first_failure(stack_id)
    template["Resources"]["User"]["Properties"] |= {"SshPublicKeys": keys[1:], "Tags": [{"Key": "c", "Value": "d"}]}
    assert stacks.update(stack_id, template) == "UPDATE_COMPLETE", stacks.first_failure(stack_id)
    assert stacks.delete(stack_id) == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    "missing", ["iam:PassRole", "transfer:CreateUser", "transfer:ImportSshPublicKey", "transfer:TagResource"]
)
def test_a_permission_that_the_service_role_lacks_fails_the_creation(
    world: World, stacks: StackDriver, unique: str, missing: str
) -> None:
    """The refusal names the action; the rollback leaves no user."""
    denial = {"Effect": "Deny", "Action": missing, "Resource": "*"}
    role = service_role(world, unique, allow(*ACTIONS), denial)
    template = user_template(
        world.server_id, "partner", world.bucket,
        SshPublicKeys=[public(make_key(world.folder))], Tags=[{"Key": "a", "Value": "b"}],
    )  # fmt: skip

    stack_id = stacks.create(unique, template, RoleARN=role)

    assert f"is not authorized to perform: {missing} on resource: arn:aws:" in stacks.first_failure(stack_id)
    assert world.client("transfer").list_users(ServerId=world.server_id)["Users"] == []


def test_a_role_that_may_be_passed_to_another_service_alone_is_not_passed(
    world: World, stacks: StackDriver, unique: str
) -> None:
    """iam:PassedToService is transfer.amazonaws.com."""
    elsewhere = {
        "Effect": "Deny",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "transfer.amazonaws.com"}},
    }
    role = service_role(world, unique, allow(*ACTIONS), elsewhere)

    stack_id = stacks.create(unique, user_template(world.server_id, "partner", world.bucket), RoleARN=role)

    assert "is not authorized to perform: iam:PassRole on resource: " in stacks.first_failure(stack_id)


def test_a_caller_needs_permission_for_the_user_and_for_its_role(world: World, unique: str) -> None:
    """DescribeUser is asked on the user's own ARN; CreateUser needs iam:PassRole too."""
    mine = f"arn:aws:transfer:eu-west-1:{PROJECT}:user/{world.server_id}/{unique}"
    server = f"arn:aws:transfer:eu-west-1:{PROJECT}:server/{world.server_id}"
    anybody = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PROJECT}:root"}, "Action": "sts:AssumeRole"}
    arn = world.role(
        unique,
        allow("transfer:DescribeUser", resource=mine),
        allow("transfer:CreateUser", resource=server),
        trusting=document(anybody),
    )
    session = world.client("sts").assume_role(RoleArn=arn, RoleSessionName="session")["Credentials"]
    caller = world.cloud.client("transfer", credentials=session)
    users = world.role(f"{unique}-users")
    for name in (unique, f"{unique}-other"):
        world.user(name, users)

    assert caller.describe_user(ServerId=world.server_id, UserName=unique)["User"]["UserName"] == unique
    with pytest.raises(ClientError, match="transfer:DescribeUser"):
        caller.describe_user(ServerId=world.server_id, UserName=f"{unique}-other")
    with pytest.raises(ClientError, match="iam:PassRole"):
        caller.create_user(
            ServerId=world.server_id,
            UserName=f"{unique}-new",
            Role=users,
            HomeDirectoryType="LOGICAL",
            HomeDirectoryMappings=[{"Entry": "/", "Target": f"/{world.bucket}"}],
        )
