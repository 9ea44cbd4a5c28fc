"""Stack events as SNS brings them."""

import pytest

from stowage.domain.stack_events import StackEvent, UnreadableEventError, place_of, stack_event_from

STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-crate-apples/5c0a1d60-6f0d-11ef-8d2a-0a1b2c3d4e5f"
TOKEN = "s" + "0" * 64
FIELDS = {
    "StackId": STACK,
    "Timestamp": "2026-11-23T09:00:01.5Z",
    "EventId": "Bucket-CREATE_FAILED-2026-11-23T09:00:01.500Z",
    "LogicalResourceId": "Bucket",
    "Namespace": "111111111111",
    "PhysicalResourceId": "apples",
    "PrincipalId": "AROAEXAMPLE:mia",
    "ResourceProperties": '{"BucketName":"apples"}',
    "ResourceStatus": "CREATE_FAILED",
    "ResourceStatusReason": "No.",
    "ResourceType": "AWS::S3::Bucket",
    "StackName": "stowage-crate-apples",
    "ClientRequestToken": TOKEN,
}


def text(**fields: str | None) -> str:
    """Write an event as CloudFormation does; None leaves a field out."""
    return "".join(f"{name}='{value}'\n" for name, value in {**FIELDS, **fields}.items() if value is not None)


def test_the_allowed_fields_are_read_and_no_other() -> None:
    """Properties, namespace and principal are nowhere in what is read."""
    event = stack_event_from(text())

    assert event == StackEvent(
        stack_id=STACK,
        stack_name="stowage-crate-apples",
        event_id=FIELDS["EventId"],
        logical_id="Bucket",
        physical_id="apples",
        resource_type="AWS::S3::Bucket",
        status="CREATE_FAILED",
        reason="No.",
        at="2026-11-23T09:00:01.500Z",
        token=TOKEN,
    )
    assert event.place == ("111111111111", "eu-west-1")
    assert "BucketName" not in repr(event)


def test_a_reason_may_hold_quotation_marks_and_lines() -> None:
    """As S3's and IAM's do; what looks like an unknown field in it is its own text."""
    reason = "It isn't 'yours'.\nHint='ask'\nRequestID='1'"

    assert stack_event_from(text(ResourceStatusReason=reason)).reason == reason


def test_a_reason_is_cut() -> None:
    """It goes to every open page."""
    assert len(stack_event_from(text(ResourceStatusReason="x" * 5_000)).reason or "") == 300


@pytest.mark.parametrize("token", ["null", "", None])
def test_an_operation_without_a_token_has_none(token: str | None) -> None:
    """CloudFormation writes null for what people start without one."""
    assert stack_event_from(text(ClientRequestToken=token)).token is None


def test_the_stacks_own_event_is_told_from_a_nested_stacks() -> None:
    """The type alone does not tell: a nested stack is a resource of it."""
    own = text(ResourceType="AWS::CloudFormation::Stack", PhysicalResourceId=STACK)
    nested = text(ResourceType="AWS::CloudFormation::Stack", PhysicalResourceId=STACK + "-nested")

    assert stack_event_from(own).of_the_stack
    assert not stack_event_from(nested).of_the_stack


@pytest.mark.parametrize("field", ["ResourceStatusReason", "ResourceProperties", "PhysicalResourceId"])
@pytest.mark.parametrize("forged", ["ResourceStatus", "StackId", "ClientRequestToken"])
def test_a_value_that_poses_as_another_field_makes_the_event_unreadable(field: str, forged: str) -> None:
    """A manager's text may come back in a reason; none of it may pass for CloudFormation's word."""
    with pytest.raises(UnreadableEventError):
        stack_event_from(text(**{field: f"x'\n{forged}='DELETE_COMPLETE"}))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("StackId", "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-crate-pears/x"),
        ("StackId", "arn:aws:cloudformation:eu-west-1:11111111111:stack/stowage-crate-apples/x"),
        ("StackId", STACK + "/more"),
        ("StackName", "stowage_crate"),
        ("EventId", "a b"),
        ("EventId", "a#b"),
        ("LogicalResourceId", "<b>"),
        ("ResourceType", "AWS::S3::Bucket\u202e"),
        ("ResourceStatus", "create"),
        ("Timestamp", "yesterday"),
        ("Timestamp", "2026-13-23T09:00:01Z"),
        ("ClientRequestToken", "a'b"),
        ("PhysicalResourceId", "a\x00b"),
        *((name, None) for name in ("StackId", "StackName", "EventId", "ResourceStatus", "ResourceType", "Timestamp")),
    ],
)
def test_a_field_without_its_form_makes_the_event_unreadable(field: str, value: str | None) -> None:
    """And what is said of it quotes nothing."""
    with pytest.raises(UnreadableEventError) as refusal:
        stack_event_from(text(**{field: value}))

    assert value is None or value not in str(refusal.value)


@pytest.mark.parametrize("whole", ["", "hello", "{}", "StackId='x", "\nStackId='x'\n", "StackId=x\n", "x" * 300_000])
def test_another_text_is_no_event(whole: str) -> None:
    """SNS can carry anything."""
    with pytest.raises(UnreadableEventError):
        stack_event_from(whole)


def test_a_place_is_read_of_a_stacks_id_alone() -> None:
    """Account and region, or nothing."""
    assert place_of(STACK) == ("111111111111", "eu-west-1")
    with pytest.raises(UnreadableEventError):
        place_of("arn:aws:s3:::apples")
