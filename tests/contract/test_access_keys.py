"""Access keys of a project's users: minted by a session, used by their holder, switched off, deleted, enforced.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.contract.conftest import OTHER_PROJECT, PROJECT, CloudFactory, LocalCloud
from tests.contract.iam_users import PATH, Account, allow, client_of, error_code

pytestmark = pytest.mark.contract

KEY_ACTIONS = ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey"]
USERS = f"arn:aws:iam::{PROJECT}:user{PATH}*"


@pytest.fixture
def account(cloud: LocalCloud) -> Account:
    """Work in the project's account."""
    return Account(cloud)


@pytest.fixture
def iam(account: Account, unique: str) -> Any:
    """Return IAM as a session sees it that may handle keys of users under Stowage's path, and nothing else."""
    last_used = allow("iam:GetAccessKeyLastUsed", USERS)
    return account.client("iam", account.session(f"{unique}-minter", allow(KEY_ACTIONS, USERS), last_used))


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


def test_a_session_has_to_name_the_user(account: Account, unique: str) -> None:
    """Without a name IAM would take the caller, who is no user."""
    iam = account.client("iam", account.session(unique, allow("iam:*")))

    assert error_code(iam.create_access_key) == "ValidationError"


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


def test_a_session_ends_with_the_user_who_began_it(cloud: LocalCloud, account: Account, unique: str) -> None:
    """A user of the same name who is made later is somebody else.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    key = account.user(unique, allow("s3:ListAllMyBuckets"))
    session = client_of(cloud, "sts", key).get_session_token()["Credentials"]
    account.client("s3", session).list_buckets()
    root = account.client("iam")

    root.delete_access_key(UserName=unique, AccessKeyId=key["AccessKeyId"])
    for name in root.list_user_policies(UserName=unique)["PolicyNames"]:
        root.delete_user_policy(UserName=unique, PolicyName=name)
    for policy in root.list_attached_user_policies(UserName=unique)["AttachedPolicies"]:
        root.detach_user_policy(UserName=unique, PolicyArn=policy["PolicyArn"])
    root.delete_user(UserName=unique)
    gone = error_code(account.client("s3", session).list_buckets)
    policy = {"Version": "2012-10-17", "Statement": [allow("s3:ListAllMyBuckets")]}
    root.create_user(UserName=unique)
    root.put_user_policy(UserName=unique, PolicyName="list", PolicyDocument=json.dumps(policy))
    namesake = root.create_access_key(UserName=unique)["AccessKey"]
    client_of(cloud, "s3", namesake).list_buckets()

    assert gone == "InvalidAccessKeyId"
    assert error_code(account.client("s3", session).list_buckets) == "InvalidAccessKeyId"


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
