"""Open connections, global names, and the composition root."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import UNSIGNED
from botocore.stub import Stubber

from stowage.adapters import bootstrap
from stowage.adapters.apigateway import ApiGatewayConnections
from stowage.adapters.s3 import S3GlobalNames
from stowage.adapters.session import client, session
from stowage.adapters.settings import SettingMissingError
from stowage.domain.errors import ServiceUnavailableError, SocketGoneError, ThrottledError
from tests.integration.conftest import REGION, TABLE

PORTS = (
    "projects",
    "resources",
    "changes",
    "executions",
    "waits",
    "stacks",
    "sockets",
    "tickets",
    "connections",
    "global_names",
    "clock",
    "settings",
    "notifier",
)
SOCKET = "https://abc123.execute-api.eu-west-1.amazonaws.com/live"


def stubbed(service: str) -> Any:
    """Give a stubber of a service's client."""
    made = botocore.session.Session().create_client(service, region_name=REGION)
    stub = Stubber(made)
    stub.activate()
    return stub


def forget_everything() -> None:
    """Let the next use build everything anew."""
    for name in PORTS:
        getattr(bootstrap, name).cache_clear()
    client.cache_clear()
    session.cache_clear()


@pytest.fixture
def fresh() -> Iterator[None]:
    """Give a process that has built nothing yet."""
    forget_everything()
    yield
    forget_everything()


def test_a_message_is_posted_as_utf_8() -> None:
    """One frame to one connection."""
    stub = stubbed("apigatewaymanagementapi")
    stub.add_response("post_to_connection", {}, {"ConnectionId": "one", "Data": "ü".encode()})

    ApiGatewayConnections(stub.client).post("one", "ü")

    stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("GoneException", 410, SocketGoneError),
        ("LimitExceededException", 429, ThrottledError),
        ("InternalServerError", 500, ServiceUnavailableError),
    ],
)
def test_a_closed_connection_is_told_apart_from_a_busy_gateway(
    code: str, status: int, expected: type[Exception]
) -> None:
    """Only the former is forgotten."""
    stub = stubbed("apigatewaymanagementapi")
    stub.add_client_error("post_to_connection", code, "No.", http_status_code=status)

    with pytest.raises(expected):
        ApiGatewayConnections(stub.client).post("one", "x")


@pytest.mark.usefixtures("fresh")
def test_connections_are_where_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the stage's own endpoint, whatever general one the SDK knows."""
    monkeypatch.setenv("SOCKET_ENDPOINT", SOCKET)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")

    made: Any = vars(bootstrap.connections())["_client"]

    assert made.meta.endpoint_url == SOCKET


@pytest.mark.parametrize(
    ("code", "taken"), [("404", False), ("403", True), ("400", True), ("301", True), ("307", True)]
)
def test_a_name_is_free_only_when_nobody_has_it(code: str, *, taken: bool) -> None:
    """Whatever else the answer is, somebody gave it."""
    stub = stubbed("s3")
    stub.add_client_error("head_bucket", code, "", http_status_code=int(code), expected_params={"Bucket": "apples"})

    assert S3GlobalNames(stub.client).is_taken("s3", "apples") is taken


def test_a_public_buckets_name_is_taken() -> None:
    """200 as well."""
    stub = stubbed("s3")
    stub.add_response("head_bucket", {}, {"Bucket": "apples"})

    assert S3GlobalNames(stub.client).is_taken("s3", "apples")


def test_an_answer_that_says_nothing_is_no_answer() -> None:
    """5xx: neither free nor taken."""
    stub = stubbed("s3")
    stub.add_client_error("head_bucket", "503", "", http_status_code=503)

    with pytest.raises(ServiceUnavailableError):
        S3GlobalNames(stub.client).is_taken("s3", "apples")


def test_names_of_another_service_are_a_defect() -> None:
    """A kind that declares one needs its look-up first."""
    with pytest.raises(ValueError, match="iam"):
        S3GlobalNames(stubbed("s3").client).is_taken("iam", "apples")


@pytest.mark.usefixtures("fresh")
def test_everything_is_built_once_and_from_one_session(monkeypatch: pytest.MonkeyPatch, dynamodb: Any) -> None:
    """Each port has its adapter; the adapters of the table share one client; the session is boto3's."""
    for name, value in {
        "TABLE_NAME": TABLE,
        "STATE_MACHINE_ARN": f"arn:aws:states:{REGION}:000000000000:stateMachine:x",
        "SOCKET_ENDPOINT": SOCKET,
    }.items():
        monkeypatch.setenv(name, value)

    for name in PORTS:
        assert getattr(bootstrap, name)() is getattr(bootstrap, name)()

    assert isinstance(session(), boto3.Session)
    assert session() is session()
    bootstrap.resources().advance_seq("apollo", 2)
    assert dynamodb.scan(TableName=TABLE)["Count"] == 1
    held = [vars(each) for each in (bootstrap.projects(), bootstrap.resources(), bootstrap.sockets())]
    assert len({id(each["_client"]) for each in held}) == 1
    config = held[0]["_client"].meta.config
    assert (config.retries["total_max_attempts"], config.connect_timeout, config.read_timeout) == (3, 3, 10)


@pytest.mark.usefixtures("fresh")
def test_global_names_are_asked_for_without_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission is needed, and none is used."""
    monkeypatch.setenv("TABLE_NAME", TABLE)
    boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="apples")
    names = bootstrap.global_names()

    made: Any = vars(names)["_client"]
    assert made.meta.config.signature_version is UNSIGNED
    assert (names.is_taken("s3", "apples"), names.is_taken("s3", "pears")) == (True, False)


@pytest.mark.usefixtures("fresh")
def test_a_port_whose_setting_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """At its first use, not at import, and only that port."""
    monkeypatch.delenv("STATE_MACHINE_ARN", raising=False)

    with pytest.raises(SettingMissingError, match="STATE_MACHINE_ARN"):
        bootstrap.executions()


def test_importing_the_composition_root_makes_no_client_and_pulls_no_adapter() -> None:
    """A function pays for what it uses alone (P4)."""
    code = (
        "import sys, stowage.adapters.bootstrap, tasks.submit_stack_operation, tasks.await_stack;"
        "unwanted = ('jsonschema', 'boto3', 's3transfer', 'stowage.adapters.dynamodb', 'stowage.adapters.s3',"
        " 'stowage.adapters.cloudformation', 'aws_lambda_powertools.event_handler');"
        "print([module for module in sys.modules if module.startswith(unwanted)])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
