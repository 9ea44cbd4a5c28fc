"""Stacks take their time in projects' accounts, hold nobody up, and outlive the local cloud's restart."""

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import HUB, PROJECT, CloudFactory, LocalCloud, StackDriver, Template

STEP_SECONDS = 0.6


@pytest.fixture(scope="module")
def slow_cloud(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Serve this module from a cloud whose projects' resources take a while."""
    slow = LocalCloud(tmp_path_factory.mktemp("slow"), step_seconds=STEP_SECONDS)
    slow.start()
    yield slow
    slow.stop()


def bucket(name: str, days: int | None = None) -> Template:
    """Return a template of one bucket, with a lifecycle of so many days."""
    properties: dict[str, Any] = {"BucketName": name}
    if days:
        rules = [{"Id": "expire", "Status": "Enabled", "ExpirationInDays": days}]
        properties["LifecycleConfiguration"] = {"Rules": rules}
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": properties}}}


def stacks_of(cloud: LocalCloud, account: str = PROJECT) -> StackDriver:
    """Drive the stacks of an account of this cloud."""
    return StackDriver(cloud.client("cloudformation", account))


def message_of(call: Any, **parameters: Any) -> str:
    """Return the message of the error that the call answers with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return str(raised.value.response["Error"]["Message"])


def wait_for(stacks: StackDriver, stack_id: str, status: str) -> None:
    """Wait until the stack has this status."""
    deadline = time.monotonic() + 5
    while (found := stacks.describe(stack_id)["StackStatus"]) != status:
        assert time.monotonic() < deadline, f"{stack_id} is {found}, not {status}"
        time.sleep(0.02)


def test_progress_can_be_watched_while_others_are_answered(slow_cloud: LocalCloud, unique: str) -> None:
    """CREATE_IN_PROGRESS stands for the step's time, and another request takes a fraction of it."""
    stacks = stacks_of(slow_cloud)
    begun = time.monotonic()
    stack_id = stacks.start_create(unique, bucket(unique))

    asked = time.monotonic()
    slow_cloud.client("sts").get_caller_identity()
    answered_seconds = time.monotonic() - asked
    status = stacks.describe(stack_id)["StackStatus"]
    stacks.settle(stack_id)

    assert status == "CREATE_IN_PROGRESS"
    assert answered_seconds < STEP_SECONDS / 2
    assert time.monotonic() - begun >= STEP_SECONDS


def test_the_hub_is_not_slowed_down(slow_cloud: LocalCloud, unique: str) -> None:
    """Its own deployment has dozens of resources."""
    stacks = stacks_of(slow_cloud, HUB)
    begun = time.monotonic()

    stacks.create(unique, bucket(unique))

    assert time.monotonic() - begun < STEP_SECONDS


def test_a_stack_in_progress_is_neither_updated_nor_deleted(slow_cloud: LocalCloud, unique: str) -> None:
    """CloudFormation's own sentences."""
    stacks = stacks_of(slow_cloud)
    stack_id = stacks.create(unique, bucket(unique))
    stacks.cloudformation.update_stack(StackName=stack_id, TemplateBody=str(bucket(unique, 1)).replace("'", '"'))

    update = message_of(stacks.update, stack=stack_id, template=bucket(unique, 2))
    delete = message_of(stacks.cloudformation.delete_stack, StackName=stack_id)
    stacks.settle(stack_id)

    assert update == f"Stack:{stack_id} is in UPDATE_IN_PROGRESS state and can not be updated."
    assert delete == f"Stack [{stack_id}] cannot be deleted while in status UPDATE_IN_PROGRESS"


def test_a_stack_deleted_while_it_is_created_goes_away(slow_cloud: LocalCloud, unique: str) -> None:
    """DeleteStack is accepted during the creation, and nothing of the stack stays."""
    stacks = stacks_of(slow_cloud)
    stack_id = stacks.start_create(unique, bucket(unique))

    stacks.cloudformation.delete_stack(StackName=stack_id)
    wait_for(stacks, stack_id, "DELETE_COMPLETE")

    names = {found["Name"] for found in slow_cloud.client("s3", PROJECT).list_buckets()["Buckets"]}
    assert unique not in names


def test_what_a_restart_interrupts_comes_to_an_end(start_cloud: CloudFactory, unique: str) -> None:
    """A creation and an update are rolled back, a deletion is carried on; settings and topics survive."""
    private = start_cloud(step_seconds=STEP_SECONDS)
    stacks, s3 = stacks_of(private), private.client("s3", PROJECT)
    topic = private.client("sns", PROJECT).create_topic(Name=unique)["TopicArn"]
    control = private.client("s3control", PROJECT)
    blocked = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    control.put_public_access_block(AccountId=PROJECT, PublicAccessBlockConfiguration=blocked)
    updated = stacks.start_create(f"{unique}-u", bucket(f"{unique}-u", 30), NotificationARNs=[topic])
    deleted = stacks.start_create(f"{unique}-d", bucket(f"{unique}-d"))
    stacks.settle(updated)
    stacks.settle(deleted)
    stacks.cloudformation.update_stack(
        StackName=updated, TemplateBody=str(bucket(f"{unique}-u", 31)).replace("'", '"'), ClientRequestToken="again"
    )
    created = stacks.start_create(f"{unique}-c", bucket(f"{unique}-c"), ClientRequestToken="first")
    stacks.cloudformation.delete_stack(StackName=deleted)

    private.restart()

    assert [stacks.settle(stack) for stack in (created, updated, deleted)] == [
        "ROLLBACK_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "DELETE_COMPLETE",
    ]
    assert stacks.first_failure(created) == "The local cloud was stopped during the operation."
    assert {found["Name"] for found in s3.list_buckets()["Buckets"]} == {f"{unique}-u"}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=f"{unique}-u")["Rules"]
    assert rule["Expiration"] == {"Days": 30}
    assert stacks.describe(updated)["NotificationARNs"] == [topic]
    assert control.get_public_access_block(AccountId=PROJECT)["PublicAccessBlockConfiguration"] == blocked
    repeated = stacks.start_create(f"{unique}-c", bucket(f"{unique}-c"), ClientRequestToken="first")
    assert repeated == created
    assert stacks.update(updated, bucket(f"{unique}-u", 32)) == "UPDATE_COMPLETE"
