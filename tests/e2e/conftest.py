"""People who call the API of the whole product; tests/deployment.py deploys it, once for the session."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.aws import HUB_ACCOUNT, client
from local.client import Session
from local.endpoints import Endpoints


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the canary scan last: it searches what all other tests have left behind."""
    items.sort(key=lambda item: item.path.name == "test_canary.py")


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
