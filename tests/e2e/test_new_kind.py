"""A stranger's kind on the local cloud: this tree and one folder more, deployed, and a queue is made, changed, removed.

What is deployed is a copy of the project's files with `tests/kinds/queue` dropped into `stowage/catalog`; no other line
differs. It has a local cloud of its own, for the product itself is tested as it is.
"""

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.aws import client
from local.client import Session
from local.cloud_process import ROOT, CloudProcess, free_port
from local.endpoints import Endpoints
from local.stage import Stage

pytestmark = pytest.mark.e2e

ATLAS, BOREALIS = "111111111111", "222222222222"
POLL_SECONDS = 2
SPEC: dict[str, Any] = {"owner": "anna@example.com", "costCentre": "CC-1", "retentionDays": 2}
DAY_SECONDS = 86_400


def copy_tree(destination: Path) -> None:
    """Copy the project's files, and the wheels of an earlier build, which are the same for any tree of these locks."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # else it was removed and the removal is not committed yet
            (destination / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, destination / name)
    for wheels in (ROOT / ".aws-sam" / "package").glob("wheels-*"):
        shutil.copytree(wheels, destination / wheels.relative_to(ROOT))


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Drop the folder in, deploy, onboard: what a stranger does, by the same commands."""
    tree = tmp_path_factory.mktemp("tree")
    copy_tree(tree)
    shutil.copytree(ROOT / "tests" / "kinds" / "queue", tree / "stowage" / "catalog" / "queue")
    cloud = CloudProcess(tmp_path_factory.mktemp("stranger"))
    try:
        yield Stage(cloud, f"http://127.0.0.1:{free_port()}", POLL_SECONDS, source=tree).bring_up()
    finally:
        cloud.stop()


def test_the_catalog_and_the_baseline_carry_the_new_kind(endpoints: Endpoints) -> None:
    """The API publishes it beside ours, judges its specs, and each project's service role may work on queues."""
    with Session(endpoints, "anna@example.com") as anna:
        kinds = {kind["kind"]: kind["path"] for kind in anna.http.get("kinds").json()["kinds"]}
        refused = anna.http.put("projects/atlas/queues/orders", json={**SPEC, "retentionDays": 15})

    assert kinds.items() >= {"bucket": "buckets", "queue": "queues"}.items()
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/retentionDays"]
    for account in (ATLAS, BOREALIS):
        iam = client("iam", endpoints.aws, account)
        policy = iam.get_role_policy(RoleName="StowageCloudFormation", PolicyName="StowageCloudFormation")
        assert "sqs:CreateQueue" in json.dumps(policy["PolicyDocument"])


def test_a_queue_is_created_changed_and_deleted_and_everybody_is_told(endpoints: Endpoints) -> None:
    """The whole way of a change, with its eight states, for a kind that no module of the product names."""
    name = f"orders-{secrets.token_hex(4)}"
    path = f"projects/atlas/queues/{name}"
    sqs = client("sqs", endpoints.aws, ATLAS)
    with Session(endpoints, "anna@example.com") as anna, Session(endpoints, "ben@example.com") as ben:
        with ben.listen("atlas") as screen:
            begun = anna.http.put(path, json=SPEC)
            assert begun.status_code == 202, begun.text
            told = screen.wait_for(lambda it: it["type"] == "resource" and it["resource"]["name"] == name)
            assert (told["resource"]["kind"], told["resource"]["status"]) == ("queue", "CREATING")
            assert screen.wait_for_end(begun.json()["change"]["id"])["change"]["outcome"] == "SUCCEEDED"

            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            assert_hardened(endpoints, sqs, url)
            assert client("sqs", endpoints.aws, BOREALIS).list_queues(QueueNamePrefix=name).get("QueueUrls", []) == []
            row = ben.http.get(path).json()
            assert (row["kind"], row["status"], row["version"], row["lock"]) == ("queue", "ACTIVE", 1, None)
            assert row["spec"] == {**SPEC, "description": ""}
            assert row["outputs"]["Arn"].endswith(f":{ATLAS}:{name}")
            listed = ben.http.get("projects/atlas/resources", params={"kind": "queue"}).json()["items"]
            assert [item["name"] for item in listed] == [name]

            sqs.send_message(QueueUrl=url, MessageBody="kept")
            changed = anna.http.put(path, json={**SPEC, "retentionDays": 3}, headers={"If-Match": '"1"'})
            assert changed.status_code == 202, changed.text
            assert screen.wait_for_end(changed.json()["change"]["id"])["change"]["outcome"] == "SUCCEEDED"
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            assert attributes["MessageRetentionPeriod"] == str(3 * DAY_SECONDS)
            assert attributes["ApproximateNumberOfMessages"] == "1", "the queue was changed in place"
            assert ben.http.get(path).json()["version"] == 2

            deleted = anna.http.delete(path)
            assert deleted.status_code == 202, deleted.text
            assert screen.wait_for_end(deleted.json()["change"]["id"])["change"]["outcome"] == "SUCCEEDED"
        states = [state["name"] for state in anna.change("atlas", deleted.json()["change"]["id"])["states"]]
        assert (len(states), states[0], states[-1]) == (8, "AcquireLock", "ChangeSucceeded")
        assert ben.http.get(path).status_code == 404
        assert ben.http.get("projects/atlas/resources", params={"kind": "queue"}).json()["items"] == []
    with pytest.raises(ClientError, match="NonExistentQueue"):
        sqs.get_queue_url(QueueName=name)


def assert_hardened(endpoints: Endpoints, sqs: Any, url: str) -> None:
    """Assert what the queue itself says: the project's key, the spec's days, TLS alone, the tags."""
    stack = client("cloudformation", endpoints.aws, ATLAS).describe_stacks(StackName="stowage-baseline")["Stacks"][0]
    (key,) = [output["OutputValue"] for output in stack["Outputs"] if output["OutputKey"] == "KmsKeyArn"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["KmsMasterKeyId"] == key
    assert attributes["MessageRetentionPeriod"] == str(2 * DAY_SECONDS)
    (denied,) = json.loads(attributes["Policy"])["Statement"]
    assert (denied["Effect"], denied["Action"], denied["Resource"]) == ("Deny", "sqs:*", attributes["QueueArn"])
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    tags = sqs.list_queue_tags(QueueUrl=url)["Tags"]
    assert tags.items() >= {"stowage:owner": "anna@example.com", "stowage:cost-centre": "CC-1"}.items()
