"""AWS::S3::Bucket: every property is applied, changed and taken away, as read back from S3 itself.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import OTHER_PROJECT, PROJECT, LocalCloud, StackDriver, Template

KEY = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"
ENCRYPTION = {
    "ServerSideEncryptionConfiguration": [
        {
            "BucketKeyEnabled": True,
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY},
        }
    ]
}
LIFECYCLE = {
    "Rules": [
        {
            "Id": "expire",
            "Status": "Enabled",
            "ExpirationInDays": 30,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 7},
        },
        {"Id": "abort", "Status": "Enabled", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}},
    ]
}
BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)


def bucket_template(name: str, /, **properties: Any) -> Template:
    """Return a template with one bucket."""
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, **properties}}}}


def policy_for(name: str) -> dict[str, Any]:
    """Return a policy that refuses what does not come over TLS."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }


@pytest.fixture
def s3(cloud: LocalCloud) -> Any:
    """Return the project's S3."""
    return cloud.client("s3", PROJECT)


def code_of(call: Any, **parameters: Any) -> str:
    """Return the code of the error that the call answers with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return str(raised.value.response["Error"]["Code"])


def test_a_hardened_bucket_has_every_property_of_its_template(stacks: StackDriver, s3: Any, unique: str) -> None:
    """Each setting is read back from S3, not from the stack."""
    log = f"{unique}-log"
    s3.create_bucket(Bucket=log, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    template = bucket_template(
        unique,
        BucketEncryption=ENCRYPTION,
        VersioningConfiguration={"Status": "Enabled"},
        PublicAccessBlockConfiguration=BLOCKED,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        LifecycleConfiguration=LIFECYCLE,
        LoggingConfiguration={"DestinationBucketName": log, "LogFilePrefix": f"{unique}/"},
        Tags=[{"Key": "owner", "Value": "team"}],
    )

    stack_id = stacks.create(unique, template, Tags=[{"Key": "stowage:project", "Value": "payments"}])

    assert stacks.describe(stack_id)["StackStatus"] == "CREATE_COMPLETE"
    rule = s3.get_bucket_encryption(Bucket=unique)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["BucketKeyEnabled"] is True
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": KEY}
    assert s3.get_bucket_versioning(Bucket=unique)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=unique)["PublicAccessBlockConfiguration"] == BLOCKED
    ownership = s3.get_bucket_ownership_controls(Bucket=unique)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    expire, abort = s3.get_bucket_lifecycle_configuration(Bucket=unique)["Rules"]
    assert (expire["ID"], expire["Expiration"]) == ("expire", {"Days": 30})
    assert expire["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert abort["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 3}
    logging = s3.get_bucket_logging(Bucket=unique)["LoggingEnabled"]
    assert (logging["TargetBucket"], logging["TargetPrefix"]) == (log, f"{unique}/")
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=unique)["TagSet"]}
    assert tags == {
        "owner": "team",
        "stowage:project": "payments",
        "aws:cloudformation:stack-name": unique,
        "aws:cloudformation:stack-id": stack_id,
        "aws:cloudformation:logical-id": "Bucket",
    }


def test_an_update_changes_what_it_names_and_takes_away_what_it_leaves_out(
    stacks: StackDriver, s3: Any, unique: str
) -> None:
    """A property that is no longer in the template is no longer on the bucket; versioning is suspended."""
    rich = bucket_template(
        unique,
        BucketEncryption=ENCRYPTION,
        VersioningConfiguration={"Status": "Enabled"},
        LifecycleConfiguration=LIFECYCLE,
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]},
        LoggingConfiguration={"LogFilePrefix": "x/", "DestinationBucketName": unique},
        Tags=[{"Key": "owner", "Value": "team"}],
    )
    stack_id = stacks.create(unique, rich)
    assert stacks.describe(stack_id)["StackStatus"] == "CREATE_COMPLETE"

    changed = {"Rules": [{"Id": "expire", "Status": "Enabled", "ExpirationInDays": 31}]}
    status = stacks.update(stack_id, bucket_template(unique, LifecycleConfiguration=changed))

    assert status == "UPDATE_COMPLETE"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=unique)["Rules"]
    assert rule["Expiration"] == {"Days": 31}
    assert "NoncurrentVersionExpiration" not in rule
    encryption = s3.get_bucket_encryption(Bucket=unique)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(Bucket=unique)["Status"] == "Suspended"
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket=unique)
    assert "owner" not in {tag["Key"] for tag in s3.get_bucket_tagging(Bucket=unique)["TagSet"]}

    stacks.update(stack_id, bucket_template(unique))

    assert code_of(s3.get_bucket_lifecycle_configuration, Bucket=unique) == "NoSuchLifecycleConfiguration"


@pytest.mark.parametrize("mode", ["GOVERNANCE", "COMPLIANCE"])
def test_object_lock_and_its_default_retention_are_applied(
    stacks: StackDriver, s3: Any, unique: str, mode: str
) -> None:
    """Object Lock brings versioning with it and keeps the retention of the template."""
    retention = {"Mode": mode, "Days": 5}
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": retention}}

    stacks.create(unique, bucket_template(unique, ObjectLockEnabled=True, ObjectLockConfiguration=lock))

    assert s3.get_object_lock_configuration(Bucket=unique)["ObjectLockConfiguration"] == lock
    assert s3.get_bucket_versioning(Bucket=unique)["Status"] == "Enabled"


def test_a_new_bucket_name_replaces_the_bucket(stacks: StackDriver, s3: Any, unique: str) -> None:
    """BucketName demands replacement: the new bucket is made, the old one is deleted once the update has succeeded."""
    stack_id = stacks.create(unique, bucket_template(unique))

    status = stacks.update(stack_id, bucket_template(f"{unique}-new"))

    assert status == "UPDATE_COMPLETE"
    names = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert f"{unique}-new" in names
    assert unique not in names


def test_a_bucket_policy_comes_changes_and_goes_with_its_stack(stacks: StackDriver, s3: Any, unique: str) -> None:
    """Removing AWS::S3::BucketPolicy from the template removes the policy."""
    plain = bucket_template(unique)
    guarded = json.loads(json.dumps(plain))
    guarded["Resources"]["Policy"] = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy_for(unique)},
    }

    stack_id = stacks.create(unique, guarded)
    kept = json.loads(s3.get_bucket_policy(Bucket=unique)["Policy"])
    stacks.update(stack_id, plain)

    assert kept == policy_for(unique)
    assert code_of(s3.get_bucket_policy, Bucket=unique) == "NoSuchBucketPolicy"


def test_a_policy_about_another_bucket_fails_its_stack(stacks: StackDriver, unique: str) -> None:
    """S3 refuses a bucket policy whose resource is not the bucket (MalformedPolicy)."""
    template = bucket_template(unique)
    template["Resources"]["Policy"] = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy_for("another-bucket")},
    }

    stack_id = stacks.create(unique, template)

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Policy has invalid resource" in stacks.first_failure(stack_id)


@pytest.mark.parametrize("left", ["object", "version", "delete marker"])
def test_a_bucket_that_is_not_empty_is_not_deleted(stacks: StackDriver, s3: Any, unique: str, left: str) -> None:
    """Objects, versions and delete markers keep a bucket; once they are gone the same stack deletes."""
    stack_id = stacks.create(unique, bucket_template(unique, VersioningConfiguration={"Status": "Enabled"}))
    version = s3.put_object(Bucket=unique, Key="x", Body=b"1")["VersionId"]
    marker = None
    if left != "object":
        marker = s3.delete_object(Bucket=unique, Key="x")["VersionId"]
    if left == "delete marker":
        s3.delete_object(Bucket=unique, Key="x", VersionId=version)

    refused = stacks.delete(stack_id)
    reason = stacks.first_failure(stack_id)
    for held in filter(None, (version, marker)):
        s3.delete_object(Bucket=unique, Key="x", VersionId=held)
    deleted = stacks.delete(stack_id)

    assert refused == "DELETE_FAILED"
    assert "The bucket you tried to delete is not empty" in reason
    assert deleted == "DELETE_COMPLETE"
    assert code_of(s3.head_bucket, Bucket=unique) == "404"


def test_a_name_that_another_account_holds_fails_the_stack(cloud: LocalCloud, stacks: StackDriver, unique: str) -> None:
    """Bucket names are global: the reason says that the name exists."""
    StackDriver(cloud.client("cloudformation", OTHER_PROJECT)).create(unique, bucket_template(unique))

    stack_id = stacks.create(unique, bucket_template(unique))

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert f"{unique} already exists" in stacks.first_failure(stack_id)


@pytest.mark.parametrize(
    ("disabled", "expected"), [(True, "already exists"), (False, "Validation failed with 1 error(s).")]
)
def test_a_name_that_the_account_itself_holds_fails_the_stack(
    stacks: StackDriver, s3: Any, unique: str, *, disabled: bool, expected: str
) -> None:
    """CloudFormation finds it before the deployment, unless DisableValidation is set.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html
    """
    s3.create_bucket(Bucket=unique, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    stack_id = stacks.create(unique, bucket_template(unique), DisableValidation=disabled)

    assert stacks.describe(stack_id)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert expected in stacks.first_failure(stack_id)


def test_s3_tells_own_names_from_taken_ones(cloud: LocalCloud, s3: Any, unique: str) -> None:
    """CreateBucket: BucketAlreadyOwnedByYou for one's own, BucketAlreadyExists for anybody else's."""
    where = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket=unique, CreateBucketConfiguration=where)

    own = code_of(s3.create_bucket, Bucket=unique, CreateBucketConfiguration=where)
    other = code_of(cloud.client("s3", OTHER_PROJECT).create_bucket, Bucket=unique, CreateBucketConfiguration=where)

    assert (own, other) == ("BucketAlreadyOwnedByYou", "BucketAlreadyExists")


@pytest.mark.parametrize("signed", [True, False])
def test_head_bucket_tells_a_stranger_whether_a_name_is_taken(
    cloud: LocalCloud, s3: Any, unique: str, *, signed: bool
) -> None:
    """403 for somebody else's bucket, 404 for a name that nobody holds; signed by another account or not at all."""
    s3.create_bucket(Bucket=unique, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    stranger = cloud.client("s3", OTHER_PROJECT) if signed else cloud.client("s3", unsigned=True)

    taken = code_of(stranger.head_bucket, Bucket=unique)
    free = code_of(stranger.head_bucket, Bucket=f"{unique}-free")

    assert (taken, free) == ("403", "404")
