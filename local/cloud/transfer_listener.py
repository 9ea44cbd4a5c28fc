"""The SFTP listeners, one per server: who may log in is decided by the port, the user's name and the key.

On AWS the host name, `<server id>.server.transfer.<region>.amazonaws.com`, decides which server is meant; here it is
the port, so that users of the same name on two servers never meet. `GET /_ministack/transfer/sftp-ports` tells the
port of each server (`per_server`). A server keeps its port and its host key over restarts; when another program has
taken the port meanwhile, it gets another one.

A log-in needs a server that is ONLINE, one of the user's public keys, and a role that may be assumed for the user.
Passwords, shells, forwarding and everything else of SSH is refused.
"""

import asyncio
import contextlib
import logging
import os
import socket
from dataclasses import dataclass, field
from typing import Any

import asyncssh
from ministack.services import transfer

from local.cloud.transfer_files import S3Files
from local.cloud.transfer_paths import Directories
from local.cloud.transfer_requests import Record
from local.cloud.transfer_session import assume_role, may_assume
from local.cloud.transfer_users import read_key

HOST = "127.0.0.1"
BACKLOG = 16

logger = logging.getLogger("transfer")


@dataclass
class Door:
    """The open port of one server."""

    account: str
    region: str
    server_id: str
    socket: socket.socket
    acceptor: Any = None
    opening: asyncio.Task[None] | None = None
    connections: set[Any] = field(default_factory=set)

    async def listen(self, host_key: Any) -> None:
        """Take in whoever connects."""
        self.acceptor = await asyncssh.listen(
            sock=self.socket,
            server_factory=lambda: Guard(self),
            server_host_keys=[host_key],
            sftp_factory=self.files,
            allow_scp=False,
            allow_pty=False,
            agent_forwarding=False,
            x11_forwarding=False,
        )

    def files(self, channel: Any) -> S3Files:
        """Return what the user of this connection sees."""
        user = self.user(channel.get_connection().get_extra_info("username"))
        if user is None:
            raise asyncssh.SFTPPermissionDenied("The user has been deleted")
        options = self.server.get("S3StorageOptions") or {}
        return S3Files(
            channel,
            Directories.of(user["HomeDirectoryMappings"], user["UserName"]),
            assume_role(self.account, self.region, user),
            f"http://{HOST}:{os.environ['GATEWAY_PORT']}",
            entries_always_exist=options.get("DirectoryListingOptimization") == "ENABLED",
        )

    @property
    def server(self) -> Record:
        """Return the server's record, empty once it is deleted."""
        return transfer._servers.get_scoped(self.account, self.region, self.server_id) or {}

    def user(self, name: str) -> Record | None:
        """Return a user of this server."""
        user: Record | None = transfer._users.get_scoped(self.account, self.region, f"{self.server_id}/{name}")
        return user


class Guard(asyncssh.SSHServer):
    """Decides about one connection."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._connection: Any = None

    def connection_made(self, conn: Any) -> None:
        """Keep the connection, to end it when its user or server goes."""
        self._connection = conn
        self._door.connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        del exc
        self._door.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Ask everybody for a key."""
        del username
        return True

    def public_key_auth_supported(self) -> bool:
        """Take keys, and nothing else."""
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        """Take a key of this user of this server, whose role may be assumed."""
        user = self._door.user(username)
        if user is None or self._door.server.get("State") != "ONLINE":
            return False
        known = [read_key(entry["SshPublicKeyBody"]).public_data for entry in user["SshPublicKeys"]]
        if key.public_data not in known:
            return False
        if not may_assume(self._door.account, user):
            logger.warning("%s: unable to assume the role %s", user["Arn"], user["Role"])
            return False
        return True


_doors: dict[str, Door] = {}


def open_door(account: str, region: str, server: Record) -> None:
    """Open the server's port, with a port and a host key that it keeps from now on."""
    if "_HostKey" not in server:
        server["_HostKey"] = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    bound = _bind(server.get("_Port", 0))
    server["_Port"] = bound.getsockname()[1]
    door = Door(account, region, server["ServerId"], bound)
    door.opening = asyncio.get_running_loop().create_task(door.listen(_host_key(server)))
    _doors[server["ServerId"]] = door
    transfer._sftp_per_server_ports[server["ServerId"]] = server["_Port"]


def close_door(server_id: str) -> None:
    """Close the server's port and end its sessions."""
    door = _doors.pop(server_id, None)
    transfer._sftp_per_server_ports.pop(server_id, None)
    if door is None:
        return
    if door.opening is not None:
        door.opening.cancel()
    if door.acceptor is not None:
        door.acceptor.close()
    with contextlib.suppress(OSError):
        door.socket.close()
    _end(door, None)


def end_sessions(server_id: str, user_name: str | None = None) -> None:
    """End the sessions of a server, or of one of its users."""
    if server_id in _doors:
        _end(_doors[server_id], user_name)


async def open_all() -> None:
    """Open the port of every server that a restart has brought back."""
    for (account, region, server_id), server in list(transfer._servers._data.items()):
        if server_id not in _doors:
            open_door(account, region, server)


async def close_all() -> None:
    """Close every port."""
    for server_id in list(_doors):
        close_door(server_id)


def fingerprint(server: Record) -> str:
    """Return the SHA-256 fingerprint of the server's host key, as `ssh-keygen -l` tells it."""
    return str(_host_key(server).get_fingerprint("sha256"))


def _host_key(server: Record) -> Any:
    return asyncssh.import_private_key(server["_HostKey"])


def _end(door: Door, user_name: str | None) -> None:
    for connection in list(door.connections):
        if user_name in {None, connection.get_extra_info("username")}:
            connection.abort()


def _bind(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        logger.warning("port %d is taken; the SFTP server gets another one", port)
        bound.bind((HOST, 0))
    bound.listen(BACKLOG)
    bound.setblocking(False)  # noqa: FBT003 -- asyncio takes no other
    return bound
