"""What the holder of a user's access key may do in a bucket of Stowage's, and what is refused.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
"""

import io
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.contract.conftest import OTHER_PROJECT, PROJECT, LocalCloud, StackDriver
from tests.contract.iam_users import (
    Account,
    Bucket,
    allow,
    client_of,
    deny,
    document,
    error_code,
    make_bucket,
    presigned,
)

pytestmark = pytest.mark.contract

PART = b"p" * (5 * 1024 * 1024)
HERE = "127.0.0.1/32"
ELSEWHERE = "198.51.100.0/24"


@pytest.fixture
def account(cloud: LocalCloud) -> Account:
    """Work in the project's account."""
    return Account(cloud)


@pytest.fixture
def bucket(account: Account, stacks: StackDriver, unique: str) -> Bucket:
    """Make a bucket by the catalog's own template."""
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    logs = f"{unique}-logs"
    account.client("s3").create_bucket(Bucket=logs, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return make_bucket(stacks, unique, key, logs)


def test_a_grant_on_a_prefix_lets_every_verb_there_and_none_elsewhere(
    account: Account, cloud: LocalCloud, bucket: Bucket, unique: str
) -> None:
    """Put, get, head, copy, list, delete and a multipart upload inside; each refused outside."""
    key = account.user(
        unique,
        bucket.may("PutObject", "GetObject", "DeleteObject", "AbortMultipartUpload", under="in/"),
        bucket.may_list("in/*"),
        allow("s3:GetBucketLocation", bucket.arn),
        bucket.may_use_key(),
    )
    s3 = client_of(cloud, "s3", key)
    account.client("s3").put_object(Bucket=bucket.name, Key="out/a", Body=b"secret")

    s3.put_object(Bucket=bucket.name, Key="in/a", Body=b"content")
    s3.copy_object(Bucket=bucket.name, Key="in/b", CopySource=f"{bucket.name}/in/a")
    upload = {"Bucket": bucket.name, "Key": "in/c"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etags = [s3.upload_part(**upload, PartNumber=n, Body=PART)["ETag"] for n in (1, 2)]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

    s3.upload_fileobj(io.BytesIO(4 * PART), bucket.name, "in/d")  # as the command line does: parts, in parallel

    assert s3.get_object(Bucket=bucket.name, Key="in/b")["Body"].read() == b"content"
    assert s3.head_object(Bucket=bucket.name, Key="in/d")["ContentLength"] == 4 * len(PART)
    assert s3.head_object(Bucket=bucket.name, Key="in/c")["ContentLength"] == 2 * len(PART)
    listed = s3.list_objects_v2(Bucket=bucket.name, Prefix="in/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["in/a", "in/b", "in/c", "in/d"]
    assert s3.get_bucket_location(Bucket=bucket.name)["LocationConstraint"] == "eu-west-1"
    s3.delete_object(Bucket=bucket.name, Key="in/a")
    outside = {"Bucket": bucket.name, "Key": "out/a"}
    assert error_code(s3.put_object, **outside, Body=b"") == "AccessDenied"
    assert error_code(s3.get_object, **outside) == "AccessDenied"
    assert error_code(s3.head_object, **outside) == "403"
    assert error_code(s3.delete_object, **outside) == "AccessDenied"
    assert error_code(s3.create_multipart_upload, **outside) == "AccessDenied"
    assert (
        error_code(s3.copy_object, Bucket=bucket.name, Key="in/d", CopySource=f"{bucket.name}/out/a") == "AccessDenied"
    )
    assert error_code(s3.copy_object, **outside, CopySource=f"{bucket.name}/in/b") == "AccessDenied"
    for prefix in ({}, {"Prefix": ""}, {"Prefix": "out/"}, {"Prefix": "i"}):
        assert error_code(s3.list_objects_v2, Bucket=bucket.name, **prefix) == "AccessDenied"
    assert error_code(s3.list_buckets) == "AccessDenied"
    assert error_code(s3.put_bucket_policy, Bucket=bucket.name, Policy="{}") == "AccessDenied"


@pytest.mark.parametrize("missing", ["kms:Decrypt", "kms:GenerateDataKey", "both"])
def test_the_key_of_a_bucket_has_to_be_allowed_too(
    account: Account, cloud: LocalCloud, bucket: Bucket, unique: str, missing: str
) -> None:
    """Without the use of the key nothing is written or read, though S3's own actions are allowed; listing works."""
    actions = [action for action in ("kms:Decrypt", "kms:GenerateDataKey") if missing not in {action, "both"}]
    using = [{**bucket.may_use_key(), "Action": actions}] if actions else []
    key = account.user(unique, bucket.may("PutObject", "GetObject"), allow("s3:ListBucket", bucket.arn), *using)
    s3, root = client_of(cloud, "s3", key), account.client("s3")
    there = {"Bucket": bucket.name, "Key": "there"}
    root.put_object(**there, Body=b"content")
    upload_id = root.create_multipart_upload(**there)["UploadId"]
    calls: dict[str, tuple[Any, dict[str, Any]]] = {
        "put": (s3.put_object, {**there, "Body": b"new"}),
        "get": (s3.get_object, there),
        "upload": (s3.create_multipart_upload, there),
        "part": (s3.upload_part, {**there, "UploadId": upload_id, "PartNumber": 1, "Body": b"x"}),
        "copy": (s3.copy_object, {"Bucket": bucket.name, "Key": "copy", "CopySource": f"{bucket.name}/there"}),
    }

    denied = {
        "kms:Decrypt": {"get", "part", "copy"},
        "kms:GenerateDataKey": {"put", "upload", "copy"},
        "both": set(calls),
    }[missing]
    for name, (call, arguments) in calls.items():
        if name in denied:
            assert error_code(call, **arguments) == "AccessDenied", name
        else:
            call(**arguments)

    assert s3.head_object(**there)["ServerSideEncryption"] == "aws:kms"
    assert s3.list_objects_v2(Bucket=bucket.name)["KeyCount"] >= 1


def test_the_key_is_used_through_s3_alone(account: Account, cloud: LocalCloud, bucket: Bucket, unique: str) -> None:
    """A permission with kms:ViaService is none for asking KMS itself."""
    key = account.user(unique, bucket.may("PutObject"), bucket.may_use_key())

    client_of(cloud, "s3", key).put_object(Bucket=bucket.name, Key="a", Body=b"")

    kms = client_of(cloud, "kms", key)
    assert error_code(kms.generate_data_key, KeyId=bucket.kms_key, KeySpec="AES_256") == "AccessDeniedException"


def test_a_boundary_limits_and_a_deny_wins(account: Account, cloud: LocalCloud, bucket: Bucket, unique: str) -> None:
    """What the boundary does not allow is refused, and so is what any policy denies."""
    boundary = account.policy(f"{unique}-boundary", bucket.may("PutObject", "GetObject"), bucket.may_use_key())
    everything = [allow("s3:*"), allow("kms:*"), deny("s3:GetObject", f"{bucket.arn}/private/*")]
    key = account.user(unique, *everything, boundary=boundary)
    s3 = client_of(cloud, "s3", key)

    s3.put_object(Bucket=bucket.name, Key="a", Body=b"")
    s3.put_object(Bucket=bucket.name, Key="private/a", Body=b"")

    assert s3.get_object(Bucket=bucket.name, Key="a")["Body"].read() == b""
    assert error_code(s3.delete_object, Bucket=bucket.name, Key="a") == "AccessDenied"
    assert error_code(s3.get_object, Bucket=bucket.name, Key="private/a") == "AccessDenied"
    assert error_code(s3.list_objects_v2, Bucket=bucket.name) == "AccessDenied"


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"IpAddress": {"aws:SourceIp": HERE}}, True),
        ({"IpAddress": {"aws:SourceIp": [ELSEWHERE, HERE]}}, True),
        ({"IpAddress": {"aws:SourceIp": ELSEWHERE}}, False),
        ({"NotIpAddress": {"aws:SourceIp": HERE}}, False),
        ({"DateLessThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}, True),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, True),
        ({"DateGreaterThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}, False),
        ({"StringEquals": {"aws:ResourceAccount": PROJECT}}, True),
        ({"StringEquals": {"aws:ResourceAccount": OTHER_PROJECT}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"Bool": {"aws:ViaAWSService": "true"}}, False),
        ({"BoolIfExists": {"aws:ViaAWSService": "false"}}, True),
        ({"StringEquals": {"s3:prefix": "in/"}}, True),
        ({"StringEquals": {"s3:prefix": ["", "other/"]}}, False),
        ({"StringLike": {"s3:prefix": ["in/*"]}}, True),
    ],
)
def test_a_condition_of_a_policy_holds_or_refuses(
    account: Account, cloud: LocalCloud, bucket: Bucket, unique: str, *, condition: dict[str, Any], allowed: bool
) -> None:
    """The same in an Allow as, the other way round, in a Deny."""
    allowing = account.user(f"{unique}-a", allow("s3:ListBucket", bucket.arn, **condition))
    denying = account.user(f"{unique}-d", allow("s3:ListBucket", bucket.arn), deny("s3:ListBucket", "*", **condition))
    asked = {"Bucket": bucket.name, "Prefix": "in/"}
    may, may_not = (allowing, denying) if allowed else (denying, allowing)

    assert client_of(cloud, "s3", may).list_objects_v2(**asked)["KeyCount"] == 0
    assert error_code(client_of(cloud, "s3", may_not).list_objects_v2, **asked) == "AccessDenied"


def test_a_deny_of_everything_not_via_a_service_lets_s3_use_the_key(
    account: Account, cloud: LocalCloud, bucket: Bucket, unique: str
) -> None:
    """The usual deny by source address spares what a service asks in the user's name."""
    elsewhere = {"NotIpAddress": {"aws:SourceIp": ELSEWHERE}, "BoolIfExists": {"aws:ViaAWSService": "false"}}
    key = account.user(unique, bucket.may("PutObject"), bucket.may_use_key(), deny("kms:*", "*", **elsewhere))

    client_of(cloud, "s3", key).put_object(Bucket=bucket.name, Key="a", Body=b"")

    assert error_code(client_of(cloud, "kms", key).describe_key, KeyId=bucket.kms_key) == "AccessDeniedException"


@pytest.mark.parametrize("given", ["default", "same", "another key", "another algorithm"])
def test_the_buckets_own_policy_refuses_another_encryption(
    account: Account, cloud: LocalCloud, bucket: Bucket, unique: str, given: str
) -> None:
    """What names no encryption, or the bucket's own, is taken; anything else is denied by the bucket."""
    key = account.user(unique, allow(["s3:*", "kms:*"]))
    another = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    headers: dict[str, dict[str, str]] = {
        "default": {},
        "same": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": bucket.kms_key},
        "another key": {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": another},
        "another algorithm": {"ServerSideEncryption": "AES256"},
    }
    s3 = client_of(cloud, "s3", key)
    asked = {"Bucket": bucket.name, "Key": "a", "Body": b"", **headers[given]}

    if given.startswith("another"):
        assert error_code(s3.put_object, **asked) == "AccessDenied"
    else:
        assert s3.put_object(**asked)["SSEKMSKeyId"] == bucket.kms_key


def test_a_missing_object_is_told_only_to_who_may_list(
    account: Account, cloud: LocalCloud, bucket: Bucket, unique: str
) -> None:
    """403 for the one who may read alone, or list one prefix alone; 404 for the one who may list the bucket."""
    read = [bucket.may("GetObject"), bucket.may_use_key()]
    reader = client_of(cloud, "s3", account.user(f"{unique}-a", *read, bucket.may_list("in/*")))
    lister = client_of(cloud, "s3", account.user(f"{unique}-b", *read, allow("s3:ListBucket", bucket.arn)))
    missing = {"Bucket": bucket.name, "Key": "in/none"}

    assert (error_code(reader.get_object, **missing), error_code(reader.head_object, **missing)) == (
        "AccessDenied",
        "403",
    )
    assert (error_code(lister.get_object, **missing), error_code(lister.head_object, **missing)) == ("NoSuchKey", "404")


def test_another_accounts_bucket_stays_closed(cloud: LocalCloud, bucket: Bucket, unique: str) -> None:
    """A user who may do everything in one account may do nothing in the other."""
    key = Account(cloud, OTHER_PROJECT).user(unique, allow("*"))
    s3 = client_of(cloud, "s3", key)

    assert error_code(s3.put_object, Bucket=bucket.name, Key="a", Body=b"") == "AccessDenied"
    assert error_code(s3.list_objects_v2, Bucket=bucket.name) == "AccessDenied"
    assert error_code(s3.get_bucket_location, Bucket=bucket.name) == "AccessDenied"


def test_a_changed_policy_counts_at_once(account: Account, cloud: LocalCloud, bucket: Bucket, unique: str) -> None:
    """The policy's new default version decides the next request."""
    key = account.user(unique, allow("s3:ListBucket", bucket.arn))
    s3 = client_of(cloud, "s3", key)
    s3.list_objects_v2(Bucket=bucket.name)

    (policy,) = account.client("iam").list_attached_user_policies(UserName=unique)["AttachedPolicies"]
    narrowed = json.dumps(document(allow("s3:ListAllMyBuckets")))
    account.client("iam").create_policy_version(
        PolicyArn=policy["PolicyArn"], PolicyDocument=narrowed, SetAsDefault=True
    )

    assert error_code(s3.list_objects_v2, Bucket=bucket.name) == "AccessDenied"
    s3.list_buckets()


@pytest.mark.parametrize("secret", ["own", "wrong"])
def test_a_presigned_url_is_as_good_as_its_key(
    account: Account, cloud: LocalCloud, bucket: Bucket, unique: str, secret: str
) -> None:
    """It reads what the user may read, counts as a use of the key, and is refused once the key is switched off."""
    own = account.user(unique, bucket.may("GetObject", under="in/"), bucket.may_use_key())
    key = own if secret == "own" else {**own, "SecretAccessKey": "x" * 40}
    for name in ("in/a", "out/a"):
        account.client("s3").put_object(Bucket=bucket.name, Key=name, Body=b"content")

    def read(name: str) -> int:
        url = presigned(f"{cloud.url}/{bucket.name}/{name}", key)
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 -- our own loopback
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    assert (read("in/a"), read("out/a")) == (200 if secret == "own" else 403, 403)
    iam = account.client("iam")
    used = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert (used["ServiceName"], used["Region"]) == (("s3", "eu-west-1") if secret == "own" else ("N/A", "N/A"))
    iam.update_access_key(UserName=unique, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert read("in/a") == 403
