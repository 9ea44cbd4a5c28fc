"""The stock SAM CLI deploys the real template to the local cloud, twice, and what it asked for is there.

Everything is read back from the services: a stack's status says nothing about its resources.
"""

import json
import os
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.cloud_process import ROOT
from tests.contract.conftest import HUB, LocalCloud

pytestmark = pytest.mark.contract

SAM = ROOT / ".venv" / "sam" / "bin" / "sam"
NEEDED = (
    "template.yaml",
    "samconfig.toml",
    "Makefile",
    "package.mk",
    "api",
    "listeners",
    "operate",
    "requirements",
    "statemachines",
    "stowage",
    "tasks",
)
DEPLOY_SECONDS = 240
SECOND_STAGE = ("--stack-name", "stowage-test", "--s3-prefix", "stowage-test", "--parameter-overrides", "Stage=test")


@dataclass(frozen=True)
class Hub:
    """The hub's stack on a local cloud, and the project folder it is deployed from."""

    cloud: LocalCloud
    project: Path
    stack: str = "stowage"

    def sam(self, verb: str, *flags: str) -> str:
        """Run `sam build` or `sam deploy` as a user does: in the project's folder, without a flag unless told."""
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": self.cloud.url,
            "AWS_ACCESS_KEY_ID": HUB,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "SAM_CLI_TELEMETRY": "0",
        }
        done = subprocess.run(
            [str(SAM), verb, *flags],
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEPLOY_SECONDS,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    @property
    def outputs(self) -> dict[str, str]:
        """Give the stack's outputs."""
        [stack] = self.cloud.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}

    @property
    def physical_ids(self) -> dict[str, str]:
        """Give each resource's physical id by its logical one."""
        pages = self.cloud.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack)
        found = [each for page in pages for each in page["StackResourceSummaries"]]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def get(self, path: str) -> tuple[int, Any]:
        """Call the deployed HTTP API without a token."""
        api = self.outputs["ApiUrl"].removeprefix("https://").partition(".")[0]
        try:
            url = f"{self.cloud.url}/_aws/execute-api/{api}/$default{path}"
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 -- the local cloud
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Build and deploy a copy of the project, so that the user's own build folder stays as it is."""
    project = tmp_path_factory.mktemp("project")
    for name in NEEDED:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    # The environments and the wheels fetched before: both are found by content, and neither is written to.
    (project / ".venv").symlink_to(ROOT / ".venv")
    (ROOT / ".aws-sam" / "package").mkdir(parents=True, exist_ok=True)
    (project / ".aws-sam").mkdir()
    (project / ".aws-sam" / "package").symlink_to(ROOT / ".aws-sam" / "package")
    cloud = LocalCloud(tmp_path_factory.mktemp("cloud"))
    cloud.start()
    deployed = Hub(cloud, project)
    try:
        deployed.sam("build")
        deployed.sam("deploy")
        yield deployed
    finally:
        cloud.stop()


def test_a_second_deployment_succeeds_and_changes_nothing(hub: Hub) -> None:
    """`sam build && sam deploy` may be repeated at any time."""
    before = hub.physical_ids

    hub.sam("build")
    said = hub.sam("deploy")

    assert "No changes to deploy" in said
    assert hub.physical_ids == before


def test_all_functions_run_one_package(hub: Hub) -> None:
    """One build, one upload: every function has the same code, and a role of its own."""
    functions = hub.cloud.client("lambda").list_functions()["Functions"]

    assert len(functions) == len({each["Role"] for each in functions}) > 1
    assert len({each["CodeSha256"] for each in functions}) == 1


def test_every_function_has_what_the_template_gives_it(hub: Hub) -> None:
    """Tracing, an encrypted environment, a declared log group."""
    functions = hub.cloud.client("lambda").list_functions()["Functions"]
    ids = hub.physical_ids

    assert {each["TracingConfig"]["Mode"] for each in functions} == {"Active"}
    assert {each["KMSKeyArn"].rpartition("/")[2] for each in functions} == {ids["Key"]}
    assert {each["LoggingConfig"]["LogGroup"] for each in functions} == {ids["FunctionLogs"]}


def test_health_answers_anybody(hub: Hub) -> None:
    """The package imports and runs: a deployment alone would not show it."""
    status, _ = hub.get("/v1/health")

    assert status == 200


@pytest.mark.parametrize("path", ["/v1/me", "/v1/projects", "/nowhere"])
def test_everything_else_asks_for_a_token(hub: Hub, path: str) -> None:
    """The authorizer stands before `$default` too."""
    status, _ = hub.get(path)

    assert status == 401


def test_the_table_can_be_restored_and_forgets_what_expires(hub: Hub) -> None:
    """Point-in-time recovery, time to live, protection, the index."""
    table = hub.outputs["TableName"]
    dynamodb = hub.cloud.client("dynamodb")
    described = dynamodb.describe_table(TableName=table)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]

    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expiresAt",
    }
    assert described["DeletionProtectionEnabled"] is True
    assert [each["IndexName"] for each in described["GlobalSecondaryIndexes"]] == ["by_owner"]


def test_the_machine_logs_and_is_traced_and_every_placeholder_is_filled(hub: Hub) -> None:
    """The definition that runs is the committed one, with this deployment's names in it."""
    machine = hub.cloud.client("stepfunctions").describe_state_machine(stateMachineArn=hub.outputs["StateMachineArn"])

    assert "${" not in machine["definition"]
    assert set(json.loads(machine["definition"])["States"]) == set(
        json.loads((ROOT / "statemachines" / "change_resource.asl.json").read_text())["States"]
    )
    assert machine["loggingConfiguration"]["level"] == "ALL"
    assert machine["loggingConfiguration"]["includeExecutionData"] is True
    assert machine["tracingConfiguration"] == {"enabled": True}


def test_executions_that_end_reach_their_listener(hub: Hub) -> None:
    """The rule watches this machine alone, by way of a queue that keeps what it cannot deliver."""
    ids, events, queues = hub.physical_ids, hub.cloud.client("events"), hub.cloud.client("sqs")
    rule = events.describe_rule(Name=ids["ExecutionEndedRule"])
    [target] = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    queue = queues.get_queue_attributes(QueueUrl=ids["EndedExecutions"], AttributeNames=["All"])["Attributes"]
    dead_letters = queues.get_queue_attributes(QueueUrl=ids["DeadLetters"], AttributeNames=["QueueArn"])["Attributes"]
    [mapping] = hub.cloud.client("lambda").list_event_source_mappings(EventSourceArn=target["Arn"])[
        "EventSourceMappings"
    ]

    assert json.loads(rule["EventPattern"])["detail"] == {
        "status": ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"],
        "stateMachineArn": [hub.outputs["StateMachineArn"], hub.outputs["RotationMachineArn"]],
    }
    assert target["Arn"] == queue["QueueArn"]
    assert target["DeadLetterConfig"]["Arn"] == dead_letters["QueueArn"]
    assert json.loads(queue["RedrivePolicy"]) == {
        "deadLetterTargetArn": dead_letters["QueueArn"],
        "maxReceiveCount": 300,
    }
    assert queue["VisibilityTimeout"] == "100"
    assert mapping["FunctionArn"].endswith(f":function:{ids['ExecutionEndedFunction']}")
    assert (mapping["BatchSize"], mapping["FunctionResponseTypes"]) == (1, ["ReportBatchItemFailures"])


def test_the_console_may_come_from_each_of_its_origins(hub: Hub) -> None:
    """The client's callbacks are derived from the origins by joining and splitting; passwords alone do not sign in."""
    client = hub.cloud.client("cognito-idp").describe_user_pool_client(
        UserPoolId=hub.outputs["UserPoolId"], ClientId=hub.outputs["UserPoolClientId"]
    )["UserPoolClient"]

    assert client["CallbackURLs"] == ["http://localhost:8080/signed-in"]
    assert client["LogoutURLs"] == ["http://localhost:8080/"]
    assert client["AllowedOAuthFlows"] == ["code"]
    assert "ALLOW_USER_PASSWORD_AUTH" not in client["ExplicitAuthFlows"]
    assert "ClientSecret" not in client


def test_log_groups_are_encrypted_and_forget(hub: Hub) -> None:
    """Functions, APIs and executions; a retention of none would be for ever."""
    ids = hub.physical_ids
    groups = {each["logGroupName"]: each for each in hub.cloud.client("logs").describe_log_groups()["logGroups"]}

    for name in (ids["FunctionLogs"], ids["AccessLogs"], ids["ExecutionLogs"]):
        assert groups[name]["retentionInDays"] == 90
        assert groups[name]["kmsKeyId"].endswith(ids["Key"])


# Last, for the tests above count what one stack made.


@pytest.fixture(scope="module")
def second(hub: Hub) -> Hub:
    """Deploy the same build once more, as the stage test beside the other."""
    hub.sam("deploy", *SECOND_STAGE)
    return Hub(hub.cloud, hub.project, "stowage-test")


ALIKE = {"HubAccount", "Region", "OriginsOfConsole"}
"""Outputs that tell of both stages the same: where they run, and the parameter that nobody has set."""


def test_two_stages_stand_side_by_side_and_answer_each_for_itself(hub: Hub, second: Hub) -> None:
    """Two APIs, two tables, two user pools, two sign-in hosts; no resource is both stacks'."""
    assert (hub.get("/v1/health")[0], second.get("/v1/health")[0]) == (200, 200)
    assert (hub.get("/v1/me")[0], second.get("/v1/me")[0]) == (401, 401)
    assert {name for name, value in second.outputs.items() if value == hub.outputs[name]} == ALIKE
    first, other = hub.physical_ids, set(second.physical_ids.values())
    assert {name for name, physical_id in first.items() if physical_id in other} == {
        "ApiGatewayAccount",  # the account's one setting
        "HttpApiApiGatewayDefaultStage",  # names of stages are an API's own
        "SocketStage",
    }


def test_each_stages_functions_work_on_its_own_table(hub: Hub, second: Hub) -> None:
    """What a function is told names its own stack's resources, none of the other's."""
    for stage, other in ((hub, second), (second, hub)):
        function = stage.cloud.client("lambda").get_function_configuration(
            FunctionName=stage.physical_ids["ApiFunction"]
        )
        told = function["Environment"]["Variables"]

        assert told["TABLE_NAME"] == stage.outputs["TableName"]
        assert told["USER_POOL_ISSUER"] == stage.outputs["UserPoolIssuer"]
        assert not set(told.values()) & {value for name, value in other.outputs.items() if name not in ALIKE}


def test_the_first_stage_stays_as_it_was(hub: Hub, second: Hub) -> None:
    """Deploying it again beside the second changes nothing."""
    before = (hub.physical_ids, second.physical_ids)

    assert "No changes to deploy" in hub.sam("deploy")
    assert (hub.physical_ids, second.physical_ids) == before
