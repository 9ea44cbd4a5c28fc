"""CloudFormation in a project's account: on moto where it plays along, on botocore's stubber where it is silent."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.stub import ANY, Stubber

from stowage.adapters.cloudformation import TEMPLATE_BYTES, CloudFormationStacks, stack_name_of
from stowage.adapters.session import make_client, session
from stowage.adapters.sts import SESSION_SECONDS, ProjectSessions, session_name
from stowage.domain.errors import (
    AccessDeniedError,
    ServiceUnavailableError,
    StackBusyError,
    StackMissingError,
    StowageError,
    TemplateTooLargeError,
    ThrottledError,
)
from stowage.domain.ports import StackOperation
from tests.integration.conftest import REGION
from tests.unit.fakes.clock import START, FakeClock
from tests.unit.fakes.people import MANAGER, project

NAME = "stowage-bucket-apples"
STACK_ID = f"arn:aws:cloudformation:{REGION}:111111111111:stack/{NAME}/1b2c"
PERSON = MANAGER.id


def template(description: str = "one") -> dict[str, Any]:
    """Give a small stack."""
    tags = [{"Key": "d", "Value": description}]
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "apples", "Tags": tags}}
    return {"Resources": {"Bucket": bucket}, "Outputs": {"Name": {"Value": "apples"}}}


def operation(token: str = "token-1", **fields: Any) -> StackOperation:
    """Give what to submit."""
    given: dict[str, Any] = {
        "project": project(),
        "stack_name": NAME,
        "template": template(),
        "token": token,
        "tags": {"stowage:project": "apollo"},
        "person": PERSON,
    }
    return StackOperation(**{**given, **fields})


# ---- on moto


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
    """ExternalId, names, the shortest duration, and a policy that speaks of this stack and this role alone."""
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
    stack, role = policy["Statement"]
    assert stack["Resource"] == f"arn:aws:cloudformation:{REGION}:111111111111:stack/{NAME}/*"
    assert all(action.startswith("cloudformation:") and "*" not in action for action in stack["Action"])
    assert (role["Action"], role["Resource"]) == ("iam:PassRole", project().service_role_arn)
    assert role["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
    assert len(json.dumps(policy, separators=(",", ":"))) < 2048


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


# ---- on the stubber


class StubbedSessions(ProjectSessions):
    """Sessions whose one client answers what a test has laid down."""

    def __init__(self) -> None:
        made = botocore.session.Session().create_client("cloudformation", region_name=REGION)
        self.client: Any = made
        self.stub = Stubber(made)
        self.stub.activate()
        self.forgotten: list[str] = []

    def cloudformation(self, project: Any, stack_name: str, person: str) -> Any:
        """Give the one client."""
        del project, stack_name, person
        return self.client

    def forget(self, project: Any, stack_name: str, person: str) -> None:
        """Note what was dropped."""
        del project, person
        self.forgotten.append(stack_name)


def refusing(verb: str, code: str, message: str, *, status: int = 400) -> tuple[CloudFormationStacks, StubbedSessions]:
    """Give stacks whose next call is refused."""
    sessions = StubbedSessions()
    sessions.stub.add_client_error(verb, code, message, http_status_code=status)
    return CloudFormationStacks(sessions), sessions


def test_what_is_submitted_is_told_whole() -> None:
    """Template, service role, topic, token, capabilities and tags: everything a stack of ours must have."""
    sessions = StubbedSessions()
    sessions.stub.add_response(
        "create_stack",
        {"StackId": STACK_ID},
        {
            "StackName": NAME,
            "TemplateBody": json.dumps(template(), separators=(",", ":")),
            "RoleARN": project().service_role_arn,
            "NotificationARNs": [project().topic_arn],
            "ClientRequestToken": "token-1",
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Tags": [{"Key": "stowage:project", "Value": "apollo"}],
        },
    )

    assert CloudFormationStacks(sessions).create(operation()) == STACK_ID


def test_a_deletion_names_id_role_and_token() -> None:
    """The id, since a name may mean a later stack."""
    sessions = StubbedSessions()
    expected = {"StackName": STACK_ID, "RoleARN": project().service_role_arn, "ClientRequestToken": "t"}
    sessions.stub.add_response("delete_stack", {}, expected)

    CloudFormationStacks(sessions).delete(project(), STACK_ID, token="t", person=PERSON)

    sessions.stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ValidationError", f"Stack:{STACK_ID} is in UPDATE_IN_PROGRESS state and can not be updated.", StackBusyError),
        ("ValidationError", f"Stack:{STACK_ID} is in ROLLBACK_COMPLETE state and can not be updated.", StackBusyError),
        ("ValidationError", f"Stack [{NAME}] does not exist", StackMissingError),
        ("TokenAlreadyExistsException", "Token already exists", StackBusyError),
        ("Throttling", "Rate exceeded", ThrottledError),
        ("AccessDenied", "not authorized to perform: cloudformation:UpdateStack", AccessDeniedError),
    ],
)
def test_a_refused_update_says_what_is_the_matter(code: str, message: str, expected: type[StowageError]) -> None:
    """CloudFormation tells most of it by its sentence alone."""
    stacks, _ = refusing("update_stack", code, message)

    with pytest.raises(expected):
        stacks.update(operation())


def test_an_update_of_nothing_is_none() -> None:
    """By this very sentence only."""
    stacks, _ = refusing("update_stack", "ValidationError", "No updates are to be performed.")
    assert stacks.update(operation()) is None

    stacks, _ = refusing("update_stack", "ValidationError", "Parameters: [x] must have values")
    with pytest.raises(StowageError):
        stacks.update(operation())


@pytest.mark.parametrize("which", [NAME, STACK_ID])
def test_a_missing_stack_is_none(which: str) -> None:
    """By the exact sentence only: any other ValidationError is an error."""
    stacks, _ = refusing("describe_stacks", "ValidationError", f"Stack with id {which} does not exist")
    assert stacks.describe(project(), NAME, person=PERSON) is None

    stacks, _ = refusing("describe_stacks", "ValidationError", "1 validation error detected")
    with pytest.raises(StowageError):
        stacks.describe(project(), NAME, person=PERSON)


def test_deleting_what_is_gone_is_done() -> None:
    """And what cannot be deleted now is busy."""
    stacks, _ = refusing("delete_stack", "ValidationError", f"Stack [{NAME}] does not exist")
    stacks.delete(project(), STACK_ID, token="t", person=PERSON)

    busy = f"Stack [{NAME}] cannot be deleted while in status UPDATE_IN_PROGRESS"
    stacks, _ = refusing("delete_stack", "ValidationError", busy)
    with pytest.raises(StackBusyError):
        stacks.delete(project(), STACK_ID, token="t", person=PERSON)


def test_an_expired_session_is_dropped_and_the_call_may_be_repeated() -> None:
    """The next attempt assumes the role anew."""
    stacks, sessions = refusing("describe_stacks", "ExpiredToken", "The security token is expired", status=403)

    with pytest.raises(ServiceUnavailableError):
        stacks.describe(project(), NAME, person=PERSON)

    assert sessions.forgotten == [NAME]


def test_a_template_over_the_limit_is_refused_before_any_call() -> None:
    """With the figure."""
    large = {"Description": "ü" * (TEMPLATE_BYTES // 2)}

    with pytest.raises(TemplateTooLargeError, match=r"51,2[0-9]{2} bytes"):
        CloudFormationStacks(StubbedSessions()).create(operation(template=large))


def event(number: int, status: str, token: str, reason: str | None = None, **fields: Any) -> dict[str, Any]:
    """Give a stack event; higher numbers are later."""
    return {
        "StackId": STACK_ID,
        "EventId": str(number),
        "StackName": NAME,
        "LogicalResourceId": fields.pop("logical", "Bucket"),
        "PhysicalResourceId": "apples",
        "ResourceType": "AWS::S3::Bucket",
        "Timestamp": START + timedelta(seconds=number),
        "ResourceStatus": status,
        "ClientRequestToken": token,
        **({"ResourceStatusReason": reason} if reason else {}),
        **fields,
    }


def begin(number: int, status: str, token: str) -> dict[str, Any]:
    """Give the event with which an operation begins."""
    return event(
        number, status, token, "User Initiated", ResourceType="AWS::CloudFormation::Stack", PhysicalResourceId=STACK_ID
    )


HISTORY = [
    begin(1, "CREATE_IN_PROGRESS", "create"),
    event(2, "CREATE_FAILED", "create", "Older failure"),
    begin(3, "UPDATE_IN_PROGRESS", "update"),
    event(4, "UPDATE_FAILED", "update", "Resource update cancelled", logical="Policy"),
    event(5, "UPDATE_FAILED", "update", "Access denied for operation"),
    event(6, "UPDATE_FAILED", "update", "A later failure"),
    event(7, "UPDATE_ROLLBACK_IN_PROGRESS", "update", "The following resource(s) failed to update: [Bucket]."),
]


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("update", "Access denied for operation"),
        (None, "Access denied for operation"),
        ("create", "Older failure"),
        ("other", None),
    ],
)
def test_the_first_failing_event_of_an_operation_is_its_cause(token: str | None, expected: str | None) -> None:
    """Over all pages, newest first; what was merely cancelled is a consequence, an older operation another story."""
    sessions = StubbedSessions()
    newest_first = HISTORY[::-1]
    sessions.stub.add_response(
        "describe_stack_events", {"StackEvents": newest_first[:3], "NextToken": "more"}, {"StackName": STACK_ID}
    )
    sessions.stub.add_response(
        "describe_stack_events", {"StackEvents": newest_first[3:]}, {"StackName": ANY, "NextToken": "more"}
    )

    found = CloudFormationStacks(sessions).first_failure(project(), STACK_ID, token=token, person=PERSON)

    assert found == expected


def test_a_failed_validation_is_told_by_what_it_found() -> None:
    """The stack event only points to where the reason stands."""
    sessions = StubbedSessions()
    pointer = "Validation failed with 1 error(s). Call DescribeEvents to retrieve the full list of issues."
    stack_events = [event(2, "CREATE_FAILED", "create", pointer), begin(1, "CREATE_IN_PROGRESS", "create")]
    sessions.stub.add_response("describe_stack_events", {"StackEvents": stack_events}, {"StackName": STACK_ID})
    found = [{"EventType": "PROVISIONING_ERROR"}, {"ValidationStatusReason": "apples already exists."}]
    sessions.stub.add_response(
        "describe_events", {"OperationEvents": found}, {"StackName": STACK_ID, "Filters": {"FailedEvents": True}}
    )

    cause = CloudFormationStacks(sessions).first_failure(project(), STACK_ID, token="create", person=PERSON)

    assert cause == "apples already exists."


# ---- the life of a session


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
