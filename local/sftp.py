"""Where the SFTP servers of the local cloud listen: a port of 127.0.0.1 each, told by the emulator."""

import json
import urllib.request

from local.aws import client
from local.endpoints import SftpAddress

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 10


def address_of(url: str, server_id: str) -> SftpAddress | None:
    """Give the address of a Transfer Family server by its id; None if there is none of that id."""
    with urllib.request.urlopen(f"{url}/_ministack/transfer/sftp-ports", timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 -- our own loopback
        port = json.load(answer)["per_server"].get(server_id)
    return SftpAddress(HOST, int(port)) if port else None


def address_in(url: str, account: str) -> SftpAddress | None:
    """Give the address of the account's server, None without one; of several, that of the first id."""
    servers = client("transfer", url, account).list_servers()["Servers"]
    return address_of(url, min(server["ServerId"] for server in servers)) if servers else None
