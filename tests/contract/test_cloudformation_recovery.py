"""Cancelling an update, continuing or asking for a rollback, deleting with retained resources: as CloudFormation does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html
"""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.conftest import PROJECT, LocalCloud, StackDriver, Template
from tests.contract.test_cloudformation_stacks import error_of, story, template, topic

STEP_SECONDS = 0.5


@pytest.fixture(scope="module")
def slow_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """Serve this module from a cloud whose projects' resources take a while."""
    slow = LocalCloud(tmp_path_factory.mktemp("slow"), step_seconds=STEP_SECONDS)
    slow.start()
    yield slow
    slow.stop()


@pytest.fixture
def slow(slow_cloud: LocalCloud) -> StackDriver:
    """Drive the stacks of the project in the slow cloud."""
    return StackDriver(slow_cloud.client("cloudformation", PROJECT))


def bucket(name: str, days: int | None = None, **fields: Any) -> dict[str, Any]:
    """Return a bucket, with a lifecycle of so many days."""
    properties: dict[str, Any] = {"BucketName": name}
    if days:
        rules = [{"Id": "expire", "Status": "Enabled", "ExpirationInDays": days}]
        properties["LifecycleConfiguration"] = {"Rules": rules}
    return {"Type": "AWS::S3::Bucket", "Properties": properties, **fields}


def start_update(stacks: StackDriver, stack: str, body: Template, **parameters: Any) -> None:
    """Update a stack and return at once."""
    stacks.cloudformation.update_stack(
        StackName=stack, TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_NAMED_IAM"], **parameters
    )


def statuses(stacks: StackDriver, stack: str, *, since: str) -> list[str]:
    """Return the statuses of the stack itself, from the last `since` on."""
    told = [
        event["ResourceStatus"] for event in stacks.events(stack) if event["LogicalResourceId"] == event["StackName"]
    ]
    return told[len(told) - 1 - told[::-1].index(since) :]


def wait_for(stacks: StackDriver, stack: str, status: str, resource: str | None = None) -> None:
    """Wait until the stack, or a resource of it, has told this status."""
    deadline = time.monotonic() + 10
    while not any(
        event["ResourceStatus"] == status and event["LogicalResourceId"] == (resource or event["StackName"])
        for event in stacks.events(stack)
    ):
        assert time.monotonic() < deadline, story(stacks.events(stack))
        time.sleep(0.02)


def resource(stacks: StackDriver, stack: str, logical_id: str) -> tuple[str, str]:
    """Return a resource's status and its reason."""
    found = stacks.cloudformation.describe_stack_resources(StackName=stack, LogicalResourceId=logical_id)
    (told,) = found["StackResources"]
    return told["ResourceStatus"], told.get("ResourceStatusReason", "")


@pytest.mark.parametrize("last", [True, False])
def test_a_cancelled_update_is_rolled_back(
    slow_cloud: LocalCloud, slow: StackDriver, unique: str, *, last: bool
) -> None:
    """What was under way is given up, what was changed goes back; the events carry the cancellation's token."""
    name = f"{unique}-b"
    depending = {"DependsOn": "First"}
    first = bucket(f"{unique}-a", 1)
    stack = slow.create(unique, template(First=first, Second=bucket(name, 1, **depending)))
    after = template(First=bucket(f"{unique}-a", 2), Second=bucket(name, 2, **depending))

    start_update(slow, stack, after, ClientRequestToken="update")
    wait_for(slow, stack, "UPDATE_IN_PROGRESS", "Second" if last else "First")
    slow.cloudformation.cancel_update_stack(StackName=stack, ClientRequestToken="cancel")
    slow.cloudformation.cancel_update_stack(StackName=stack, ClientRequestToken="cancel")
    asked = time.monotonic()
    wait_for(slow, stack, "UPDATE_ROLLBACK_IN_PROGRESS")
    seconds = time.monotonic() - asked
    settled = slow.settle(stack)

    assert (settled, seconds < STEP_SECONDS / 2) == ("UPDATE_ROLLBACK_COMPLETE", True)
    assert statuses(slow, stack, since="UPDATE_IN_PROGRESS") == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert slow.first_failure(stack) == "Resource update cancelled"
    rollback = [event for event in slow.events(stack) if event["ResourceStatus"] == "UPDATE_ROLLBACK_IN_PROGRESS"]
    assert [(event["ResourceStatusReason"], event["ClientRequestToken"]) for event in rollback] == [
        ("User Initiated", "cancel")
    ]
    s3 = slow_cloud.client("s3", PROJECT)
    for found in (f"{unique}-a", name):
        (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=found)["Rules"]
        assert rule["Expiration"] == {"Days": 1}
    assert slow.update(stack, after) == "UPDATE_COMPLETE"


def test_only_an_update_in_progress_is_cancelled(slow: StackDriver, unique: str) -> None:
    """Neither a creation, nor a clean-up, nor a rollback, nor what has ended."""
    stack = slow.start_create(unique, template(Bucket=bucket(unique, 1)))
    cancel = slow.cloudformation.cancel_update_stack
    expected = ("ValidationError", "CancelUpdateStack cannot be called from current stack status")

    creating = error_of(cancel, StackName=stack)
    slow.settle(stack)
    ended = error_of(cancel, StackName=stack)
    start_update(slow, stack, template(Bucket=bucket(unique, 2)))
    wait_for(slow, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    cleaning = error_of(cancel, StackName=stack)
    slow.settle(stack)
    start_update(slow, stack, template(Bucket=bucket(unique, 3)))
    cancel(StackName=stack)
    wait_for(slow, stack, "UPDATE_ROLLBACK_IN_PROGRESS")
    rolling_back = error_of(cancel, StackName=stack)

    assert [creating, ended, cleaning, rolling_back] == [expected] * 4
    assert slow.settle(stack) == "UPDATE_ROLLBACK_COMPLETE"


def test_a_clean_up_is_a_status_that_can_be_seen(slow: StackDriver, unique: str) -> None:
    """An update is complete only after its clean-up, with and without leftovers; until then nothing else may run."""
    stack = slow.create(unique, template(Bucket=bucket(unique, 1)))

    start_update(slow, stack, template(Bucket=bucket(unique, 2)))
    wait_for(slow, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    described = slow.describe(stack)["StackStatus"]
    update = error_of(start_update, stacks=slow, stack=stack, body=template(Bucket=bucket(unique, 3)))
    delete = error_of(slow.cloudformation.delete_stack, StackName=stack)

    assert described == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    assert update[1] == f"Stack:{stack} is in {described} state and can not be updated."
    assert delete[1] == f"Stack [{stack}] cannot be deleted while in status {described}"
    assert slow.settle(stack) == "UPDATE_COMPLETE"


def test_a_clean_up_that_a_restart_interrupts_is_complete(slow_cloud: LocalCloud, unique: str) -> None:
    """Everything was in place already."""
    slow = StackDriver(slow_cloud.client("cloudformation", PROJECT))
    stack = slow.create(unique, template(Bucket=bucket(unique, 1)))
    start_update(slow, stack, template(Bucket=bucket(unique, 2)))
    wait_for(slow, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")

    slow_cloud.restart()

    assert slow.settle(stack) == "UPDATE_COMPLETE"
    (rule,) = slow_cloud.client("s3", PROJECT).get_bucket_lifecycle_configuration(Bucket=unique)["Rules"]
    assert rule["Expiration"] == {"Days": 2}


@pytest.mark.parametrize(("often", "calls"), [("once", 1), ("twice", 2)])
def test_a_rollback_that_is_stuck_is_continued(
    cloud: LocalCloud, stacks: StackDriver, unique: str, often: str, calls: int
) -> None:
    """UPDATE_ROLLBACK_FAILED names the resource, allows no update, and ends in UPDATE_ROLLBACK_COMPLETE."""
    name = f"fail-rollback-{often}-{unique}"
    stack = stacks.create(unique, template(Bucket=bucket(name, 1)))
    proceed = stacks.cloudformation.continue_update_rollback
    ended = []

    stuck = stacks.update(stack, template(Bucket=bucket(name, 2)))
    reason = stacks.describe(stack)["StackStatusReason"]
    status, cause = resource(stacks, stack, "Bucket")
    update = error_of(start_update, stacks=stacks, stack=stack, body=template(Bucket=bucket(name, 3)))
    for call in range(calls):
        proceed(StackName=stack, ClientRequestToken=f"continue-{call}")
        proceed(StackName=stack, ClientRequestToken=f"continue-{call}")
        ended.append(stacks.settle(stack))

    assert (stuck, reason) == ("UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: [Bucket].")
    assert (status, "internal error" in cause) == ("UPDATE_FAILED", True)
    assert update[1] == f"Stack:{stack} is in UPDATE_ROLLBACK_FAILED state and can not be updated."
    assert ended == ["UPDATE_ROLLBACK_FAILED"] * (calls - 1) + ["UPDATE_ROLLBACK_COMPLETE"]
    assert story(stacks.events(stack), token=f"continue-{calls - 1}") == [
        (unique, "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Bucket", "UPDATE_IN_PROGRESS"),
        ("Bucket", "UPDATE_COMPLETE"),
        (unique, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        (unique, "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert resource(stacks, stack, "Bucket") == ("UPDATE_COMPLETE", "")
    (rule,) = cloud.client("s3", PROJECT).get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert rule["Expiration"] == {"Days": 1}


def test_a_resource_that_cannot_be_rolled_back_is_skipped(stacks: StackDriver, unique: str) -> None:
    """ResourcesToSkip takes only what failed in the rollback; the stack is usable again."""
    name = f"fail-rollback-{unique}"
    stack = stacks.create(unique, template(Bucket=bucket(name, 1), Topic=topic(unique)))
    stacks.update(stack, template(Bucket=bucket(name, 2), Topic=topic(unique)))
    proceed = stacks.cloudformation.continue_update_rollback

    proceed(StackName=stack)
    again = stacks.settle(stack)
    other = error_of(proceed, StackName=stack, ResourcesToSkip=["Topic"])
    forced = error_of(proceed, StackName=stack, ForceRollback=True)
    proceed(StackName=stack, ResourcesToSkip=["Bucket"])

    assert (again, stacks.settle(stack)) == ("UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_COMPLETE")
    assert (other[0], "Topic" in other[1]) == ("ValidationError", True)
    assert "does not support" in forced[1]
    assert resource(stacks, stack, "Bucket")[0] == "UPDATE_COMPLETE"
    later = template(Topic=topic(unique, DisplayName="later"), Bucket=bucket(name, 1))
    assert stacks.update(stack, later) == "UPDATE_COMPLETE"


def test_only_a_rollback_that_failed_is_continued(stacks: StackDriver, unique: str) -> None:
    """Any other status refuses ContinueUpdateRollback and RollbackStack."""
    stack = stacks.create(unique, template(Topic=topic(unique)))

    for call in (stacks.cloudformation.continue_update_rollback, stacks.cloudformation.rollback_stack):
        code, message = error_of(call, StackName=stack)
        assert (code, "cannot be called from current stack status" in message) == ("ValidationError", True)


@pytest.mark.parametrize("action", ["create", "update"])
def test_what_failed_with_its_rollback_disabled_is_rolled_back_on_request(
    cloud: LocalCloud, stacks: StackDriver, unique: str, action: str
) -> None:
    """RollbackStack leads from CREATE_FAILED to ROLLBACK_COMPLETE, from UPDATE_FAILED to UPDATE_ROLLBACK_COMPLETE."""
    broken = bucket(f"fail-create-{unique}", DependsOn="Topic")
    if action == "create":
        stack = stacks.create(unique, template(Topic=topic(unique), Bucket=broken), DisableRollback=True)
    else:
        stack = stacks.create(unique, template(Topic=topic(unique, DisplayName="before")))
        after = template(Topic=topic(unique, DisplayName="after"), Bucket=broken)
        stacks.update(stack, after, DisableRollback=True)
    failed = stacks.describe(stack)["StackStatus"]

    for _ in range(2):
        stacks.cloudformation.rollback_stack(StackName=stack, ClientRequestToken="rollback")
    settled = stacks.settle(stack)

    sns = cloud.client("sns", PROJECT)
    topics = [found["TopicArn"] for found in sns.list_topics()["Topics"] if found["TopicArn"].endswith(f":{unique}")]
    if action == "create":
        assert (failed, settled, topics) == ("CREATE_FAILED", "ROLLBACK_COMPLETE", [])
    else:
        assert (failed, settled) == ("UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE")
        assert sns.get_topic_attributes(TopicArn=topics[0])["Attributes"]["DisplayName"] == "before"
        told = statuses(stacks, stack, since="UPDATE_ROLLBACK_IN_PROGRESS")
        assert told[1:] == ["UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
    tokens = {e.get("ClientRequestToken") for e in stacks.events(stack) if "ROLLBACK" in e["ResourceStatus"]}
    assert tokens == {"rollback"}


def test_a_resource_is_retained_only_by_a_deletion_that_failed_before(
    cloud: LocalCloud, stacks: StackDriver, unique: str
) -> None:
    """A bucket that is not empty fails the deletion; then it may be kept, or emptied and deleted after all."""
    s3 = cloud.client("s3", PROJECT)
    stack = stacks.create(unique, template(Bucket=bucket(unique), Topic=topic(unique)))
    s3.put_object(Bucket=unique, Key="kept", Body=b"data")
    delete = stacks.cloudformation.delete_stack

    early = error_of(delete, StackName=stack, RetainResources=["Bucket"])
    failed = stacks.delete(stack)
    status, reason = resource(stacks, stack, "Bucket")
    unknown = error_of(delete, StackName=stack, RetainResources=["Other"])
    retained = stacks.delete(stack, RetainResources=["Bucket"])

    assert (early[0], "DELETE_FAILED" in early[1]) == ("ValidationError", True)
    assert (failed, status) == ("DELETE_FAILED", "DELETE_FAILED")
    assert "The bucket you tried to delete is not empty" in reason
    assert unknown[0] == "ValidationError"
    assert retained == "DELETE_COMPLETE"
    assert ("Bucket", "DELETE_SKIPPED") in story(stacks.events(stack))
    assert s3.get_object(Bucket=unique, Key="kept")["Body"].read() == b"data"
