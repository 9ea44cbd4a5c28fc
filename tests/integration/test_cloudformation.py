"""Stacks and sessions in a project's account, on moto."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.stub import Stubber

from stowage.adapters.cloudformation import CloudFormationStacks, stack_name_of
from stowage.adapters.session import make_client, session
from stowage.adapters.sts import SESSION_SECONDS, ProjectSessions, session_name, session_policy
from stowage.domain.errors import (
    AccessDeniedError,
    StackBusyError,
)
from stowage.domain.resources import STACK_NAME_LENGTH
from tests.integration.conftest import REGION
from tests.integration.stack_operations import NAME, PERSON, STACK_ID, operation, template
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.people import project


@pytest.fixture
def assumed() -> list[dict[str, Any]]:
    """Collect the parameters of every AssumeRole."""
    return []


@pytest.fixture
def stacks(assumed: list[dict[str, Any]]) -> Iterator[CloudFormationStacks]:
    """Give the adapter with real sessions."""
    session.cache_clear()
    sts = boto3.client("sts", region_name=REGION)
    inside = sts.assume_role(RoleArn=project().deploy_role_arn, RoleSessionName="given")["Credentials"]
    sns = boto3.client(
        "sns",
        region_name=REGION,
        aws_access_key_id=inside["AccessKeyId"],
        aws_secret_access_key=inside["SecretAccessKey"],
        aws_session_token=inside["SessionToken"],
    )
    sns.create_topic(Name=project().topic_arn.split(":")[-1])
    sts.meta.events.register("provide-client-params.sts.AssumeRole", lambda params, **_: assumed.append(params))
    yield CloudFormationStacks(ProjectSessions(sts, make_client, FakeClock(datetime.now(UTC))))
    session.cache_clear()


def test_a_stack_is_created_described_updated_and_deleted(stacks: CloudFormationStacks) -> None:
    """The whole life of a stack; after it, it is found by id alone."""
    stack_id = stacks.create(operation())
    described = stacks.describe(project(), NAME, person=PERSON)
    assert described is not None
    assert (described.stack_id, described.status, described.outputs) == (
        stack_id,
        "CREATE_COMPLETE",
        {"Name": "apples"},
    )
    assert described.tags == {"stowage:project": "apollo"}

    assert stacks.update(operation("token-2", template=template("two"))) == stack_id
    stacks.delete(project(), stack_id, token="token-3", person=PERSON)

    gone = stacks.describe(project(), stack_id, person=PERSON)
    assert gone is not None
    assert gone.status == "DELETE_COMPLETE"
    assert stacks.describe(project(), NAME, person=PERSON) is None


def test_a_stack_stands_in_the_projects_account_and_in_no_other(stacks: CloudFormationStacks) -> None:
    """The hub's own account stays empty."""
    stack_id = stacks.create(operation())

    assert stack_id.split(":")[4] == "111111111111"
    assert boto3.client("cloudformation", region_name=REGION).describe_stacks()["Stacks"] == []


def test_an_existing_stack_is_not_created_again(stacks: CloudFormationStacks) -> None:
    """The caller describes it and decides."""
    stacks.create(operation())

    with pytest.raises(StackBusyError):
        stacks.create(operation("token-2"))


def test_a_session_is_narrowed_to_one_stack_in_one_persons_name(
    stacks: CloudFormationStacks, assumed: list[dict[str, Any]]
) -> None:
    """ExternalId, names, the shortest duration; a policy of this stack, this role, and the project's topic alone."""
    stacks.describe(project(), NAME, person="mia garcía/1")

    [given] = assumed
    policy = json.loads(given.pop("Policy"))
    assert given == {
        "RoleArn": project().deploy_role_arn,
        "ExternalId": project().external_id,
        "RoleSessionName": "mia-garc-a-1",
        "SourceIdentity": "mia-garc-a-1",
        "DurationSeconds": SESSION_SECONDS,
    }
    stack, role, topic, key = policy["Statement"]
    assert stack["Resource"] == f"arn:aws:cloudformation:{REGION}:111111111111:stack/{NAME}/*"
    assert all(action.startswith("cloudformation:") and "*" not in action for action in stack["Action"])
    assert (role["Action"], role["Resource"]) == ("iam:PassRole", project().service_role_arn)
    assert role["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    assert (topic["Action"], topic["Resource"]) == ("sns:Publish", project().topic_arn)
    assert (key["Action"], key["Resource"]) == (["kms:Decrypt", "kms:GenerateDataKey"], project().kms_key_arn)
    assert key["Condition"] == {"StringLike": {"kms:ViaService": f"sns.{REGION}.*"}}


def test_the_longest_session_policy_is_one_that_aws_takes() -> None:
    """2,048 characters, with the longest stack name in the region with the longest name."""
    region = "ap-southeast-99"
    arns = {
        name: value.replace(REGION, region) for name, value in project().model_dump().items() if "arn" in name and value
    }
    far = project().model_copy(update={"region": region, **arns})

    policy = session_policy(far, "s" * STACK_NAME_LENGTH)

    assert len(json.dumps(policy, separators=(",", ":"))) <= 2048


def test_a_session_is_kept_for_its_project_stack_and_person_alone(
    stacks: CloudFormationStacks, assumed: list[dict[str, Any]]
) -> None:
    """By name or id it is the same stack; another person, stack or project has another session."""
    stacks.describe(project(), NAME, person=PERSON)
    stacks.describe(project(), STACK_ID, person=PERSON)
    assert len(assumed) == 1

    stacks.describe(project(), NAME, person="olaf")
    stacks.describe(project(), "stowage-bucket-pears", person=PERSON)
    stacks.describe(project("gemini", "222222222222"), NAME, person=PERSON)
    assert len(assumed) == 4


def test_a_persons_name_fits_what_aws_takes() -> None:
    """2 to 64 characters of the allowed set."""
    assert session_name(PERSON) == PERSON
    assert session_name("x") == "x-"
    assert session_name("ä" * 100) == "-" * 64


def test_a_stack_is_named_by_its_id_too() -> None:
    """The session's policy speaks of the name."""
    assert (stack_name_of(STACK_ID), stack_name_of(NAME)) == (NAME, NAME)


class CountingSts:
    """Answers AssumeRole with credentials that live 15 minutes."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.count = 0

    def assume_role(self, **_: Any) -> dict[str, Any]:
        """Count and answer."""
        self.count += 1
        expiration = self.clock.now() + timedelta(seconds=SESSION_SECONDS)
        keys = {"AccessKeyId": "a", "SecretAccessKey": "s", "SessionToken": "t"}
        return {"Credentials": {**keys, "Expiration": expiration}}


def test_a_session_is_renewed_five_minutes_before_it_expires() -> None:
    """Until then it is kept; no call begins under one about to expire."""
    clock = FakeClock()
    sts = CountingSts(clock)
    sessions = ProjectSessions(sts, lambda *_, **options: options, clock)  # type: ignore[arg-type]

    sessions.cloudformation(project(), NAME, PERSON)
    clock.advance(SESSION_SECONDS - 301)
    sessions.cloudformation(project(), NAME, PERSON)
    assert sts.count == 1

    clock.advance(1)
    sessions.cloudformation(project(), NAME, PERSON)
    assert sts.count == 2
    sessions.forget(project(), NAME, PERSON)
    sessions.cloudformation(project(), NAME, PERSON)
    assert sts.count == 3


@pytest.mark.parametrize(
    "corrected", [{"external_id": "another-external-id"}, {"account": "222222222222"}, {"deploy_role_arn": "arn:aws:r"}]
)
def test_a_corrected_project_is_entered_anew(corrected: dict[str, str]) -> None:
    """A session that a wrong row led to is not kept for the right one."""
    clock = FakeClock()
    sts = CountingSts(clock)
    sessions = ProjectSessions(sts, lambda *_, **options: options, clock)  # type: ignore[arg-type]

    sessions.cloudformation(project(), NAME, PERSON)
    sessions.cloudformation(project(**corrected), NAME, PERSON)

    assert sts.count == 2


def test_a_client_is_made_in_the_projects_region_with_the_sessions_credentials() -> None:
    """Never with the hub's own."""
    clock = FakeClock()
    sessions = ProjectSessions(CountingSts(clock), lambda *_, **options: options, clock)  # type: ignore[arg-type]

    given: Any = sessions.cloudformation(project(region="eu-north-1"), NAME, PERSON)

    assert given == {
        "region_name": "eu-north-1",
        "aws_access_key_id": "a",
        "aws_secret_access_key": "s",
        "aws_session_token": "t",
    }


def test_a_refused_role_is_told_by_aws_sentence() -> None:
    """A wrong ExternalId ends the change; it is not repeated."""
    sts: Any = botocore.session.Session().create_client("sts", region_name=REGION)
    with Stubber(sts) as stub:
        stub.add_client_error("assume_role", "AccessDenied", "not authorized to perform: sts:AssumeRole", 403)
        with pytest.raises(AccessDeniedError, match="sts:AssumeRole"):
            ProjectSessions(sts, make_client, FakeClock()).cloudformation(project(), NAME, PERSON)
