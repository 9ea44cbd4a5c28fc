"""What is read directly in a project's account, on moto: as a template would write it, or None where it is gone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from stowage.adapters.live_resources import BUCKET_POLICY, SFTP_USER, ProjectLiveResources
from stowage.adapters.session import make_client, session
from stowage.adapters.sts import ProjectSessions
from stowage.domain.errors import AccessDeniedError
from tests.integration.conftest import REGION
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.people import project

SURVEYED = project(survey_role_arn="arn:aws:iam::111111111111:role/StowageSurvey")
ROLE = "arn:aws:iam::111111111111:role/stowage/stowage-sftp-partner"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:*"}]}


@pytest.fixture
def live(dynamodb: Any) -> Iterator[ProjectLiveResources]:  # noqa: ARG001 -- for its mocked AWS
    """Give the adapter with real sessions."""
    session.cache_clear()
    sts = boto3.client("sts", region_name=REGION)
    yield ProjectLiveResources(ProjectSessions(sts, make_client, FakeClock(datetime.now(UTC))))
    session.cache_clear()


def owners(service: str) -> Any:
    """Give a client as somebody in the project's account has it."""
    credentials = boto3.client("sts", region_name=REGION).assume_role(
        RoleArn=SURVEYED.survey_role_arn or "", RoleSessionName="given"
    )["Credentials"]
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def test_a_buckets_policy_is_read_as_a_document(live: ProjectLiveResources) -> None:
    """None where there is no policy, and where there is no bucket."""
    s3 = owners("s3")
    s3.create_bucket(Bucket="apples", CreateBucketConfiguration={"LocationConstraint": REGION})
    assert live.read(SURVEYED, BUCKET_POLICY, {"Bucket": "apples"}) is None
    s3.put_bucket_policy(Bucket="apples", Policy=json.dumps(POLICY))

    assert live.read(SURVEYED, BUCKET_POLICY, {"Bucket": "apples"}) == {"PolicyDocument": POLICY}
    assert live.read(SURVEYED, BUCKET_POLICY, {"Bucket": "pears"}) is None


def test_an_sftp_user_is_read_with_what_opens_something(live: ProjectLiveResources) -> None:
    """Role, folders, keys without their comments; a policy that somebody has set."""
    transfer = owners("transfer")
    server = transfer.create_server(IdentityProviderType="SERVICE_MANAGED", Protocols=["SFTP"])["ServerId"]
    which = {"ServerId": server, "UserName": "partner"}
    folder = {"Entry": "/in", "Target": "/apples/in", "Type": "DIRECTORY"}
    transfer.create_user(
        **which,
        Role=ROLE,
        HomeDirectoryType="LOGICAL",
        HomeDirectoryMappings=[folder],
        SshPublicKeyBody=f"{KEY} a@b",
        Policy=json.dumps(POLICY),
    )

    assert live.read(SURVEYED, SFTP_USER, which) == {
        "Role": ROLE,
        "HomeDirectoryType": "LOGICAL",
        "HomeDirectoryMappings": [folder],
        "Policy": json.dumps(POLICY),
        "SshPublicKeys": [KEY],
    }


def test_what_nobody_knows_how_to_read_is_a_mistake_of_ours(live: ProjectLiveResources) -> None:
    """Tests of the catalog find it first."""
    with pytest.raises(ValueError, match="AWS::SQS::Queue"):
        live.read(SURVEYED, "AWS::SQS::Queue", {})


def test_a_project_without_the_role_is_told_what_to_do(live: ProjectLiveResources) -> None:
    """Its baseline is older."""
    with pytest.raises(AccessDeniedError, match="make upgrade-baselines"):
        live.read(project(), BUCKET_POLICY, {"Bucket": "apples"})
