"""The whole product, deployed once for the session on a local cloud of its own, on free ports."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.aws import HUB_ACCOUNT, client
from local.client import Session
from local.cloud_process import CloudProcess, free_port
from local.endpoints import Endpoints
from local.stage import Stage

POLL_SECONDS = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the canary scan last: it searches what all other tests have left behind."""
    items.sort(key=lambda item: item.path.name == "test_canary.py")


@pytest.fixture(scope="session")
def state_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which the local cloud keeps its state and its logs."""
    return tmp_path_factory.mktemp("stowage")


@pytest.fixture(scope="session")
def endpoints(state_dir: Path) -> Iterator[Endpoints]:
    """Bring Stowage up with stacks that take no time, as `make run` does it; stop it after the session."""
    cloud = CloudProcess(state_dir)
    try:
        yield Stage(cloud, f"http://127.0.0.1:{free_port()}", POLL_SECONDS).bring_up()
    finally:
        cloud.stop()


SignIn = Callable[[str], Session]


@pytest.fixture
def sign_in(endpoints: Endpoints) -> Iterator[SignIn]:
    """Sign people in by the first part of their e-mail; close their sessions afterwards."""
    sessions: list[Session] = []

    def enter(who: str) -> Session:
        sessions.append(Session(endpoints, f"{who}@example.com"))
        return sessions[-1]

    yield enter
    for session in sessions:
        session.http.close()


@pytest.fixture
def anna(sign_in: SignIn) -> Session:
    """Anna, a manager of atlas and borealis."""
    return sign_in("anna")


@pytest.fixture
def ben(sign_in: SignIn) -> Session:
    """Ben, a manager of atlas alone."""
    return sign_in("ben")


Aws = Callable[..., Any]


@pytest.fixture(scope="session")
def aws(endpoints: Endpoints) -> Aws:
    """Give boto3 clients of an account's root: `aws("s3", account)`; the hub's without an account."""
    return lambda service, account=HUB_ACCOUNT: client(service, endpoints.aws, account)


@pytest.fixture
def count_executions(endpoints: Endpoints, aws: Aws) -> Callable[[], int]:
    """Count all executions of the machine so far."""
    states = aws("stepfunctions")
    arn = endpoints.state_machines["change_resource"]

    def count() -> int:
        pages = states.get_paginator("list_executions").paginate(stateMachineArn=arn)
        return sum(len(page["executions"]) for page in pages)

    return count
