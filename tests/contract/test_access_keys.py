"""Access keys of a project's users: minted by a session, used by their holder, switched off, deleted, enforced.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stowage.catalog.bucket import KIND
from stowage.domain.kinds import RenderRequest
from stowage.domain.projects import Project
from tests.contract.conftest import OTHER_PROJECT, PROJECT, CloudFactory, LocalCloud, StackDriver
from tests.contract.iam_users import PATH, Account, allow, deny, document, error_code

pytestmark = pytest.mark.contract

KEY_ACTIONS = ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey"]
USERS = f"arn:aws:iam::{PROJECT}:user{PATH}*"
PART = b"p" * (5 * 1024 * 1024)
HERE = "127.0.0.1/32"
ELSEWHERE = "198.51.100.0/24"


@dataclass(frozen=True)
class Bucket:
    """One of Stowage's own buckets: its name, its ARN, and the key that encrypts it."""

    name: str
    kms_key: str

    @property
    def arn(self) -> str:
        """The bucket's ARN."""
        return f"arn:aws:s3:::{self.name}"

    def may(self, *actions: str, under: str = "", **condition: dict[str, Any]) -> dict[str, Any]:
        """Allow actions on the bucket's objects, or on those under a prefix."""
        return allow([f"s3:{action}" for action in actions], f"{self.arn}/{under}*", **condition)

    def may_list(self, prefix: str = "*") -> dict[str, Any]:
        """Allow listing one prefix."""
        return allow("s3:ListBucket", self.arn, StringLike={"s3:prefix": prefix})

    def may_use_key(self) -> dict[str, Any]:
        """Allow the use of the key through S3 alone."""
        through = {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
        return allow(["kms:Decrypt", "kms:GenerateDataKey"], self.kms_key, StringEquals=through)


@pytest.fixture
def account(cloud: LocalCloud) -> Account:
    """Work in the project's account."""
    return Account(cloud)


@pytest.fixture
def iam(account: Account, unique: str) -> Any:
    """Return IAM as a session sees it that may handle keys of users under Stowage's path, and nothing else."""
    last_used = allow("iam:GetAccessKeyLastUsed", USERS)
    return account.client("iam", account.session(f"{unique}-minter", allow(KEY_ACTIONS, USERS), last_used))


@pytest.fixture
def bucket(account: Account, stacks: StackDriver, unique: str) -> Bucket:
    """Make a bucket by the catalog's own template."""
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    logs = f"{unique}-logs"
    account.client("s3").create_bucket(Bucket=logs, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return make_bucket(stacks, unique, key, logs)


def make_bucket(stacks: StackDriver, name: str, key: str, logs: str) -> Bucket:
    """Make a bucket of Stowage's as its stack."""
    project = Project(
        id="kepler",
        name="Kepler",
        account=PROJECT,
        region="eu-west-1",
        deploy_role_arn="unused",
        service_role_arn="unused",
        external_id="unused",
        topic_arn="unused",
        log_bucket=logs,
        kms_key_arn=key,
        boundary_arn="unused",
        baseline_version=1,
    )
    template = KIND.render(RenderRequest(name=name, spec=KIND.schema["examples"][0], version=1, project=project))
    stack_id = stacks.create(f"stowage-bucket-{name}", template)
    assert stacks.describe(stack_id)["StackStatus"] == "CREATE_COMPLETE"
    return Bucket(name, key)


def client_of(cloud: LocalCloud, service: str, key: dict[str, Any], **changed: str) -> Any:
    """Return a client of whoever holds the access key."""
    return cloud.client(service, credentials={**key, **changed})


# -- minting -----------------------------------------------------------------------------------------------------------


def test_a_session_mints_lists_and_deletes_keys_under_its_path_alone(account: Account, iam: Any, unique: str) -> None:
    """A user of another path is out of its reach, whatever is asked."""
    root = account.client("iam")
    root.create_user(UserName=unique, Path=PATH)
    root.create_user(UserName=f"{unique}-admin", Path="/")

    key = iam.create_access_key(UserName=unique)["AccessKey"]
    listed = iam.list_access_keys(UserName=unique)["AccessKeyMetadata"]
    iam.delete_access_key(UserName=unique, AccessKeyId=key["AccessKeyId"])

    assert [(entry["AccessKeyId"], entry["Status"]) for entry in listed] == [(key["AccessKeyId"], "Active")]
    assert len(key["SecretAccessKey"]) == 40
    assert iam.list_access_keys(UserName=unique)["AccessKeyMetadata"] == []
    assert error_code(iam.create_access_key, UserName=f"{unique}-admin") == "AccessDenied"
    assert error_code(iam.list_access_keys, UserName=f"{unique}-admin") == "AccessDenied"
    assert error_code(iam.delete_user, UserName=unique) == "AccessDenied"


def test_a_user_has_two_keys_at_most(account: Account, iam: Any, unique: str) -> None:
    """The third is LimitExceeded, also if one of the two is inactive."""
    account.client("iam").create_user(UserName=unique, Path=PATH)
    first = iam.create_access_key(UserName=unique)["AccessKey"]["AccessKeyId"]
    iam.create_access_key(UserName=unique)
    iam.update_access_key(UserName=unique, AccessKeyId=first, Status="Inactive")

    assert error_code(iam.create_access_key, UserName=unique) == "LimitExceeded"
    iam.delete_access_key(UserName=unique, AccessKeyId=first)
    assert iam.create_access_key(UserName=unique)["AccessKey"]["Status"] == "Active"


def test_keys_of_nobody_or_of_somebody_else_are_not_found(account: Account, iam: Any, unique: str) -> None:
    """An unknown user, a key that is another user's, and a key that is gone."""
    root = account.client("iam")
    root.create_user(UserName=unique, Path=PATH)
    root.create_user(UserName=f"{unique}-b", Path=PATH)
    foreign = iam.create_access_key(UserName=f"{unique}-b")["AccessKey"]["AccessKeyId"]

    assert error_code(root.create_access_key, UserName=f"{unique}-none") == "NoSuchEntity"
    assert error_code(root.list_access_keys, UserName=f"{unique}-none") == "NoSuchEntity"
    assert error_code(iam.delete_access_key, UserName=unique, AccessKeyId=foreign) == "NoSuchEntity"
    asked = {"UserName": unique, "AccessKeyId": foreign, "Status": "Inactive"}
    assert error_code(iam.update_access_key, **asked) == "NoSuchEntity"
    iam.delete_access_key(UserName=f"{unique}-b", AccessKeyId=foreign)
    assert error_code(iam.delete_access_key, UserName=f"{unique}-b", AccessKeyId=foreign) == "NoSuchEntity"


def test_a_session_has_to_name_the_user(iam: Any) -> None:
    """Without a name IAM would take the caller, who is no user."""
    assert error_code(iam.create_access_key) in {"ValidationError", "AccessDenied"}


def test_the_last_use_of_a_key_is_told(account: Account, cloud: LocalCloud, iam: Any, unique: str) -> None:
    """N/A for a new key, then service and region of the last signed request, refused ones included."""
    key = account.user(unique, allow("s3:ListAllMyBuckets"))

    def last_use() -> dict[str, Any]:
        answer = iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])
        assert answer["UserName"] == unique
        return dict(answer["AccessKeyLastUsed"])

    assert last_use() == {"Region": "N/A", "ServiceName": "N/A"}
    before = datetime.now(UTC) - timedelta(seconds=2)
    client_of(cloud, "sts", key).get_caller_identity()
    first = last_use()
    client_of(cloud, "s3", key).list_buckets()
    second = last_use()
    assert error_code(client_of(cloud, "kms", key).list_keys) == "AccessDeniedException"
    third = last_use()
    forged = client_of(cloud, "sns", key, SecretAccessKey="x" * 40)
    assert error_code(forged.list_topics) == "SignatureDoesNotMatch"

    assert [use["ServiceName"] for use in (first, second, third, last_use())] == ["sts", "s3", "kms", "kms"]
    assert {use["Region"] for use in (first, second, third)} == {"eu-west-1"}
    assert before <= first["LastUsedDate"] <= datetime.now(UTC)


# -- who the holder is -------------------------------------------------------------------------------------------------


def test_the_holder_is_the_user_in_the_users_own_account(cloud: LocalCloud, unique: str) -> None:
    """GetCallerIdentity names the account and the ARN with its path, in two accounts at once."""
    for number in (PROJECT, OTHER_PROJECT):
        key = Account(cloud, number).user(f"{unique}-{number}", allow("s3:ListAllMyBuckets"))

        identity = client_of(cloud, "sts", key).get_caller_identity()

        assert identity["Account"] == number
        assert identity["Arn"] == f"arn:aws:iam::{number}:user{PATH}{unique}-{number}"


def test_a_wrong_secret_an_unknown_key_and_an_inactive_one_are_refused(
    account: Account, cloud: LocalCloud, iam: Any, unique: str
) -> None:
    """Each with the code of the service that is asked; an active one works again."""
    key = account.user(unique, allow(["s3:ListAllMyBuckets", "kms:ListKeys"]))
    calls = {"s3": "list_buckets", "sts": "get_caller_identity", "kms": "list_keys"}

    def codes(**changed: str) -> dict[str, str]:
        return {name: error_code(getattr(client_of(cloud, name, key, **changed), call)) for name, call in calls.items()}

    unknown = {"s3": "InvalidAccessKeyId", "sts": "InvalidClientTokenId", "kms": "UnrecognizedClientException"}
    asked = {"UserName": unique, "AccessKeyId": key["AccessKeyId"]}
    assert codes(SecretAccessKey="x" * 40) == {
        "s3": "SignatureDoesNotMatch",
        "sts": "SignatureDoesNotMatch",
        "kms": "InvalidSignatureException",
    }
    assert codes(AccessKeyId="AKIAIOSFODNN7EXAMPLE") == unknown
    iam.update_access_key(**asked, Status="Inactive")
    assert codes() == unknown
    iam.update_access_key(**asked, Status="Active")
    assert client_of(cloud, "sts", key).get_caller_identity()["Account"] == PROJECT
    iam.delete_access_key(**asked)
    assert codes() == unknown


# -- what the holder may do --------------------------------------------------------------------------------------------


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

    assert s3.get_object(Bucket=bucket.name, Key="in/b")["Body"].read() == b"content"
    assert s3.head_object(Bucket=bucket.name, Key="in/c")["ContentLength"] == 2 * len(PART)
    listed = s3.list_objects_v2(Bucket=bucket.name, Prefix="in/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["in/a", "in/b", "in/c"]
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
        assert "explicit deny in a resource-based policy" in message_of(s3, **asked)
    else:
        assert s3.put_object(**asked)["SSEKMSKeyId"] == bucket.kms_key


def message_of(s3: Any, **asked: Any) -> str:
    """Return the sentence with which S3 refuses a PutObject."""
    try:
        s3.put_object(**asked)
    except s3.exceptions.ClientError as error:
        return str(error.response["Error"]["Message"])
    return ""


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


def presigned(url: str, key: dict[str, Any]) -> str:
    """Return the URL signed with signature version 4, good for a minute."""
    request = AWSRequest("GET", url)
    credentials = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
    S3SigV4QueryAuth(credentials, "s3", "eu-west-1", expires=60).add_auth(request)
    return str(request.url)


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


# -- where the secret stays --------------------------------------------------------------------------------------------


def test_keys_survive_a_restart_and_their_secret_is_in_no_log(start_cloud: CloudFactory, unique: str) -> None:
    """The key works, its last use is kept, and the emulator's output never held the secret."""
    cloud = start_cloud()
    account = Account(cloud)
    key = account.user(unique, allow("s3:ListAllMyBuckets"))
    off = account.client("iam").create_access_key(UserName=unique)["AccessKey"]
    account.client("iam").update_access_key(UserName=unique, AccessKeyId=off["AccessKeyId"], Status="Inactive")
    client_of(cloud, "s3", key).list_buckets()

    cloud.restart()

    used = account.client("iam").get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]
    assert used["ServiceName"] == "s3"
    client_of(cloud, "s3", key).list_buckets()
    assert error_code(client_of(cloud, "s3", off).list_buckets) == "InvalidAccessKeyId"
    assert error_code(client_of(cloud, "s3", key, SecretAccessKey="x" * 40).list_buckets) == "SignatureDoesNotMatch"
    assert error_code(account.client("iam").create_access_key, UserName=unique) == "LimitExceeded"
    assert key["SecretAccessKey"] not in cloud.log.read_text()


def test_nothing_but_iam_itself_keeps_the_secret(start_cloud: CloudFactory, unique: str) -> None:
    """After a stop, of all files of the local cloud only IAM's own state holds it."""
    cloud = start_cloud()
    key = Account(cloud).user(unique, allow("s3:ListAllMyBuckets"))
    client_of(cloud, "s3", key).list_buckets()

    cloud.stop()

    secret = json.dumps(key["SecretAccessKey"])[1:-1].encode()
    files = [path for path in cloud.state_dir.rglob("*") if path.is_file()]
    holders = {path.name for path in files if secret in path.read_bytes()}
    assert holders == {"iam.json"}
