"""AWS::Transfer::Server: one SFTP server per stack, with an address and a host key of its own.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-transfer-server.html
"""

import re
import socket
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.sftp import address_in, address_of
from tests.contract.conftest import OTHER_PROJECT, PROJECT, CloudFactory, LocalCloud, StackDriver
from tests.contract.sftp import World, listens, make_key, outputs, port_of, server_template


@pytest.fixture
def transfer(cloud: LocalCloud) -> Any:
    """Return the project's Transfer Family."""
    return cloud.client("transfer", PROJECT)


def test_a_stack_makes_a_server_that_listens(
    stacks: StackDriver, cloud: LocalCloud, transfer: Any, unique: str
) -> None:
    """Ref is its ARN, and its id an attribute; the service tells what the template said."""
    stack_id = stacks.create(unique, server_template(Tags=[{"Key": "team", "Value": "atlas"}]))

    told = outputs(stacks.describe(stack_id))
    server = transfer.describe_server(ServerId=told["ServerId"])["Server"]
    assert re.fullmatch(r"s-[0-9a-f]{17}", told["ServerId"])
    assert told["Ref"] == told["Arn"] == f"arn:aws:transfer:eu-west-1:{PROJECT}:server/{told['ServerId']}"
    assert {key: server[key] for key in ("Protocols", "IdentityProviderType", "EndpointType", "Domain", "State")} == {
        "Protocols": ["SFTP"],
        "IdentityProviderType": "SERVICE_MANAGED",
        "EndpointType": "PUBLIC",
        "Domain": "S3",
        "State": "ONLINE",
    }
    assert server["SecurityPolicyName"] == "TransferSecurityPolicy-2024-01"
    assert server["Tags"] == [{"Key": "team", "Value": "atlas"}]
    assert listens(port_of(cloud, told["ServerId"]))


def test_an_update_changes_the_server_in_place(
    stacks: StackDriver, cloud: LocalCloud, transfer: Any, unique: str
) -> None:
    """Policy, options and tags change; id, port and host key stay. What is taken away goes back to its default."""
    stack_id = stacks.create(unique, server_template(Tags=[{"Key": "team", "Value": "atlas"}]))
    server_id = outputs(stacks.describe(stack_id))["ServerId"]
    before, port = transfer.describe_server(ServerId=server_id)["Server"], port_of(cloud, server_id)
    changed = server_template(Tags=[{"Key": "stage", "Value": "prod"}], LoggingRole=f"arn:aws:iam::{PROJECT}:role/log")
    del changed["Resources"]["Server"]["Properties"]["SecurityPolicyName"]

    status = stacks.update(stack_id, changed)

    after = transfer.describe_server(ServerId=server_id)["Server"]
    assert status == "UPDATE_COMPLETE"
    assert after["SecurityPolicyName"] == "TransferSecurityPolicy-2018-11"
    assert after["LoggingRole"].endswith("role/log")
    assert after["Tags"] == [{"Key": "stage", "Value": "prod"}]
    assert after["HostKeyFingerprint"] == before["HostKeyFingerprint"]
    assert port_of(cloud, server_id) == port


def test_deleting_the_stack_closes_the_port(stacks: StackDriver, cloud: LocalCloud, transfer: Any, unique: str) -> None:
    """Nobody listens any more, and the service does not know the server."""
    stack_id = stacks.create(unique, server_template())
    server_id = outputs(stacks.describe(stack_id))["ServerId"]
    port = port_of(cloud, server_id)

    assert stacks.delete(stack_id) == "DELETE_COMPLETE"

    assert not listens(port)
    assert address_of(cloud.url, server_id) is None
    with pytest.raises(transfer.exceptions.ResourceNotFoundException):
        transfer.describe_server(ServerId=server_id)


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"EndpointType": "VPC"}, "supports EndpointType PUBLIC alone"),
        ({"IdentityProviderType": "API_GATEWAY"}, "supports IdentityProviderType SERVICE_MANAGED alone"),
        ({"Protocols": ["SFTP", "FTPS"]}, "supports Protocols ['SFTP'] alone"),
        ({"Domain": "EFS"}, "supports Domain S3 alone"),
        ({"SecurityPolicyName": "anything"}, "Security policy anything does not exist"),
        ({"PreAuthenticationLoginBanner": "Hello"}, "does not support the properties ['PreAuthenticationLoginBanner']"),
    ],
)
def test_what_would_not_be_applied_fails_the_stack(
    stacks: StackDriver, unique: str, properties: dict[str, Any], reason: str
) -> None:
    """The reason names it."""
    stack_id = stacks.create(unique, server_template(**properties))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in stacks.first_failure(stack_id)


def test_the_host_key_is_the_one_that_clients_see(cloud: LocalCloud, unique: str, tmp_path: Path) -> None:
    """HostKeyFingerprint is what `ssh-keygen -l` says of the key in known_hosts."""
    world = World.create(cloud, unique, tmp_path)
    assert world.partner(unique).say("pwd").code == 0

    listing = ["ssh-keygen", "-l", "-f", str(tmp_path / "known_hosts")]
    seen = subprocess.run(listing, capture_output=True, text=True, check=True, timeout=20).stdout

    told = world.client("transfer").describe_server(ServerId=world.server_id)["Server"]["HostKeyFingerprint"]
    assert told.startswith("SHA256:")
    assert told in seen.split()


def test_users_of_one_name_on_two_servers_never_meet(cloud: LocalCloud, unique: str, tmp_path: Path) -> None:
    """Two projects' `partner`, even with the same key: each server knows its own, and leads to its own bucket."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    mine = World.create(cloud, f"{unique}-a", tmp_path / "a")
    yours = World.create(cloud, f"{unique}-b", tmp_path / "b", account=OTHER_PROJECT)
    key = make_key(tmp_path)
    clients = []
    for world in (mine, yours):
        world.put("in/whose", world.account)
        reading = {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
        clients.append(world.user("partner", world.role(f"{unique}-role", reading), key=key))

    assert mine.port != yours.port
    assert [client.get("/in/whose") for client in clients] == [PROJECT, OTHER_PROJECT]
    yours.client("transfer").delete_user(ServerId=yours.server_id, UserName="partner")
    assert [client.say("pwd").code for client in clients] == [0, 255]


def test_without_a_server_nobody_listens(start_cloud: CloudFactory) -> None:
    """A local cloud opens no port for SFTP, and finds none in an account, until there is a server."""
    cloud = start_cloud()

    assert address_in(cloud.url, PROJECT) is None
    server_id = cloud.client("transfer", PROJECT).create_server()["ServerId"]
    assert address_in(cloud.url, PROJECT) == address_of(cloud.url, server_id)
    assert address_in(cloud.url, OTHER_PROJECT) is None


def test_a_restart_keeps_servers_users_keys_and_addresses(
    start_cloud: CloudFactory, unique: str, tmp_path: Path
) -> None:
    """The client finds the same host key at the same port, and its files."""
    cloud = start_cloud()
    world = World.create(cloud, unique, tmp_path)
    sftp, port = world.partner(unique), world.port
    assert sftp.say(f"put {sftp.file('kept')} /in/kept").code == 0
    (named,) = world.client("transfer").list_users(ServerId=world.server_id)["Users"]

    cloud.restart()

    assert world.port == port
    assert sftp.get("/in/kept") == "kept"
    assert world.client("transfer").list_users(ServerId=world.server_id)["Users"] == [named]
    assert len((tmp_path / "known_hosts").read_text().splitlines()) == 1


def test_a_port_that_another_program_has_taken_meanwhile_is_changed(
    start_cloud: CloudFactory, unique: str, tmp_path: Path
) -> None:
    """The server listens on another one, and says so where addresses are told."""
    cloud = start_cloud()
    world = World.create(cloud, unique, tmp_path)
    sftp, port = world.partner(unique), world.port
    cloud.stop()

    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", port))
        other.listen()
        cloud.start()

        assert world.port != port
        assert replace(sftp, port=world.port).say("pwd").code == 0
