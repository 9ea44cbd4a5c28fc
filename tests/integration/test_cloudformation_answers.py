"""What CloudFormation answers, and what it means: on botocore's stubber, where moto is silent."""

import json
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.stub import ANY, Stubber

from stowage.adapters.cloudformation import TEMPLATE_BYTES, CloudFormationStacks
from stowage.adapters.sts import ProjectSessions
from stowage.catalog.metadata import template_metadata
from stowage.domain.errors import (
    AccessDeniedError,
    ServiceUnavailableError,
    StackBusyError,
    StackMissingError,
    StackQuotaReachedError,
    StowageError,
    TemplateTooLargeError,
    ThrottledError,
)
from stowage.domain.kinds import RenderRequest
from stowage.domain.stacks import NewestOperation, Stuck
from tests.integration.conftest import REGION
from tests.integration.stack_operations import NAME, PERSON, STACK_ID, operation, template
from tests.unit.fakes.clock import START
from tests.unit.fakes.people import project


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


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "UnrecognizedClientException", "ExpiredTokenException"])
def test_a_session_that_aws_does_not_know_is_renewed(code: str) -> None:
    """It was revoked, or has not arrived everywhere yet: that is no refusal by the project."""
    stacks, sessions = refusing(
        "update_stack", code, "The security token included in the request is invalid", status=403
    )

    with pytest.raises(ServiceUnavailableError):
        stacks.update(operation())

    assert sessions.forgotten == [NAME]


def test_a_used_up_quota_is_told_with_its_figure_and_not_tried_again() -> None:
    """Elsewhere LimitExceededException is throttling; CloudFormation means the number of stacks."""
    stacks, _ = refusing("create_stack", "LimitExceededException", "Limit for stack has been exceeded")

    with pytest.raises(StackQuotaReachedError, match=r"2,000.*Limit for stack has been exceeded"):
        stacks.create(operation())


def test_a_template_over_the_limit_is_refused_before_any_call() -> None:
    """With the figure."""
    large = {"Description": "ü" * (TEMPLATE_BYTES // 2)}

    with pytest.raises(TemplateTooLargeError, match=r"51,2[0-9]{2} bytes"):
        CloudFormationStacks(StubbedSessions()).create(operation(template=large))


ASKED = RenderRequest(project=project(), name="apples", spec={"description": "Äpfel"}, version=3)


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
    event(
        7,
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "update",
        "The following resource(s) failed to update: [Bucket].",
        ResourceType="AWS::CloudFormation::Stack",
        PhysicalResourceId=STACK_ID,
    ),
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


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (7, NewestOperation(token="update", status="UPDATE_ROLLBACK_IN_PROGRESS")),
        (2, NewestOperation(token="create", status="CREATE_IN_PROGRESS")),
        (0, None),
    ],
)
def test_the_newest_event_of_the_stack_itself_tells_its_operation(
    newest: int, expected: NewestOperation | None
) -> None:
    """Whatever its resources have said since, nested stacks among them."""
    nested = event(9, "UPDATE_COMPLETE", "other", ResourceType="AWS::CloudFormation::Stack")
    events = [*HISTORY[:newest], nested] if newest else []
    sessions = StubbedSessions()
    sessions.stub.add_response("describe_stack_events", {"StackEvents": events[::-1]}, {"StackName": STACK_ID})

    found = CloudFormationStacks(sessions).newest_operation(project(), STACK_ID, person=PERSON)

    assert found == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (json.dumps({"Metadata": template_metadata("bucket", ASKED), "Resources": {}}), {"description": "Äpfel"}),
        (json.dumps({"Resources": {}}), None),
        ("Resources: {}", None),
    ],
)
def test_a_stacks_own_template_tells_what_was_asked_for(body: str, expected: dict[str, str] | None) -> None:
    """As it was submitted; one that is not of Stowage's making tells nothing."""
    sessions = StubbedSessions()
    asked = {"StackName": STACK_ID, "TemplateStage": "Original"}
    sessions.stub.add_response("get_template", {"TemplateBody": body}, asked)

    assert CloudFormationStacks(sessions).spec_of(project(), STACK_ID, person=PERSON) == expected


def test_a_stack_without_events_or_template_tells_nothing() -> None:
    """It is gone."""
    stacks, _ = refusing("describe_stack_events", "ValidationError", f"Stack [{NAME}] does not exist")
    assert stacks.newest_operation(project(), STACK_ID, person=PERSON) is None

    stacks, _ = refusing("get_template", "ValidationError", f"Stack with id {NAME} does not exist")
    assert stacks.spec_of(project(), STACK_ID, person=PERSON) is None


def test_a_description_tells_when_the_last_update_or_the_creation_began() -> None:
    """By CloudFormation's own clock: later with each operation that could leave the same status."""
    described: dict[str, Any] = {
        "StackId": STACK_ID,
        "StackName": NAME,
        "CreationTime": START,
        "StackStatus": "UPDATE_COMPLETE",
    }
    sessions = StubbedSessions()
    for update in ({"LastUpdatedTime": START + timedelta(seconds=1)}, {}):
        sessions.stub.add_response("describe_stacks", {"Stacks": [{**described, **update}]}, {"StackName": NAME})
    stacks = CloudFormationStacks(sessions)

    found = [stacks.describe(project(), NAME, person=PERSON) for _ in range(2)]

    assert [stack and stack.updated_at for stack in found] == ["2026-11-23T09:00:01.000Z", "2026-11-23T09:00:00.000Z"]


def test_a_validation_that_may_not_be_read_leaves_the_pointer_to_it() -> None:
    """The stack event's own reason is less, and still the cause: what is denied here is not why the change failed."""
    sessions = StubbedSessions()
    pointer = "Validation failed with 1 error(s). Call DescribeEvents to retrieve the full list of issues."
    stack_events = [event(2, "CREATE_FAILED", "create", pointer), begin(1, "CREATE_IN_PROGRESS", "create")]
    sessions.stub.add_response("describe_stack_events", {"StackEvents": stack_events}, {"StackName": STACK_ID})
    sessions.stub.add_client_error("describe_events", "AccessDenied", "not authorized", http_status_code=403)

    cause = CloudFormationStacks(sessions).first_failure(project(), STACK_ID, token="create", person=PERSON)

    assert cause == pointer


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


def test_the_ways_out_of_trouble_are_asked_for_whole() -> None:
    """By the stack's id and a token of their own; nothing is ever skipped."""
    sessions = StubbedSessions()
    stacks = CloudFormationStacks(sessions)
    asked = {"StackName": STACK_ID, "ClientRequestToken": "token"}
    with_role = {**asked, "RoleARN": project().service_role_arn}
    sessions.stub.add_response("cancel_update_stack", {}, asked)
    sessions.stub.add_response("continue_update_rollback", {}, with_role)
    sessions.stub.add_response("rollback_stack", {"StackId": STACK_ID}, with_role)

    stacks.cancel_update(project(), STACK_ID, token="token", person=PERSON)
    stacks.continue_rollback(project(), STACK_ID, token="token", person=PERSON)
    stacks.roll_back(project(), STACK_ID, token="token", person=PERSON)

    sessions.stub.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("operation_name", "sentence"),
    [
        ("cancel_update_stack", "CancelUpdateStack cannot be called from current stack status"),
        ("continue_update_rollback", f"Stack:{STACK_ID} is in UPDATE_COMPLETE state and can not continue."),
        ("rollback_stack", f"Stack:{STACK_ID} is in UPDATE_COMPLETE state and can not be rolled back."),
    ],
)
def test_what_cannot_be_done_in_this_status_is_busy(operation_name: str, sentence: str) -> None:
    """Whoever asked waits, or looks again."""
    stacks, _ = refusing(operation_name, "ValidationError", sentence)
    verb = {
        "cancel_update_stack": stacks.cancel_update,
        "continue_update_rollback": stacks.continue_rollback,
        "rollback_stack": stacks.roll_back,
    }[operation_name]

    with pytest.raises(StackBusyError):
        verb(project(), STACK_ID, token="token", person=PERSON)


def test_a_stuck_rollback_tells_the_resource_and_counts_our_own_continuations() -> None:
    """Newest first, as CloudFormation gives them; the automatic rollback carries the update's token."""
    sessions = StubbedSessions()
    ours, foreign = ["s" + digit * 64 for digit in "ab"], "Console-ContinueUpdateRollback"

    def event(status: str, token: str, reason: str = "", resource: str = "") -> dict[str, Any]:
        kind = "AWS::S3::Bucket" if resource else "AWS::CloudFormation::Stack"
        told = {"StackId": STACK_ID, "EventId": f"e-{status}-{token}-{resource}", "StackName": NAME, "Timestamp": START}
        told |= {"ResourceType": kind, "LogicalResourceId": resource or NAME, "ResourceStatus": status}
        told |= {"PhysicalResourceId": "b" if resource else STACK_ID, "ClientRequestToken": token}
        return {**told, "ResourceStatusReason": reason} if reason else told

    events = [event("UPDATE_ROLLBACK_FAILED", ours[1], "The following resource(s) failed to update: [Bucket].")]
    for token in (ours[1], foreign, ours[0], "update"):
        events.append(event("UPDATE_FAILED", token, f"No, said {token}.", "Bucket"))
        events.append(event("UPDATE_ROLLBACK_IN_PROGRESS", token))
    events.append(event("UPDATE_IN_PROGRESS", "update"))
    events.append(event("UPDATE_ROLLBACK_IN_PROGRESS", "s" + "c" * 64))
    sessions.stub.add_response("describe_stack_events", {"StackEvents": events}, {"StackName": STACK_ID})

    found = CloudFormationStacks(sessions).stuck(project(), STACK_ID, person=PERSON)

    assert found == Stuck(resource="Bucket", reason=f"No, said {ours[1]}.", continued=2)


def test_a_deletion_that_keeps_something_names_it() -> None:
    """By its logical id; CloudFormation takes that of a stack in DELETE_FAILED alone."""
    sessions = StubbedSessions()
    expected = {"StackName": STACK_ID, "RoleARN": project().service_role_arn, "ClientRequestToken": "t"}
    sessions.stub.add_response("delete_stack", {}, {**expected, "RetainResources": ["Bucket"]})

    CloudFormationStacks(sessions).delete(project(), STACK_ID, token="t", person=PERSON, retain=("Bucket",))

    sessions.stub.assert_no_pending_responses()


def test_more_resources_than_cloudformation_takes_are_refused_before_any_call() -> None:
    """With the figure."""
    many = {"Resources": {f"Queue{number}": {"Type": "AWS::SQS::Queue"} for number in range(501)}}

    with pytest.raises(TemplateTooLargeError, match="501 resources"):
        CloudFormationStacks(StubbedSessions()).update(operation(template=many))


def test_what_stands_of_a_stack_is_told_by_each_resources_newest_event() -> None:
    """Also what a failed deletion never came to; what was kept on purpose is none of it."""
    sessions = StubbedSessions()
    events = [
        event(
            9, "DELETE_FAILED", "d", "Denied.", ResourceType="AWS::CloudFormation::Stack", PhysicalResourceId=STACK_ID
        ),
        event(8, "DELETE_FAILED", "d", "Denied."),
        event(7, "DELETE_COMPLETE", "d", logical="Key"),
        event(6, "DELETE_SKIPPED", "d", logical="Policy"),
        begin(5, "DELETE_IN_PROGRESS", "d"),
        *(
            event(4 - index, "CREATE_COMPLETE", "c", logical=name)
            for index, name in enumerate(("Bucket", "Key", "Role"))
        ),
        begin(0, "CREATE_IN_PROGRESS", "c"),
    ]
    sessions.stub.add_response("describe_stack_events", {"StackEvents": events}, {"StackName": STACK_ID})

    left = CloudFormationStacks(sessions).leftovers(project(), STACK_ID, person=PERSON)

    assert left == ("Bucket (AWS::S3::Bucket apples)", "Role (AWS::S3::Bucket apples)")


def test_a_stack_that_is_gone_leaves_nothing() -> None:
    """Or nothing that could be told."""
    stacks, _ = refusing("describe_stack_events", "ValidationError", f"Stack [{STACK_ID}] does not exist")

    assert stacks.leftovers(project(), STACK_ID, person=PERSON) == ()
