"""A manager's bucket, from the request to the live notification, through every link of the chain."""

import json
import secrets
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.client import Session
from local.endpoints import Endpoints
from tests.e2e.conftest import Aws

pytestmark = pytest.mark.e2e

ATLAS, BOREALIS = "111111111111", "222222222222"
SPEC: dict[str, Any] = {"owner": "anna@example.com", "costCentre": "CC-1", "dataClass": "internal"}
SUCCESS = [
    "AcquireLock",
    "NotifyStarted",
    "SubmitStackOperation",
    "AwaitStack",
    "UpdateMirror",
    "ReleaseLock",
    "NotifySucceeded",
    "ChangeSucceeded",
]


def new_name() -> str:
    """Give a bucket name that no other test uses."""
    return f"e2e-{secrets.token_hex(6)}"


def create(session: Session, name: str, spec: dict[str, Any] | None = None, project: str = "atlas") -> dict[str, Any]:
    """Create a bucket and give its ended change; fails unless it succeeded."""
    answer = session.http.put(f"projects/{project}/buckets/{name}", json=spec or SPEC)
    assert answer.status_code == 202, answer.text
    change = session.wait_for_change(project, answer.json()["change"]["id"])
    assert change["outcome"] == "SUCCEEDED", change
    return change


def test_a_bucket_is_created_changed_and_deleted_and_everybody_is_told(anna: Session, ben: Session, aws: Aws) -> None:
    """Each step ends on the other manager's socket, in the mirror and in the project's account."""
    name = new_name()
    path = f"projects/atlas/buckets/{name}"
    with ben.listen("atlas") as screen:
        accepted = anna.http.put(path, json=SPEC)
        assert accepted.status_code == 202
        change = accepted.json()["change"]
        assert (change["status"], change["action"], change["actor"]) == ("RUNNING", "create", "anna@example.com")
        assert accepted.headers["Location"].endswith(f"/v1/projects/atlas/changes/{change['id']}")
        told = screen.wait_for(lambda it: it["type"] == "resource" and it["resource"]["name"] == name)
        assert told["resource"]["status"] == "CREATING"
        assert told["resource"]["lock"]["change"] == change["id"]
        ended = screen.wait_for_end(change["id"])["change"]
        assert (ended["status"], ended["outcome"]) == ("SUCCEEDED", "SUCCEEDED")

        row = ben.http.get(path).json()
        assert (row["status"], row["lock"], row["version"]) == ("ACTIVE", None, 1)
        assert row["stackStatus"] == "CREATE_COMPLETE"
        assert row["spec"]["owner"] == SPEC["owner"]
        assert row["outputs"]["Name"] == name
        assert [bucket["Name"] for bucket in aws("s3", ATLAS).list_buckets()["Buckets"] if bucket["Name"] == name]
        for elsewhere in (aws("s3"), aws("s3", BOREALIS)):
            assert name not in [bucket["Name"] for bucket in elsewhere.list_buckets()["Buckets"]]

        changed = anna.http.put(path, json={**SPEC, "lifecycleDays": 30}, headers={"If-Match": '"1"'})
        assert changed.status_code == 202, changed.text
        assert screen.wait_for_end(changed.json()["change"]["id"])["change"]["outcome"] == "SUCCEEDED"
        rules = aws("s3", ATLAS).get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
        assert 30 in [rule.get("Expiration", {}).get("Days") for rule in rules]
        assert ben.http.get(path).json()["version"] == 2

        deleted = anna.http.delete(path)
        assert deleted.status_code == 202, deleted.text
        assert screen.wait_for_end(deleted.json()["change"]["id"])["change"]["outcome"] == "SUCCEEDED"
    assert ben.http.get(path).status_code == 404
    with pytest.raises(ClientError, match="404"):
        aws("s3", ATLAS).head_bucket(Bucket=name)


def test_the_history_tells_a_success_in_eight_named_states(anna: Session, endpoints: Endpoints, aws: Aws) -> None:
    """An auditor reads locking, driving, polling, mirroring and notifying as states of their own."""
    change = create(anna, new_name())
    assert [state["name"] for state in change["states"]] == SUCCESS
    machine = endpoints.state_machines["change_resource"]
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:{change['id']}"
    events = aws("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in events if "stateEnteredEventDetails" in event]
    assert entered == SUCCESS


def test_every_hardening_property_of_the_bucket_reads_back(anna: Session, aws: Aws) -> None:
    """What the kind promises is what S3 answers."""
    name = new_name()
    spec = {**SPEC, "lifecycleDays": 30, "retention": {"mode": "governance", "days": 7}, "tags": {"Team": "blue"}}
    create(anna, name, spec)
    s3 = aws("s3", ATLAS)
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert f":{ATLAS}:key/" in rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert rule["BucketKeyEnabled"] is True
    assert set(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values()) == {True}
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    statements = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert {statement["Effect"] for statement in statements} == {"Deny"}
    assert any(it["Condition"].get("Bool", {}).get("aws:SecureTransport") in {"false", False} for it in statements)
    logging = s3.get_bucket_logging(Bucket=name)["LoggingEnabled"]
    assert ATLAS in logging["TargetBucket"]
    rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert any("AbortIncompleteMultipartUpload" in it for it in rules)
    assert any("NoncurrentVersionExpiration" in it for it in rules)
    lock = s3.get_object_lock_configuration(Bucket=name)["ObjectLockConfiguration"]
    assert lock["Rule"]["DefaultRetention"] == {"Mode": "GOVERNANCE", "Days": 7}
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert tags["Team"] == "blue"
    assert tags["stowage:owner"] == SPEC["owner"]


def test_the_baseline_of_a_project_reads_back(endpoints: Endpoints, aws: Aws) -> None:
    """Role, service role, boundary, log bucket, key and topic stand in each project's account, hardened."""
    for project in endpoints.projects:
        stack = aws("cloudformation", project.account).describe_stacks(StackName="stowage-baseline")["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        iam, s3 = aws("iam", project.account), aws("s3", project.account)
        deploy = iam.get_role(RoleName=outputs["DeployRoleArn"].rpartition("/")[2])["Role"]
        trust = json.dumps(deploy["AssumeRolePolicyDocument"])
        assert "sts:ExternalId" in trust
        assert f"arn:aws:iam::{endpoints.hub_account}:root" in trust
        service = iam.get_role(RoleName=outputs["ServiceRoleArn"].rpartition("/")[2])["Role"]
        assert "cloudformation.amazonaws.com" in json.dumps(service["AssumeRolePolicyDocument"])
        assert iam.get_policy(PolicyArn=outputs["BoundaryArn"])["Policy"]["DefaultVersionId"]
        assert aws("kms", project.account).get_key_rotation_status(KeyId=outputs["KmsKeyArn"])["KeyRotationEnabled"]
        blocks = s3.get_public_access_block(Bucket=outputs["LogBucket"])["PublicAccessBlockConfiguration"]
        assert set(blocks.values()) == {True}
        assert s3.get_bucket_versioning(Bucket=outputs["LogBucket"])["Status"] == "Enabled"
        topic = aws("sns", project.account).get_topic_attributes(TopicArn=outputs["TopicArn"])["Attributes"]
        assert "cloudformation" in topic["Policy"]
        account = aws("s3control", project.account).get_public_access_block(AccountId=project.account)
        assert set(account["PublicAccessBlockConfiguration"].values()) == {True}


def test_a_creation_that_fails_is_rolled_back_told_and_retried(anna: Session) -> None:
    """The change is FAILED with CloudFormation's own reason, the lock is free, the row says so, a retry works."""
    name = f"fail-create-once-{secrets.token_hex(6)}"
    path = f"projects/atlas/buckets/{name}"
    change = anna.wait_for_change("atlas", anna.http.put(path, json=SPEC).json()["change"]["id"])
    assert (change["status"], change["outcome"]) == ("FAILED", "CREATE_FAILED")
    assert change["cause"]
    assert "ROLLBACK" not in change["cause"]
    row = anna.http.get(path).json()
    assert (row["status"], row["lock"], row["outcome"]) == ("CREATE_FAILED", None, "CREATE_FAILED")
    assert row["cause"] == change["cause"]
    retried = anna.wait_for_change("atlas", anna.http.put(path, json=SPEC).json()["change"]["id"])
    assert retried["outcome"] == "SUCCEEDED"
    assert anna.http.get(path).json()["status"] == "ACTIVE"


def test_an_update_that_fails_is_rolled_back_to_the_old_values(anna: Session) -> None:
    """The bucket stays usable, the mirror shows the old spec, and the change is FAILED as rolled back."""
    name = f"fail-update-{secrets.token_hex(6)}"
    create(anna, name)
    path = f"projects/atlas/buckets/{name}"
    accepted = anna.http.put(path, json={**SPEC, "lifecycleDays": 9})
    change = anna.wait_for_change("atlas", accepted.json()["change"]["id"])
    assert (change["status"], change["outcome"]) == ("FAILED", "ROLLED_BACK")
    row = anna.http.get(path).json()
    assert (row["status"], row["lock"], row["stackStatus"]) == ("ROLLED_BACK", None, "UPDATE_ROLLBACK_COMPLETE")
    assert row["spec"].get("lifecycleDays") is None
    assert row["version"] == 2, "the spec was accepted, so the version has moved"


def test_a_bucket_that_holds_objects_is_not_deleted(anna: Session, aws: Aws) -> None:
    """The deletion ends FAILED as BUCKET_NOT_EMPTY, the bucket keeps its policy; emptied, the bucket goes."""
    name = new_name()
    create(anna, name)
    s3 = aws("s3", ATLAS)
    version = s3.put_object(Bucket=name, Key="kept", Body=b"data")["VersionId"]
    path = f"projects/atlas/buckets/{name}"
    change = anna.wait_for_change("atlas", anna.http.delete(path).json()["change"]["id"])
    assert (change["status"], change["outcome"]) == ("FAILED", "BUCKET_NOT_EMPTY")
    assert anna.http.get(path).json()["lock"] is None
    assert "aws:SecureTransport" in s3.get_bucket_policy(Bucket=name)["Policy"]
    s3.delete_object(Bucket=name, Key="kept", VersionId=version)
    change = anna.wait_for_change("atlas", anna.http.delete(path).json()["change"]["id"])
    assert change["outcome"] == "SUCCEEDED"


def test_an_unchanged_spec_succeeds_as_a_version_of_its_own(anna: Session, aws: Aws) -> None:
    """Saving what stands already is accepted like any other spec, and the stack knows its version."""
    name = new_name()
    create(anna, name)
    accepted = anna.http.put(f"projects/atlas/buckets/{name}", json=SPEC)
    change = anna.wait_for_change("atlas", accepted.json()["change"]["id"])
    assert (change["status"], change["outcome"]) == ("SUCCEEDED", "SUCCEEDED")
    assert anna.http.get(f"projects/atlas/buckets/{name}").json()["version"] == 2
    body = aws("cloudformation", ATLAS).get_template(StackName=f"stowage-bucket-{name}")["TemplateBody"]
    template = json.loads(body) if isinstance(body, str) else body
    assert template["Metadata"]["Stowage"]["Version"] == 2


def test_a_person_sees_who_they_are_and_what_there_is(anna: Session) -> None:
    """The console's first three requests answer in the promised shapes."""
    me = anna.http.get("me").json()
    assert me["person"]["email"] == "anna@example.com"
    assert {(it["id"], it["role"]) for it in me["projects"]} == {("atlas", "manager"), ("borealis", "manager")}
    kinds = anna.http.get("kinds").json()["kinds"]
    bucket = next(kind for kind in kinds if kind["kind"] == "bucket")
    assert bucket["path"] == "buckets"
    assert bucket["schema"]["examples"]
    listed = anna.http.get("projects/atlas/resources").json()
    assert set(listed) == {"items", "cursor", "seq"}


def test_a_list_answers_quickly_and_honours_its_etag(anna: Session) -> None:
    """A warm list is far from seconds, and an unchanged one travels as 304."""
    create(anna, new_name())
    first = anna.http.get("projects/atlas/resources")
    began = time.monotonic()
    again = anna.http.get("projects/atlas/resources", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert time.monotonic() - began < 2
