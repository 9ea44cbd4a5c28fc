"""Trouble, and what a manager does about it: every action that a resource's state allows, and the stop of a change."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.client import Session
from tests.e2e.conftest import Aws
from tests.e2e.test_main_job import ATLAS, SPEC

pytestmark = pytest.mark.e2e


def named(trouble: str) -> str:
    """Give a name that asks for trouble (docs/rehearsals.md)."""
    return f"{trouble}-{secrets.token_hex(5)}"


def read(session: Session, name: str) -> dict[str, Any]:
    """Read the bucket."""
    found: dict[str, Any] = session.http.get(f"projects/atlas/buckets/{name}").json()
    return found


def ended(session: Session, answer: Any) -> dict[str, Any]:
    """Wait for the end of the change that an answer tells of."""
    assert answer.status_code == 202, answer.text
    return session.wait_for_change("atlas", answer.json()["change"]["id"])


def put(session: Session, name: str, **fields: Any) -> dict[str, Any]:
    """Create or change the bucket, and give the ended change."""
    return ended(session, session.http.put(f"projects/atlas/buckets/{name}", json={**SPEC, **fields}))


def act(session: Session, name: str, action: str, **fields: Any) -> dict[str, Any]:
    """Do what the bucket's state allows, and give the ended change."""
    assert action in read(session, name)["nextActions"]
    return ended(session, session.http.post(f"projects/atlas/buckets/{name}/actions/{action}", **fields))


def test_a_creation_that_failed_is_tried_again(anna: Session) -> None:
    """By one request, with the spec that it had."""
    name = named("fail-create-once")

    assert put(anna, name)["outcome"] == "CREATE_FAILED"
    retried = act(anna, name, "retry")

    assert (retried["action"], retried["outcome"]) == ("create", "SUCCEEDED")
    assert read(anna, name)["nextActions"] == ["update", "delete"]


def test_an_update_that_was_rolled_back_is_tried_again(anna: Session) -> None:
    """The row shows what stands; the retry asks for what was wanted."""
    name = named("fail-update-once")
    put(anna, name)

    assert put(anna, name, lifecycleDays=30)["outcome"] == "ROLLED_BACK"
    assert read(anna, name)["spec"]["lifecycleDays"] is None
    assert act(anna, name, "retry")["outcome"] == "SUCCEEDED"
    assert read(anna, name)["spec"]["lifecycleDays"] == 30


def test_a_rollback_that_got_stuck_is_continued(anna: Session) -> None:
    """What stood before stands again."""
    name = named("fail-rollback-once")
    put(anna, name)

    stuck = put(anna, name, lifecycleDays=30)
    continued = act(anna, name, "continueRollback")

    assert stuck["outcome"] == "STUCK"
    assert "is stuck" in stuck["cause"]
    assert (continued["mode"], continued["outcome"]) == ("continueRollback", "SUCCEEDED")
    row = read(anna, name)
    assert (row["status"], row["stackStatus"]) == ("ROLLED_BACK", "UPDATE_ROLLBACK_COMPLETE")
    assert row["spec"]["lifecycleDays"] is None
    assert (row["version"], row["nextActions"]) == (2, ["update", "delete"])


def test_a_stuck_resource_takes_neither_a_new_spec_nor_a_deletion(
    anna: Session, count_executions: Callable[[], int]
) -> None:
    """Refused at once, with what helps: an execution could only fail."""
    name = named("fail-rollback-once")
    put(anna, name)
    put(anna, name, lifecycleDays=30)
    begun = count_executions()

    answers = [
        anna.http.put(f"projects/atlas/buckets/{name}", json={**SPEC, "lifecycleDays": 60}),
        anna.http.delete(f"projects/atlas/buckets/{name}"),
    ]

    assert [answer.status_code for answer in answers] == [409, 409]
    assert all(answer.json()["type"].endswith("/action-not-legal") for answer in answers)
    assert [answer.json()["nextActions"] for answer in answers] == [["continueRollback"]] * 2
    assert count_executions() == begun


def test_a_rollback_that_was_continued_twice_in_vain_is_an_operators(anna: Session) -> None:
    """The stuck resource and the runbook are named, and nothing is offered any more."""
    name = named("fail-rollback")
    put(anna, name)
    put(anna, name, lifecycleDays=30)

    assert act(anna, name, "continueRollback")["outcome"] == "STUCK"
    last = act(anna, name, "continueRollback")

    assert last["outcome"] == "NEEDS_OPERATOR"
    assert "is stuck" in last["cause"]
    assert "docs/operations.md#needs_operator" in last["cause"]
    assert read(anna, name)["nextActions"] == []
    refused = anna.http.post(f"projects/atlas/buckets/{name}/actions/continueRollback")
    assert (refused.status_code, refused.json()["nextActions"]) == (409, [])


def test_leftovers_of_a_creation_are_removed_and_the_resource_forgotten(anna: Session) -> None:
    """Two steps, each by itself: repair, forget."""
    name = named("fail-create-rollback")

    failed = put(anna, name)
    assert read(anna, name)["stackStatus"] == "ROLLBACK_FAILED"
    assert "What is left: Bucket (AWS::S3::Bucket" in failed["cause"]
    assert act(anna, name, "repair")["outcome"] == "SUCCEEDED"
    assert act(anna, name, "forget")["outcome"] == "SUCCEEDED"

    assert anna.http.get(f"projects/atlas/buckets/{name}").status_code == 404


def test_a_bucket_that_holds_something_is_deleted_only_when_its_name_is_repeated(anna: Session, aws: Aws) -> None:
    """Refused with the count, its stack untouched; then emptied with progress, and gone."""
    name = named("full")
    put(anna, name)
    s3 = aws("s3", ATLAS)
    for number in range(3):
        s3.put_object(Bucket=name, Key=f"report-{number}", Body=b"figures")
    s3.delete_object(Bucket=name, Key="report-0")

    refused = ended(anna, anna.http.delete(f"projects/atlas/buckets/{name}"))
    row = read(anna, name)
    unconfirmed = anna.http.post(f"projects/atlas/buckets/{name}/actions/emptyAndDelete", json={"confirm": "x"})
    with anna.listen("atlas") as screen:
        emptied = act(anna, name, "emptyAndDelete", json={"confirm": name})
        progress = screen.wait_for(lambda it: it["type"] == "progress" and it.get("removed") is not None)

    assert refused["outcome"] == "BUCKET_NOT_EMPTY"
    assert "holds 4 objects" in refused["cause"]
    assert (row["status"], row["stackStatus"]) == ("ACTIVE", "CREATE_COMPLETE")
    assert unconfirmed.status_code == 422
    assert (emptied["outcome"], progress["removed"]) == ("SUCCEEDED", 4)
    assert "EmptyContents" in [state["name"] for state in emptied["states"]]
    assert anna.http.get(f"projects/atlas/buckets/{name}").status_code == 404


def test_a_bucket_that_holds_something_is_kept_when_its_name_is_repeated(anna: Session, aws: Aws) -> None:
    """Its stack is gone, it stands with its policy and its objects, out of Stowage's care; its name stays taken."""
    name = named("kept")
    put(anna, name)
    s3 = aws("s3", ATLAS)
    s3.put_object(Bucket=name, Key="report", Body=b"figures")

    assert ended(anna, anna.http.delete(f"projects/atlas/buckets/{name}"))["outcome"] == "BUCKET_NOT_EMPTY"
    unconfirmed = anna.http.post(f"projects/atlas/buckets/{name}/actions/retain", json={"confirm": "x"})
    kept = act(anna, name, "retain", json={"confirm": name})

    assert unconfirmed.status_code == 422
    assert (kept["status"], kept["outcome"]) == ("SUCCEEDED", "RETAINED")
    assert f"The bucket {name} and everything in it stay in the project's account" in kept["cause"]
    assert anna.http.get(f"projects/atlas/buckets/{name}").status_code == 404
    assert s3.get_object(Bucket=name, Key="report")["Body"].read() == b"figures"
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=name)["Policy"]
    with pytest.raises(ClientError, match="does not exist"):
        aws("cloudformation", ATLAS).describe_stacks(StackName=f"stowage-bucket-{name}")
    taken = anna.http.put(f"projects/atlas/buckets/{name}", json=SPEC)
    assert (taken.status_code, taken.json()["type"].rpartition("/")[2]) == (409, "name-taken")


def test_a_bucket_of_which_object_lock_keeps_something_is_not_even_begun_to_be_emptied(anna: Session, aws: Aws) -> None:
    """The sentence says until when; everything is still there."""
    name = named("locked")
    put(anna, name, retention={"mode": "governance", "days": 30})
    s3 = aws("s3", ATLAS)
    s3.put_object(Bucket=name, Key="report", Body=b"figures", ChecksumAlgorithm="SHA256")

    assert ended(anna, anna.http.delete(f"projects/atlas/buckets/{name}"))["outcome"] == "BUCKET_NOT_EMPTY"
    refused = act(anna, name, "emptyAndDelete", json={"confirm": name})

    until = s3.get_object_retention(Bucket=name, Key="report")["Retention"]["RetainUntilDate"]
    assert refused["outcome"] == "BUCKET_NOT_EMPTY"
    assert f"Object Lock keeps until {until:%Y-%m-%d}" in refused["cause"]
    assert "EmptyContents" not in [state["name"] for state in refused["states"]]
    assert len(s3.list_object_versions(Bucket=name)["Versions"]) == 1


@pytest.mark.parametrize("action", ["recreate", "forget"])
def test_what_was_deleted_by_hand_is_made_anew_or_forgotten(anna: Session, aws: Aws, action: str) -> None:
    """A change finds the stack gone; the manager decides."""
    name = named("gone")
    put(anna, name)
    stacks = aws("cloudformation", ATLAS)
    stacks.delete_stack(StackName=f"stowage-bucket-{name}")
    stacks.get_waiter("stack_delete_complete").wait(
        StackName=f"stowage-bucket-{name}", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )

    assert put(anna, name, lifecycleDays=30)["outcome"] == "STACK_MISSING"
    assert act(anna, name, action)["outcome"] == "SUCCEEDED"

    told = anna.http.get(f"projects/atlas/buckets/{name}")
    assert told.status_code == (404 if action == "forget" else 200)
    assert action == "forget" or told.json()["status"] == "ACTIVE"


def test_a_slow_update_is_stopped_and_what_stood_before_stands(anna: Session, ben: Session) -> None:
    """The outcome is the stack's truth; the cause says who stopped it."""
    name = named("slow-15")
    put(anna, name)
    edit = {**SPEC, "lifecycleDays": 30}
    with ben.listen("atlas") as screen:
        change = anna.http.put(f"projects/atlas/buckets/{name}", json=edit).json()["change"]["id"]
        screen.wait_for(
            lambda it: it["type"] == "progress" and it["name"] == name and it["stackStatus"] == "UPDATE_IN_PROGRESS"
        )

    asked = ben.http.post(f"projects/atlas/changes/{change}/stop")
    stopped = anna.wait_for_change("atlas", change)

    assert asked.status_code == 202, asked.text
    assert (stopped["status"], stopped["outcome"]) == ("STOPPED", "STOPPED")
    assert stopped["cause"].startswith("Stopped by ben@example.com")
    row = read(anna, name)
    assert (row["stackStatus"], row["spec"]["lifecycleDays"]) == ("UPDATE_ROLLBACK_COMPLETE", None)
    assert anna.http.post(f"projects/atlas/changes/{change}/stop").status_code == 202


def test_a_slow_creation_is_given_up(anna: Session) -> None:
    """Its stack is deleted; it may be tried again, or forgotten."""
    name = named("slow-15")
    with anna.listen("atlas") as screen:  # before it begins: the next that is told may be its end
        change = anna.http.put(f"projects/atlas/buckets/{name}", json=SPEC).json()["change"]["id"]
        screen.wait_for(
            lambda it: it["type"] == "progress" and it["name"] == name and it["stackStatus"] == "CREATE_IN_PROGRESS"
        )

    assert anna.http.post(f"projects/atlas/changes/{change}/stop").status_code == 202
    stopped = anna.wait_for_change("atlas", change)

    assert (stopped["status"], stopped["outcome"]) == ("STOPPED", "STOPPED")
    assert read(anna, name)["nextActions"] == ["retry", "update", "forget"]
    assert act(anna, name, "forget")["outcome"] == "SUCCEEDED"
