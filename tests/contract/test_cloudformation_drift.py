"""Drift: what somebody changed without CloudFormation is told property by property.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
"""

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import PROJECT, CloudFactory, LocalCloud, StackDriver, Template
from tests.contract.test_cloudformation_service_role import Accounts, accounts, allow

__all__ = ["accounts"]

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "transfer.amazonaws.com"}, "Action": "sts:AssumeRole"},
    ],
}
READS: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::none/*"}],
}


def stack_of(name: str) -> Template:
    """Return a bucket with every property that Stowage sets, its policy, a user with a managed policy, and a role."""
    log = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"{name}-log"}}
    boundary = {"ManagedPolicyName": f"{name}-boundary", "Path": "/stowage/", "PolicyDocument": READS}
    expire = {"Id": "expire", "Status": "Enabled", "ExpirationInDays": 30}
    leftovers = {
        "Id": "leftovers",
        "Status": "Enabled",
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        "ExpiredObjectDeleteMarker": True,
    }
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["Key", "Arn"]}}
    bucket = {
        "BucketName": name,
        "VersioningConfiguration": {"Status": "Enabled"},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [
                {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": by_default}
            ]
        },
        "PublicAccessBlockConfiguration": {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Log"}, "LogFilePrefix": "s3/"},
        "LifecycleConfiguration": {"Rules": [leftovers, expire]},
        "ObjectLockEnabled": True,
        "ObjectLockConfiguration": {
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
        },
        "Tags": [{"Key": "owner", "Value": "ann"}],
    }
    tls = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": {"Fn::GetAtt": ["Bucket", "Arn"]},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    user = {
        "UserName": name,
        "Path": "/stowage/",
        "PermissionsBoundary": {"Ref": "Boundary"},
        "ManagedPolicyArns": [{"Ref": "Policy"}],
        "Tags": [{"Key": "owner", "Value": "ann"}],
    }
    policy = {"ManagedPolicyName": f"{name}-policy", "Path": "/stowage/", "PolicyDocument": READS}
    role = {
        "RoleName": name,
        "Path": "/stowage/",
        "Description": "A role.",
        "PermissionsBoundary": {"Ref": "Boundary"},
        "AssumeRolePolicyDocument": TRUST,
        "Policies": [{"PolicyName": "grants", "PolicyDocument": READS}],
    }
    return {
        "Resources": {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": key_policy()}},
            "Log": log,
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket},
            "BucketPolicy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Bucket"},
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": [tls]},
                },
            },
            "Boundary": {"Type": "AWS::IAM::ManagedPolicy", "Properties": boundary},
            "Policy": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy},
            "User": {"Type": "AWS::IAM::User", "Properties": user},
            "Role": {"Type": "AWS::IAM::Role", "Properties": role},
        }
    }


def key_policy() -> dict[str, Any]:
    """Leave the key to the account."""
    root = {"AWS": f"arn:aws:iam::{PROJECT}:root"}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}],
    }


def detect(stacks: StackDriver, stack: str) -> dict[str, Any]:
    """Detect drift and return how the detection ended."""
    api = stacks.cloudformation
    detection = api.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
    deadline = time.monotonic() + 10
    while True:
        found: dict[str, Any] = api.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if found["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            return found
        assert "StackDriftStatus" not in found
        assert time.monotonic() < deadline
        time.sleep(0.02)


def drifts(stacks: StackDriver, stack: str) -> dict[str, dict[str, Any]]:
    """Return the drift of each resource that was checked."""
    found = stacks.cloudformation.describe_stack_resource_drifts(StackName=stack)["StackResourceDrifts"]
    return {drift["LogicalResourceId"]: drift for drift in found}


def differences(drift: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Return path, kind and actual value of each difference."""
    return {
        (told["PropertyPath"], told["DifferenceType"], told["ActualValue"]) for told in drift["PropertyDifferences"]
    }


def test_what_nobody_touched_is_in_sync(stacks: StackDriver, unique: str) -> None:
    """Every property of a bucket, a user, a role and a managed policy reads back as it was written."""
    stack = stacks.create(unique, stack_of(unique))
    before = stacks.describe(stack).get("DriftInformation", {}).get("StackDriftStatus", "NOT_CHECKED")

    ended = detect(stacks, stack)

    found = drifts(stacks, stack)
    assert before == "NOT_CHECKED"
    assert {name: told for name, drift in found.items() if (told := drift.get("PropertyDifferences"))} == {}
    assert (ended["DetectionStatus"], ended["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC")
    assert ended["DriftedStackResourceCount"] == 0
    assert {"Bucket", "User", "Role", "Policy"} <= found.keys()
    listed = stacks.cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    status = {r["LogicalResourceId"]: r["DriftInformation"]["StackResourceDriftStatus"] for r in listed}
    assert (status["Bucket"], status["BucketPolicy"]) == ("IN_SYNC", "NOT_CHECKED")


def test_a_bucket_that_was_changed_is_told_property_by_property(
    cloud: LocalCloud, stacks: StackDriver, unique: str
) -> None:
    """Versioning, lifecycle, tags, public access, encryption: each difference with its path and both values."""
    stack = stacks.create(unique, stack_of(unique))
    s3 = cloud.client("s3", PROJECT)
    s3.put_bucket_tagging(Bucket=unique, Tagging={"TagSet": [{"Key": "owner", "Value": "ben"}]})
    s3.delete_public_access_block(Bucket=unique)
    s3.put_bucket_lifecycle_configuration(
        Bucket=unique,
        LifecycleConfiguration={
            "Rules": [{"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        },
    )
    s3.put_bucket_encryption(
        Bucket=unique,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )

    ended = detect(stacks, stack)
    bucket = drifts(stacks, stack)["Bucket"]

    assert (ended["StackDriftStatus"], ended["DriftedStackResourceCount"]) == ("DRIFTED", 1)
    assert stacks.describe(stack)["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    assert bucket["StackResourceDriftStatus"] == "MODIFIED"
    told = differences(bucket)
    rule = "/BucketEncryption/ServerSideEncryptionConfiguration/0"
    assert ("/Tags/0/Value", "NOT_EQUAL", "ben") in told
    assert (f"{rule}/ServerSideEncryptionByDefault/SSEAlgorithm", "NOT_EQUAL", "AES256") in told
    assert {path.split("/")[1] for path, _, _ in told} == {
        "BucketEncryption",
        "LifecycleConfiguration",
        "PublicAccessBlockConfiguration",
        "Tags",
    }
    assert json.loads(bucket["ActualProperties"])["Tags"] == [{"Key": "owner", "Value": "ben"}]


def test_a_user_a_role_and_a_policy_that_were_changed_are_told(
    cloud: LocalCloud, stacks: StackDriver, unique: str
) -> None:
    """A boundary that is gone, a policy of one's own, another trust, another version; and a bucket that is gone."""
    stack = stacks.create(unique, stack_of(unique))
    iam, s3 = cloud.client("iam", PROJECT), cloud.client("s3", PROJECT)
    policy = f"arn:aws:iam::{PROJECT}:policy/stowage/{unique}-policy"
    wider = json.dumps(READS).replace("s3:GetObject", "s3:*")
    iam.delete_user_permissions_boundary(UserName=unique)
    iam.put_role_policy(RoleName=unique, PolicyName="more", PolicyDocument=wider)
    iam.create_policy_version(PolicyArn=policy, PolicyDocument=wider, SetAsDefault=True)
    s3.delete_bucket(Bucket=unique)

    ended = detect(stacks, stack)
    found = drifts(stacks, stack)

    assert ended["StackDriftStatus"] == "DRIFTED"
    assert {name: found[name]["StackResourceDriftStatus"] for name in ("User", "Role", "Policy", "Bucket")} == {
        "User": "MODIFIED",
        "Role": "MODIFIED",
        "Policy": "MODIFIED",
        "Bucket": "DELETED",
    }
    assert [(path, kind) for path, kind, _ in differences(found["User"])] == [("/PermissionsBoundary", "REMOVE")]
    assert {path for path, _, _ in differences(found["Policy"])} == {"/PolicyDocument/Statement/0/Action"}
    assert any(path.startswith("/Policies/") and kind == "ADD" for path, kind, _ in differences(found["Role"]))


def test_what_the_caller_may_not_read_is_unknown(accounts: Accounts, stacks: StackDriver, unique: str) -> None:
    """Detecting drift takes the caller's own permission to read each resource, not the service role's."""
    stack = stacks.create(unique, stack_of(unique))
    blind = accounts.caller(f"{unique}-blind", allow("cloudformation:*", "iam:*"))
    seeing = accounts.caller(f"{unique}-seeing", allow("cloudformation:*", "iam:Get*", "iam:List*", "s3:Get*"))

    failed, complete = detect(blind, stack), detect(seeing, stack)
    blind_again = detect(blind, stack)

    assert (failed["DetectionStatus"], failed["StackDriftStatus"]) == ("DETECTION_FAILED", "UNKNOWN")
    assert "Bucket" in failed["DetectionStatusReason"]
    assert drifts(stacks, stack)["Bucket"]["StackResourceDriftStatus"] == "UNKNOWN"
    assert (complete["DetectionStatus"], complete["StackDriftStatus"]) == ("DETECTION_COMPLETE", "IN_SYNC")
    assert blind_again["DetectionStatus"] == "DETECTION_FAILED"


def test_a_detection_takes_its_time(start_cloud: CloudFactory, unique: str) -> None:
    """DETECTION_IN_PROGRESS tells no result."""
    private = start_cloud(step_seconds=0.3)
    stacks = StackDriver(private.client("cloudformation", PROJECT))
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": unique}}}}
    stack = stacks.create(unique, template)
    begun = time.monotonic()

    ended = detect(stacks, stack)

    assert ended["DetectionStatus"] == "DETECTION_COMPLETE"
    assert time.monotonic() - begun >= 0.3


def test_a_stack_in_progress_has_no_drift(stacks: StackDriver, unique: str) -> None:
    """Only a stack that is complete, or whose rollback of an update failed, can be checked."""
    name = f"fail-create-{unique}"
    template = {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name}}}}
    stack = stacks.create(unique, template)

    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE"):
        stacks.cloudformation.detect_stack_drift(StackName=stack)
