"""Stack operations: statuses, refusals, events and notifications as CloudFormation documents them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

import json
import re
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import PROJECT, LocalCloud, StackDriver, Template


def topic(name: str, **properties: Any) -> dict[str, Any]:
    """Return an SNS topic, the cheapest resource there is."""
    return {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": name, **properties}}


def template(**resources: dict[str, Any]) -> Template:
    """Return a template of these resources."""
    return {"Resources": resources}


def broken_bucket(name: str) -> dict[str, Any]:
    """Return a bucket that fails to be created, after everything that it depends on."""
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"fail-create-{name}"}, "DependsOn": "Topic"}


def error_of(call: Any, **parameters: Any) -> tuple[str, str]:
    """Return code and message of the error that the call answers with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def story(events: list[dict[str, Any]], *, token: str | None = None) -> list[tuple[str, str]]:
    """Return who came to which status, in order; with a token, of that operation alone."""
    told = [event for event in events if token is None or event.get("ClientRequestToken") == token]
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in told]


def test_a_failed_creation_is_rolled_back_with_its_cause_told_first(stacks: StackDriver, unique: str) -> None:
    """The first failure is the resource's own; what was created is deleted; the stack stays as ROLLBACK_COMPLETE."""
    stack_id = stacks.create(unique, template(Topic=topic(unique), Bucket=broken_bucket(unique)))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "internal error" in stacks.first_failure(stack_id)
    assert story(stacks.events(stack_id)) == [
        (unique, "CREATE_IN_PROGRESS"),
        ("Topic", "CREATE_IN_PROGRESS"),
        ("Topic", "CREATE_COMPLETE"),
        ("Bucket", "CREATE_IN_PROGRESS"),
        ("Bucket", "CREATE_FAILED"),
        (unique, "ROLLBACK_IN_PROGRESS"),
        ("Topic", "DELETE_IN_PROGRESS"),
        ("Topic", "DELETE_COMPLETE"),
        (unique, "ROLLBACK_COMPLETE"),
    ]
    rollback = next(event for event in stacks.events(stack_id) if event["ResourceStatus"] == "ROLLBACK_IN_PROGRESS")
    expected = "The following resource(s) failed to create: [Bucket]. Rollback requested by user."
    assert rollback["ResourceStatusReason"] == expected


def test_what_has_no_reason_has_no_such_field(stacks: StackDriver, unique: str) -> None:
    """An event or stack without a reason leaves the field out, instead of giving an empty one."""
    stack_id = stacks.create(unique, template(Topic=topic(unique)))

    assert "StackStatusReason" not in stacks.describe(stack_id)
    assert [event.get("ResourceStatusReason") for event in stacks.events(stack_id)] == ["User Initiated", *[None] * 3]


def test_a_rolled_back_creation_can_only_be_deleted(stacks: StackDriver, unique: str) -> None:
    """Neither UpdateStack nor CreateStack accepts it; once it is deleted the name is free again."""
    body = template(Topic=topic(unique), Bucket=broken_bucket(unique))
    stack_id = stacks.create(unique, body)

    update = error_of(stacks.update, stack=stack_id, template=body)
    create = error_of(stacks.create, name=unique, template=body)
    deleted = stacks.delete(stack_id)
    again = stacks.create(unique, template(Topic=topic(unique)))

    assert update == ("ValidationError", f"Stack:{stack_id} is in ROLLBACK_COMPLETE state and can not be updated.")
    assert create == ("AlreadyExistsException", f"Stack [{unique}] already exists")
    assert deleted == "DELETE_COMPLETE"
    assert stacks.describe(again)["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize(
    ("on_failure", "status"),
    [("ROLLBACK", "ROLLBACK_COMPLETE"), ("DO_NOTHING", "CREATE_FAILED"), ("DELETE", "DELETE_COMPLETE")],
)
def test_on_failure_decides_what_becomes_of_a_failed_creation(
    stacks: StackDriver, unique: str, on_failure: str, status: str
) -> None:
    """ROLLBACK is the default, DO_NOTHING leaves what is there, DELETE leaves nothing."""
    body = template(Topic=topic(unique), Bucket=broken_bucket(unique))

    stack_id = stacks.create(unique, body, OnFailure=on_failure)

    deadline = time.monotonic() + 5
    while stacks.describe(stack_id)["StackStatus"] != status and time.monotonic() < deadline:
        time.sleep(0.02)
    assert stacks.describe(stack_id)["StackStatus"] == status


def test_a_failed_update_restores_what_was_there(cloud: LocalCloud, stacks: StackDriver, unique: str) -> None:
    """UPDATE_ROLLBACK_COMPLETE: properties, template, parameters and outputs are those from before the update."""
    sns = cloud.client("sns", PROJECT)
    before = template(Topic=topic(unique, DisplayName="before"))
    after = template(Topic=topic(unique, DisplayName="after"), Bucket=broken_bucket(unique))
    stack_id = stacks.create(unique, before)

    status = stacks.update(stack_id, after)

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    (arn,) = [found["TopicArn"] for found in sns.list_topics()["Topics"] if found["TopicArn"].endswith(f":{unique}")]
    assert sns.get_topic_attributes(TopicArn=arn)["Attributes"]["DisplayName"] == "before"
    assert stacks.cloudformation.get_template(StackName=stack_id)["TemplateBody"] == before
    assert "internal error" in stacks.first_failure(stack_id)
    assert stacks.update(stack_id, template(Topic=topic(unique, DisplayName="later"))) == "UPDATE_COMPLETE"


def test_a_bucket_whose_change_fails_keeps_its_old_settings(
    cloud: LocalCloud, stacks: StackDriver, unique: str
) -> None:
    """A name that begins with fail-update- fails every change of the bucket, for demonstrations and tests."""
    name = f"fail-update-{unique}"

    def bucket(days: int) -> Template:
        rules = [{"Id": "expire", "Status": "Enabled", "ExpirationInDays": days}]
        properties = {"BucketName": name, "LifecycleConfiguration": {"Rules": rules}}
        return template(Bucket={"Type": "AWS::S3::Bucket", "Properties": properties})

    stack_id = stacks.create(unique, bucket(30))

    status = stacks.update(stack_id, bucket(31))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    (rule,) = cloud.client("s3", PROJECT).get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rule["Expiration"] == {"Days": 30}


def test_a_bucket_that_fails_once_can_be_created_again(stacks: StackDriver, unique: str) -> None:
    """A name that begins with fail-create-once- fails its first creation alone."""
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"fail-create-once-{unique}"}}
    first = stacks.create(unique, template(Bucket=bucket))
    failed = stacks.describe(first)["StackStatus"]
    stacks.delete(first)

    second = stacks.create(unique, template(Bucket=bucket))

    assert failed == "ROLLBACK_COMPLETE"
    assert stacks.describe(second)["StackStatus"] == "CREATE_COMPLETE"


def test_an_update_tells_what_it_changes_and_nothing_else(stacks: StackDriver, unique: str) -> None:
    """Untouched resources have no events, new ones are created, removed ones deleted in the clean-up."""
    stack_id = stacks.create(
        unique,
        template(Kept=topic(f"{unique}-k"), Changed=topic(f"{unique}-c"), Removed=topic(f"{unique}-r")),
    )

    stacks.update(
        stack_id,
        template(Kept=topic(f"{unique}-k"), Changed=topic(f"{unique}-c", DisplayName="x"), Added=topic(f"{unique}-a")),
        ClientRequestToken=f"update-{unique}",
    )

    told = story(stacks.events(stack_id), token=f"update-{unique}")
    assert told[0] == (unique, "UPDATE_IN_PROGRESS")
    assert sorted(told[1:5]) == [
        ("Added", "CREATE_COMPLETE"),
        ("Added", "CREATE_IN_PROGRESS"),
        ("Changed", "UPDATE_COMPLETE"),
        ("Changed", "UPDATE_IN_PROGRESS"),
    ]
    assert told[5:] == [
        (unique, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("Removed", "DELETE_IN_PROGRESS"),
        ("Removed", "DELETE_COMPLETE"),
        (unique, "UPDATE_COMPLETE"),
    ]


def test_an_update_without_a_change_is_refused(stacks: StackDriver, unique: str) -> None:
    """Exactly CloudFormation's sentence."""
    body = template(Topic=topic(unique))
    stack_id = stacks.create(unique, body)

    refused = error_of(stacks.update, stack=stack_id, template=body)

    assert refused == ("ValidationError", "No updates are to be performed.")


def test_the_templates_own_metadata_is_no_change_but_a_resources_is(stacks: StackDriver, unique: str) -> None:
    """What a stack says of itself travels only along with a change that CloudFormation looks at."""
    body = template(Topic=topic(unique))
    stack_id = stacks.create(unique, body)
    marked = {**body, "Resources": {"Topic": {**topic(unique), "Metadata": {"Mark": 2}}}, "Metadata": {"Version": 2}}

    refused = error_of(stacks.update, stack=stack_id, template={**body, "Metadata": {"Version": 2}})
    stacks.update(stack_id, marked)

    assert refused == ("ValidationError", "No updates are to be performed.")
    assert stacks.describe(stack_id)["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.template(stack_id)["Metadata"] == {"Version": 2}


def test_a_deleted_stack_is_known_by_its_id_alone(stacks: StackDriver, unique: str) -> None:
    """Also when a younger stack has its name; by its name a deleted stack does not exist."""
    body = template(Topic=topic(unique))
    first = stacks.create(unique, body)
    stacks.delete(first)

    by_name = error_of(stacks.cloudformation.describe_stacks, StackName=unique)
    events_by_name = error_of(stacks.cloudformation.describe_stack_events, StackName=unique)
    second = stacks.create(unique, body)

    assert by_name == ("ValidationError", f"Stack with id {unique} does not exist")
    assert events_by_name[0] == "ValidationError"
    assert stacks.describe(first)["StackStatus"] == "DELETE_COMPLETE"
    assert "DeletionTime" in stacks.describe(first)
    assert stacks.events(first)[-1]["ResourceStatus"] == "DELETE_COMPLETE"
    assert stacks.describe(unique)["StackId"] == second


def test_a_repeated_request_with_the_same_token_starts_nothing(stacks: StackDriver, unique: str) -> None:
    """CreateStack, UpdateStack and DeleteStack are accepted again, and their events carry the token."""
    body, changed = template(Topic=topic(unique)), template(Topic=topic(unique, DisplayName="x"))
    first = stacks.start_create(unique, body, ClientRequestToken="create-1")
    during = stacks.start_create(unique, body, ClientRequestToken="create-1")
    stacks.settle(first)
    after = stacks.start_create(unique, body, ClientRequestToken="create-1")
    updated = [stacks.update(first, changed, ClientRequestToken="update-1") for _ in range(2)]
    misused = error_of(stacks.delete, stack_id=first, ClientRequestToken="update-1")
    deleted = [stacks.delete(first, ClientRequestToken="delete-1") for _ in range(2)]

    assert {first, during, after} == {first}
    assert updated == ["UPDATE_COMPLETE", "UPDATE_COMPLETE"]
    assert misused[0] == "TokenAlreadyExistsException"
    assert deleted == ["DELETE_COMPLETE", "DELETE_COMPLETE"]
    events = stacks.events(first)
    assert story(events).count((unique, "UPDATE_IN_PROGRESS")) == 1
    assert story(events).count((unique, "DELETE_IN_PROGRESS")) == 1
    assert {event["ClientRequestToken"] for event in events} == {"create-1", "update-1", "delete-1"}


def test_termination_protection_is_honoured(stacks: StackDriver, unique: str) -> None:
    """DeleteStack is refused until the protection is taken off."""
    stack_id = stacks.create(unique, template(Topic=topic(unique)), EnableTerminationProtection=True)

    refused = error_of(stacks.cloudformation.delete_stack, StackName=stack_id)
    stacks.cloudformation.update_termination_protection(StackName=stack_id, EnableTerminationProtection=False)

    assert refused[0] == "ValidationError"
    assert "TerminationProtection is enabled" in refused[1]
    assert stacks.delete(stack_id) == "DELETE_COMPLETE"


def test_the_template_comes_back_as_it_was_sent(stacks: StackDriver, unique: str) -> None:
    """Metadata included: a lost mirror is rebuilt from it."""
    body = {**template(Topic=topic(unique)), "Metadata": {"Stowage": {"Kind": "bucket", "Version": 3, "Spec": "e30"}}}
    stack_id = stacks.create(unique, body)

    assert stacks.cloudformation.get_template(StackName=stack_id)["TemplateBody"] == body


@pytest.mark.parametrize("by_change_set", [False, True])
def test_a_parameter_can_keep_its_previous_value(stacks: StackDriver, unique: str, *, by_change_set: bool) -> None:
    """UsePreviousValue works through UpdateStack and through a change set, while the other parameter changes."""
    body = {
        **template(Topic=topic(unique, DisplayName={"Fn::Sub": "${Kept}-${Changed}"})),
        "Parameters": {"Kept": {"Type": "String"}, "Changed": {"Type": "String"}},
        "Outputs": {"Both": {"Value": {"Fn::Sub": "${Kept}-${Changed}"}}},
    }
    values = {"Kept": "a", "Changed": "b"}
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
    stack_id = stacks.create(unique, body, Parameters=given)
    next_values = [
        {"ParameterKey": "Kept", "UsePreviousValue": True},
        {"ParameterKey": "Changed", "ParameterValue": "c"},
    ]

    if by_change_set:
        request = {"StackName": stack_id, "ChangeSetName": "next", "Parameters": next_values}
        stacks.cloudformation.create_change_set(**request, UsePreviousTemplate=True)
        for _ in range(2):
            stacks.cloudformation.execute_change_set(
                StackName=stack_id, ChangeSetName="next", ClientRequestToken="execute"
            )
        stacks.settle(stack_id)
    else:
        stacks.update(stack_id, body, Parameters=next_values)

    (output,) = stacks.describe(stack_id)["Outputs"]
    assert output["OutputValue"] == "a-c"


def test_every_event_is_published_to_the_topics_of_the_stack(
    cloud: LocalCloud, stacks: StackDriver, unique: str
) -> None:
    """In CloudFormation's text format, to the topics given at the creation, for its update and its deletion too."""
    sns, sqs = cloud.client("sns", PROJECT), cloud.client("sqs", PROJECT)
    arn = sns.create_topic(Name=f"{unique}-events")["TopicArn"]
    queue = sqs.create_queue(QueueName=unique)["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn, Attributes={"RawMessageDelivery": "true"})

    stack_id = stacks.create(
        unique, template(Topic=topic(unique)), NotificationARNs=[arn], ClientRequestToken="create-1"
    )
    described = stacks.describe(stack_id)
    stacks.update(stack_id, template(Topic=topic(unique, DisplayName="it's new")))
    stacks.delete(stack_id)

    messages = received(sqs, queue, expected=len(stacks.events(stack_id)))
    assert described["NotificationARNs"] == [arn]
    assert [message["EventId"] for message in messages] == [event["EventId"] for event in stacks.events(stack_id)]
    first = messages[0]
    assert first["StackId"] == stack_id
    assert first["StackName"] == first["LogicalResourceId"] == unique
    assert first["ResourceStatus"] == "CREATE_IN_PROGRESS"
    assert first["ResourceStatusReason"] == "User Initiated"
    assert first["ResourceType"] == "AWS::CloudFormation::Stack"
    assert first["Namespace"] == PROJECT
    assert first["ClientRequestToken"] == "create-1"
    assert messages[-1]["ResourceStatus"] == "DELETE_COMPLETE"
    assert messages[-1]["ClientRequestToken"] == "null"


def received(sqs: Any, queue: str, *, expected: int) -> list[dict[str, str]]:
    """Return the notifications of the queue, each read as its fields, once so many have come."""
    found: dict[str, dict[str, str]] = {}
    deadline = time.monotonic() + 10
    while len(found) < expected and time.monotonic() < deadline:
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1).get(
            "Messages", []
        ):
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
            fields = dict(re.findall(r"^(\w+)='(.*)'$", message["Body"], re.MULTILINE))
            found[fields["EventId"]] = fields
    return list(found.values())


def test_invalid_topics_are_refused(stacks: StackDriver, unique: str) -> None:
    """NotificationARNs must be ARNs of topics."""
    refused = error_of(
        stacks.start_create, name=unique, template=template(Topic=topic(unique)), NotificationARNs=["not-an-arn-at-all"]
    )

    assert refused[0] == "ValidationError"


@pytest.mark.parametrize(
    ("resource", "reason"),
    [
        (
            {"Type": "AWS::S3::Bucket", "Properties": {"AccelerateConfiguration": {}}},
            "The local cloud does not support the properties ['AccelerateConfiguration'] of AWS::S3::Bucket",
        ),
        (
            {"Type": "AWS::SNS::Topic", "Properties": {"TracingConfig": "Active"}},
            "The local cloud does not support the properties ['TracingConfig'] of AWS::SNS::Topic",
        ),
        (
            {"Type": "AWS::ECR::Repository", "Properties": {}},
            "The local cloud does not support the resource type AWS::ECR::Repository",
        ),
    ],
)
def test_what_the_local_cloud_does_not_apply_fails_loudly(
    stacks: StackDriver, unique: str, resource: dict[str, Any], reason: str
) -> None:
    """A property or type that would vanish fails its stack with a reason that names it."""
    stack_id = stacks.create(unique, template(Thing=resource))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.first_failure(stack_id) == reason


def test_a_type_that_does_not_exist_is_refused_at_once(stacks: StackDriver, unique: str) -> None:
    """As by CloudFormation, before there is a stack."""
    refused = error_of(stacks.start_create, name=unique, template=template(Thing={"Type": "AWS::S3::Buckett"}))

    assert refused == ("ValidationError", "Template format error: Unrecognized resource types: [AWS::S3::Buckett]")
