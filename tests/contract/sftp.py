"""OpenSSH's own client against the local cloud, and what a user of an SFTP server consists of."""

import json
import socket
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from local.sftp import address_of
from tests.contract.conftest import PROJECT, LocalCloud, Template

DEADLINE_SECONDS = 40
ANSWERED = "that was all"
Statement = dict[str, Any]


def make_key(folder: Path, kind: str = "ed25519", bits: int | None = None) -> Path:
    """Make a key pair and return its private half's path; the public half stands beside it."""
    path = folder / f"{kind}-{bits}-{len(list(folder.iterdir()))}"
    size = ["-b", str(bits)] if bits else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", "partner@example.com", "-f", str(path)]
    subprocess.run(command, check=True, timeout=DEADLINE_SECONDS)
    return path


def public(key: Path) -> str:
    """Return the public half of a key pair."""
    return key.with_name(f"{key.name}.pub").read_text().strip()


@dataclass(frozen=True)
class Said:
    """What the client said, and its exit code."""

    code: int
    text: str


class OpenSession:
    """`sftp` with a session that stays open; what it says comes back command by command."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1
        )

    def __enter__(self) -> Self:
        """Give the session."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the client."""
        self._process.kill()
        self._process.communicate(timeout=DEADLINE_SECONDS)

    def ask(self, line: str) -> str:
        """Return what the client says to a command, whose failure does not end the session."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"-{line}\n!echo {ANSWERED}\n")
        self._process.stdin.flush()
        said = ""
        deadline = threading.Timer(DEADLINE_SECONDS, self._process.kill)
        deadline.start()
        for part in self._process.stdout:
            if part.strip() == ANSWERED:
                break
            said += part
        deadline.cancel()
        return said

    def wait(self) -> int:
        """Return the client's exit code once the server has ended the session."""
        return self._process.wait(DEADLINE_SECONDS)


@dataclass(frozen=True)
class SftpClient:
    """`sftp` as one person on one server; the host keys it has seen are kept in the folder."""

    folder: Path
    port: int
    user: str
    key: Path

    @property
    def options(self) -> list[str]:
        """Return the options that ssh and sftp share: this key alone, nobody to ask, a known_hosts of its own."""
        chosen = {
            "IdentitiesOnly": "yes",
            "IdentityFile": str(self.key),
            "BatchMode": "yes",
            "ConnectTimeout": "10",
            "StrictHostKeyChecking": "accept-new",
            "UserKnownHostsFile": str(self.folder / "known_hosts"),
            "HashKnownHosts": "no",
        }
        return ["-F", "/dev/null", *(part for name, value in chosen.items() for part in ("-o", f"{name}={value}"))]

    @property
    def _command(self) -> list[str]:
        return ["sftp", "-q", *self.options, "-P", str(self.port), "-b", "-", f"{self.user}@127.0.0.1"]

    def say(self, *commands: str) -> Said:
        """Run the commands in one session; the first that fails ends it."""
        return _run(self._command, "\n".join(commands) + "\n")

    def open(self) -> OpenSession:
        """Log in and stay."""
        return OpenSession(self._command)

    def shell(self, command: str) -> Said:
        """Ask the server to run a command."""
        return _run(["ssh", *self.options, "-p", str(self.port), f"{self.user}@127.0.0.1", command], "")

    def get(self, path: str) -> str:
        """Return a file's text."""
        target = self.folder / "fetched"
        target.unlink(missing_ok=True)
        said = self.say(f"get {path} {target}")
        assert said.code == 0, said.text
        return target.read_text()

    def file(self, text: str) -> Path:
        """Write a file to upload."""
        path = self.folder / "upload.txt"
        path.write_text(text)
        return path


def _run(command: list[str], text: str) -> Said:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=DEADLINE_SECONDS, check=False)
    return Said(done.returncode, done.stdout + done.stderr)


def port_of(cloud: LocalCloud, server_id: str) -> int:
    """Return the port of a server."""
    address = address_of(cloud.url, server_id)
    assert address is not None, server_id
    return address.port


def listens(port: int) -> bool:
    """Tell whether somebody listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def document(*statements: Statement) -> dict[str, Any]:
    """Return a policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(server_id: str = "*", service: str = "transfer.amazonaws.com", account: str = PROJECT) -> dict[str, Any]:
    """Let Transfer Family assume a role for the users of a server."""
    users = f"arn:aws:transfer:eu-west-1:{account}:user/{server_id}/*"
    return document(
        {
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": account}, "ArnLike": {"aws:SourceArn": users}},
        }
    )


def grant(bucket: str, prefix: str, *actions: str, **conditions: Any) -> list[Statement]:
    """Allow these of list, read, write and delete below a prefix."""
    names = {"read": "s3:GetObject", "write": "s3:PutObject", "delete": "s3:DeleteObject"}
    objects = [names[action] for action in actions if action != "list"]
    extra = {"Condition": conditions} if conditions else {}
    listing = {
        "Effect": "Allow",
        "Action": "s3:ListBucket",
        "Resource": f"arn:aws:s3:::{bucket}",
        "Condition": {"StringLike": {"s3:prefix": f"{prefix}/*"}, **conditions},
    }
    using = {"Effect": "Allow", "Action": objects, "Resource": f"arn:aws:s3:::{bucket}/{prefix}/*", **extra}
    return [*([listing] if "list" in actions else []), *([using] if objects else [])]


def server_template(**properties: Any) -> Template:
    """Return a template of one SFTP server."""
    settings = {
        "Protocols": ["SFTP"],
        "IdentityProviderType": "SERVICE_MANAGED",
        "EndpointType": "PUBLIC",
        "Domain": "S3",
        "SecurityPolicyName": "TransferSecurityPolicy-2024-01",
        "S3StorageOptions": {"DirectoryListingOptimization": "ENABLED"},
        **properties,
    }
    return {
        "Resources": {"Server": {"Type": "AWS::Transfer::Server", "Properties": settings}},
        "Outputs": {
            "Ref": {"Value": {"Ref": "Server"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Server", "Arn"]}},
            "ServerId": {"Value": {"Fn::GetAtt": ["Server", "ServerId"]}},
        },
    }


def user_template(server_id: str, name: str, bucket: str, **properties: Any) -> Template:
    """Return a template of a user, who may do everything below `in` of a bucket, and of the user's role."""
    everything = document(*grant(bucket, "in", "list", "read", "write", "delete"))
    role = {
        "Path": "/stowage/",
        "AssumeRolePolicyDocument": trust(server_id),
        "Policies": [{"PolicyName": "grants", "PolicyDocument": everything}],
    }
    user = {
        "ServerId": server_id,
        "UserName": name,
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "HomeDirectoryType": "LOGICAL",
        "HomeDirectoryMappings": [{"Entry": "/in", "Target": f"/{bucket}/in"}],
        **properties,
    }
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
            "User": {"Type": "AWS::Transfer::User", "Properties": user},
        },
        "Outputs": {
            "Ref": {"Value": {"Ref": "User"}},
            "Arn": {"Value": {"Fn::GetAtt": ["User", "Arn"]}},
            "ServerId": {"Value": {"Fn::GetAtt": ["User", "ServerId"]}},
            "UserName": {"Value": {"Fn::GetAtt": ["User", "UserName"]}},
        },
    }


def outputs(description: dict[str, Any]) -> dict[str, str]:
    """Return a stack's outputs by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in description["Outputs"]}


@dataclass(frozen=True)
class World:
    """An SFTP server and a bucket in a project's account, and a folder for keys and files."""

    cloud: LocalCloud
    account: str
    server_id: str
    bucket: str
    folder: Path

    @classmethod
    def create(cls, cloud: LocalCloud, bucket: str, folder: Path, account: str = PROJECT, **settings: Any) -> "World":
        """Make the server and the bucket."""
        options = {"S3StorageOptions": {"DirectoryListingOptimization": "ENABLED"}, **settings}
        server_id = cloud.client("transfer", account).create_server(**options)["ServerId"]
        s3 = cloud.client("s3", account)
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        return cls(cloud, account, server_id, bucket, folder)

    def client(self, service: str) -> Any:
        """Return a client of the project's account."""
        return self.cloud.client(service, self.account)

    @property
    def port(self) -> int:
        """Return the server's port."""
        return port_of(self.cloud, self.server_id)

    def role(self, name: str, *statements: Statement, trusting: dict[str, Any] | None = None, **more: Any) -> str:
        """Make a role with these permissions and return its ARN."""
        iam = self.client("iam")
        trusting = trusting or trust(self.server_id, account=self.account)
        answer = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trusting), **more)
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=json.dumps(document(*statements)))
        return str(answer["Role"]["Arn"])

    def user(
        self, name: str, role: str, *, key: Path | None = None, target: str = "", entry: str = "/in"
    ) -> SftpClient:
        """Make a user of the role, with a key, and return the client that logs in as the user."""
        key = key or make_key(self.folder)
        self.client("transfer").create_user(
            ServerId=self.server_id,
            UserName=name,
            Role=role,
            HomeDirectoryType="LOGICAL",
            HomeDirectoryMappings=[{"Entry": entry, "Target": target or f"/{self.bucket}/in"}],
            SshPublicKeyBody=public(key),
        )
        return SftpClient(self.folder, self.port, name, key)

    def partner(self, name: str, *actions: str) -> SftpClient:
        """Make a user who may do this of list, read, write and delete (without any: all) below `in`."""
        allowed = actions or ("list", "read", "write", "delete")
        return self.user(name, self.role(f"{name}-role", *grant(self.bucket, "in", *allowed)))

    def put(self, key: str, text: str) -> None:
        """Put an object past SFTP."""
        self.client("s3").put_object(Bucket=self.bucket, Key=key, Body=text.encode())

    def keys(self) -> list[str]:
        """Return the keys of the bucket's objects."""
        found = self.client("s3").list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return [entry["Key"] for entry in found]

    def text(self, key: str) -> str:
        """Return an object's text."""
        return str(self.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read().decode())
