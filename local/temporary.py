"""A Stowage of one's own with its console, for a while: for pictures and measurements, beside any `make run`."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from local.cloud_process import CloudProcess, free_port
from local.console import ConsoleServer
from local.endpoints import Endpoints
from local.stage import Stage
from operate.console_build import build

POLL_SECONDS = 2


@contextmanager
def temporary_stowage(folder: Path, step_seconds: float = 0.0) -> Iterator[tuple[CloudProcess, Endpoints]]:
    """Bring it up in a folder and serve it while the block runs. Raises LocalCloudError, ConsoleBuildError."""
    cloud = CloudProcess(folder, step_seconds=step_seconds)
    try:
        port = free_port()
        endpoints = Stage(cloud, f"http://127.0.0.1:{port}", POLL_SECONDS, partial(print, flush=True)).bring_up()
        with ConsoleServer(port, endpoints, build()):
            yield cloud, endpoints
    finally:
        cloud.stop()
