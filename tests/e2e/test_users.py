"""A user's key with a real client: inside its grants it works, outside it is refused, and it is handed over once."""

import base64
import time

import httpx
import pytest

from local.client import Session
from local.endpoints import Endpoints
from local.third_party import client_of, reveal
from tests.e2e import credentials
from tests.e2e.conftest import Aws
from tests.e2e.credentials import (
    ANY_REFUSAL,
    OWNER,
    grant,
    hand_over,
    new_name,
    open_handover,
    put,
    refusal_of,
)

pytestmark = pytest.mark.e2e

ATLAS = "111111111111"


@pytest.fixture(scope="module")
def buckets(endpoints: Endpoints) -> tuple[str, str]:
    """Two buckets of atlas: one that users are granted, one that they are not."""
    granted, other = new_name("granted"), new_name("other")
    with Session(endpoints, "anna@example.com") as anna:
        for name in (granted, other):
            put(anna, f"buckets/{name}", OWNER)
    return granted, other


def test_a_handed_over_key_does_what_its_grants_say_and_nothing_else(
    anna: Session, endpoints: Endpoints, buckets: tuple[str, str]
) -> None:
    """Upload and download inside the grant; everything beside it is refused, whoever asks with that key."""
    bucket, other = buckets
    user = new_name("partner")
    grants = [grant(bucket, "list", "read", "write", prefix="in/"), grant(bucket, "read", "list", prefix="out/")]
    put(anna, f"users/{user}", {**OWNER, "grants": grants})
    opened = open_handover(endpoints, hand_over(anna, user))
    assert opened["accessKeyId"].startswith("AKIA")
    s3 = client_of(endpoints, opened)
    me = client_of(endpoints, opened, "sts").get_caller_identity()
    assert (me["Account"], me["Arn"].rpartition("/")[2]) == (ATLAS, user)

    s3.put_object(Bucket=bucket, Key="in/a.txt", Body=b"hello")
    assert s3.get_object(Bucket=bucket, Key="in/a.txt")["Body"].read() == b"hello"
    assert [it["Key"] for it in s3.list_objects_v2(Bucket=bucket, Prefix="in/")["Contents"]] == ["in/a.txt"]
    assert s3.list_objects_v2(Bucket=bucket, Prefix="out/")["KeyCount"] == 0

    refusals = {
        "delete inside": refusal_of(s3.delete_object, Bucket=bucket, Key="in/a.txt"),
        "write elsewhere": refusal_of(s3.put_object, Bucket=bucket, Key="b.txt", Body=b""),
        "write where only reading is granted": refusal_of(s3.put_object, Bucket=bucket, Key="out/b.txt", Body=b""),
        "list everything": refusal_of(s3.list_objects_v2, Bucket=bucket),
        "list elsewhere": refusal_of(s3.list_objects_v2, Bucket=bucket, Prefix="secret/"),
        "another bucket": refusal_of(s3.get_object, Bucket=other, Key="in/a.txt"),
        "list another bucket": refusal_of(s3.list_objects_v2, Bucket=other, Prefix="in/"),
        "all buckets": refusal_of(s3.list_buckets),
        "the policy": refusal_of(s3.put_bucket_policy, Bucket=bucket, Policy="{}"),
        "a key of its own": refusal_of(client_of(endpoints, opened, "iam").create_access_key, UserName=user),
        "another role": refusal_of(
            client_of(endpoints, opened, "sts").assume_role,
            RoleArn=f"arn:aws:iam::{ATLAS}:role/StowageDeploy",
            RoleSessionName="mallory",
        ),
        "the secret store": refusal_of(client_of(endpoints, opened, "secretsmanager").list_secrets),
    }
    assert set(refusals.values()) <= ANY_REFUSAL, refusals


def test_a_wider_grant_works_after_the_change_and_a_narrower_one_takes_it_back(
    anna: Session, endpoints: Endpoints, buckets: tuple[str, str]
) -> None:
    """An edit of the grants is an edit of the stack: the same key, other rights."""
    bucket, _ = buckets
    user = new_name("partner")
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "read", prefix="w/")]})
    s3 = client_of(endpoints, open_handover(endpoints, hand_over(anna, user)))
    assert refusal_of(s3.put_object, Bucket=bucket, Key="w/1", Body=b"") in ANY_REFUSAL
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "read", "write", "delete", prefix="w/")]})
    s3.put_object(Bucket=bucket, Key="w/1", Body=b"1")
    s3.delete_object(Bucket=bucket, Key="w/1")
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "list", prefix="w/")]})
    assert refusal_of(s3.put_object, Bucket=bucket, Key="w/2", Body=b"") in ANY_REFUSAL


def test_a_link_opens_once_and_a_second_try_is_told(
    anna: Session, endpoints: Endpoints, buckets: tuple[str, str]
) -> None:
    """The receipt says when; the second try gets nothing, and the managers hear of it."""
    user = new_name("partner")
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(buckets[0], "read")]})
    made = hand_over(anna, user)
    for method in ("GET", "HEAD"):
        looked = httpx.request(method, f"{endpoints.api}/v1/handovers/{made['id']}/reveal", timeout=30)
        assert looked.status_code in {401, 404, 405}, looked.text
    with anna.listen("atlas") as screen:
        opened = open_handover(endpoints, made)
        assert screen.wait_for(lambda it: it["type"] == "notice" and it["notice"]["code"] == "HANDOVER_OPENED")
        again = reveal(endpoints, made)
        assert (again.status_code, again.headers["content-type"]) == (410, "application/problem+json"), again.text
        assert opened["secretAccessKey"] not in again.text
        told = screen.wait_for(lambda it: it["type"] == "notice" and it["notice"]["code"] == "HANDOVER_TRIED_AGAIN")
    assert told["notice"]["name"] == user
    [receipt] = anna.http.get(f"projects/atlas/users/{user}/handovers").json()["items"]
    assert (receipt["id"], receipt["status"], receipt["url"]) == (made["id"], "OPENED", None)
    assert receipt["openedAt"] is not None
    assert receipt["retriedAt"] is not None
    codes = [it["code"] for it in anna.http.get("projects/atlas/notices").json()["items"] if it["name"] == user]
    assert {"HANDOVER_OPENED", "HANDOVER_TRIED_AGAIN"} <= set(codes)
    refused = anna.http.post(f"projects/atlas/users/{user}/handovers", json={})
    assert refused.status_code == 409, refused.text


def test_a_wrong_token_and_a_wrong_passphrase_open_nothing_and_burn_nothing(
    anna: Session, endpoints: Endpoints, buckets: tuple[str, str]
) -> None:
    """Wrong tokens meet the answer of an unknown link; the passphrase has five tries."""
    user = new_name("partner")
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(buckets[0], "read")]})
    passphrase = "correct horse battery staple"
    made = hand_over(anna, user, passphrase=passphrase)
    wrong_token = base64.urlsafe_b64encode(bytes(16)).decode().rstrip("=")
    unknown = reveal(endpoints, {**made, "id": "hov-" + "0" * 32})
    mistaken = reveal(endpoints, made, token=wrong_token)
    assert (unknown.status_code, mistaken.status_code) == (404, 404)
    assert unknown.json() == mistaken.json()
    for left in (4, 3):
        refused = reveal(endpoints, made, passphrase="wrong " * 3)
        assert (refused.status_code, refused.json()["triesLeft"]) == (403, left), refused.text
    assert open_handover(endpoints, made, passphrase)["accessKeyId"]

    locked = new_name("partner")
    put(anna, f"users/{locked}", {**OWNER, "grants": [grant(buckets[0], "read")]})
    made = hand_over(anna, locked, passphrase=passphrase)
    answers = [reveal(endpoints, made, passphrase=f"wrong number {n}!").status_code for n in range(6)]
    assert answers[:5] == [403] * 5, answers
    assert answers[5] == 410, answers
    assert reveal(endpoints, made, passphrase=passphrase).status_code == 410
    fresh = hand_over(anna, locked)
    assert open_handover(endpoints, fresh)["accessKeyId"]


def test_a_revoked_link_is_dead_and_a_newer_one_lives(
    anna: Session, endpoints: Endpoints, buckets: tuple[str, str]
) -> None:
    """Revoking burns the link, not the credentials behind it."""
    user = new_name("partner")
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(buckets[0], "read")]})
    first = hand_over(anna, user)
    revoked = anna.http.delete(f"projects/atlas/users/{user}/handovers/{first['id']}")
    assert (revoked.status_code, revoked.json()["status"]) == (200, "REVOKED"), revoked.text
    second = hand_over(anna, user)
    assert reveal(endpoints, first).status_code == 410
    assert open_handover(endpoints, second)["secretAccessKey"]


def test_a_disabled_user_is_refused_at_once_and_works_again_when_enabled(
    anna: Session, endpoints: Endpoints, buckets: tuple[str, str]
) -> None:
    """Switching off does not wait for CloudFormation, and the key survives it."""
    bucket, _ = buckets
    user = new_name("partner")
    spec = {**OWNER, "grants": [grant(bucket, "list", "read", "write", prefix="d/")]}
    put(anna, f"users/{user}", spec)
    s3 = client_of(endpoints, open_handover(endpoints, hand_over(anna, user)))
    s3.put_object(Bucket=bucket, Key="d/1", Body=b"1")
    put(anna, f"users/{user}", {**spec, "enabled": False})
    assert refusal_of(s3.get_object, Bucket=bucket, Key="d/1") in ANY_REFUSAL
    told = anna.http.get(f"projects/atlas/users/{user}/credentials").json()
    assert told["suspended"] is True
    assert [key["status"] for key in told["keys"]] == ["INACTIVE"]
    put(anna, f"users/{user}", {**spec, "enabled": True})
    assert s3.get_object(Bucket=bucket, Key="d/1")["Body"].read() == b"1"


def test_access_ends_at_the_expiry_by_itself(anna: Session, endpoints: Endpoints, buckets: tuple[str, str]) -> None:
    """AWS itself refuses from that moment, whatever Stowage does."""
    bucket, _ = buckets
    user = new_name("partner")
    spec = {**OWNER, "grants": [grant(bucket, "list", "read", "write", prefix="e/")]}
    put(anna, f"users/{user}", spec)
    s3 = client_of(endpoints, open_handover(endpoints, hand_over(anna, user)))
    moment = time.time() + 6
    spec["expiresAt"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
    put(anna, f"users/{user}", spec)
    if time.time() < moment - 1:
        s3.put_object(Bucket=bucket, Key="e/1", Body=b"1")
    deadline = time.monotonic() + 20
    while time.time() < moment + 1:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert refusal_of(s3.put_object, Bucket=bucket, Key="e/2", Body=b"1") in ANY_REFUSAL


def test_a_granted_bucket_says_so_and_is_not_deleted(anna: Session, endpoints: Endpoints, aws: Aws) -> None:
    """Refused with the list of users; when the user is gone, it goes."""
    bucket, user = new_name("shared"), new_name("partner")
    missing = anna.http.put(f"projects/atlas/users/{user}", json={**OWNER, "grants": [grant(bucket, "read")]})
    assert missing.status_code == 422
    assert missing.json()["errors"][0]["pointer"] == "/grants/0/bucket"
    put(anna, f"buckets/{bucket}", OWNER)
    put(anna, f"users/{user}", {**OWNER, "grants": [grant(bucket, "read")]})
    row = anna.http.get(f"projects/atlas/buckets/{bucket}").json()
    assert row["referencedBy"] == [{"kind": "user", "name": user}]
    refused = anna.http.delete(f"projects/atlas/buckets/{bucket}")
    assert (refused.status_code, refused.json()["users"]) == (409, [{"kind": "user", "name": user}]), refused.text
    stale = anna.http.put(
        f"projects/atlas/users/{user}", json={**OWNER, "grants": [grant(bucket, "list")]}, headers={"If-Match": '"7"'}
    )
    assert stale.status_code == 412
    open_handover(endpoints, hand_over(anna, user))
    credentials.delete(anna, f"users/{user}")
    assert user not in [it["UserName"] for it in aws("iam", ATLAS).list_users()["Users"]]
    secrets = aws("secretsmanager", ATLAS).list_secrets()["SecretList"]
    assert not [it["Name"] for it in secrets if user in it["Name"]]
    assert anna.http.get(f"projects/atlas/buckets/{bucket}").json()["referencedBy"] == []
    credentials.delete(anna, f"buckets/{bucket}")
