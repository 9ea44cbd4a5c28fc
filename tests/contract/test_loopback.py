"""The local cloud listens on this machine alone."""

import time
import urllib.request
from pathlib import Path

from tests.contract.conftest import CloudFactory

LISTENING = "0A"
LOOPBACK = "0100007F"


def listening_addresses(pid: int) -> set[str]:
    """Return the local addresses, as the kernel writes them, of every TCP socket that the process listens on."""
    inodes = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}
    sockets = {name.removeprefix("socket:[").removesuffix("]") for name in inodes if name.startswith("socket:[")}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_, inode = line.split()[:10]
            if state == LISTENING and inode in sockets:
                found.add(local.split(":")[0])
    return found


def test_every_port_is_on_loopback(start_cloud: CloudFactory) -> None:
    """The gateway and a Transfer server's SFTP listener bind 127.0.0.1 alone; health answers at once."""
    private = start_cloud()
    private.client("transfer").create_server()
    assert private.process is not None

    started = time.monotonic()
    with urllib.request.urlopen(f"{private.url}/_ministack/health") as answer:  # noqa: S310 -- our own cloud
        assert answer.status == 200

    assert time.monotonic() - started < 0.5
    assert listening_addresses(private.process.pid) == {LOOPBACK}
