"""The whole product, deployed once for the session on a local cloud of its own: for e2e/ and ui/ alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.cloud_process import CloudProcess, free_port
from local.endpoints import Endpoints
from local.stage import Stage

POLL_SECONDS = 2


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the local cloud keeps its state and its logs."""
    return tmp_path_factory.mktemp("stowage")


@pytest.fixture(scope="session")
def endpoints(state_dir: Path) -> Iterator[Endpoints]:
    """Bring Stowage up with stacks that take no time, as `make run` does it; stop it after the session."""
    cloud = CloudProcess(state_dir)
    try:
        console = f"http://127.0.0.1:{free_port()}"
        yield Stage(cloud, console, POLL_SECONDS, rotation_poll_seconds=POLL_SECONDS).bring_up()
    finally:
        cloud.stop()
