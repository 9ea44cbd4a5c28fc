"""What buckets hold, on moto: counted by a page, removed page by page."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from stowage.adapters.contents import S3Contents
from stowage.adapters.sts import ProjectSessions
from stowage.domain.errors import AccessDeniedError, BucketNotEmptyError
from stowage.domain.ports import Amount, Removal
from tests.unit.fakes.clock import START, FakeClock
from tests.unit.fakes.people import project

BUCKET, PERSON = "acme-reports", "p-1"
LATER = START.replace(year=START.year + 1)


class OneSession(ProjectSessions):
    """Sessions whose one client is moto's, or whatever a test puts before it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def s3(self, project: Any, bucket: str, person: str) -> Any:
        """Give the one client."""
        del project
        assert (bucket, person) == (BUCKET, PERSON)
        return self.client


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give S3 with a versioned bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield client


def contents(client: Any) -> S3Contents:
    """Give the port."""
    return S3Contents(OneSession(client), FakeClock())


def fill(client: Any) -> None:
    """Put two versions of an object, a delete marker and an unfinished upload into the bucket."""
    client.put_object(Bucket=BUCKET, Key="a", Body=b"1")
    client.put_object(Bucket=BUCKET, Key="a", Body=b"2")
    client.delete_object(Bucket=BUCKET, Key="a")
    client.create_multipart_upload(Bucket=BUCKET, Key="b")


def test_versions_markers_and_unfinished_uploads_count(s3: Any) -> None:
    """Each of them keeps a bucket from being deleted, or costs money."""
    assert contents(s3).look(project(), BUCKET, person=PERSON) == Amount(0, more=False)
    fill(s3)
    assert contents(s3).look(project(), BUCKET, person=PERSON) == Amount(4, more=False)


def test_all_of_them_are_removed_and_the_bucket_can_go(s3: Any) -> None:
    """The last page finds nothing."""
    fill(s3)

    removal = contents(s3).remove(project(), BUCKET, person=PERSON, until=LATER)

    assert removal == Removal(4, more=False)
    assert contents(s3).look(project(), BUCKET, person=PERSON).count == 0
    s3.delete_bucket(Bucket=BUCKET)


def test_when_time_is_over_more_may_remain(s3: Any) -> None:
    """The state comes back."""
    fill(s3)

    assert contents(s3).remove(project(), BUCKET, person=PERSON, until=START) == Removal(0, more=True)


def test_a_bucket_that_is_gone_holds_nothing(s3: Any) -> None:
    """A deletion that is repeated finds it so."""
    s3.delete_bucket(Bucket=BUCKET)

    assert contents(s3).look(project(), BUCKET, person=PERSON).count == 0
    assert contents(s3).remove(project(), BUCKET, person=PERSON, until=LATER) == Removal(0, more=False)


def test_what_object_lock_keeps_is_told_with_s3s_own_words(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """DeleteObjects tells it version by version, and so succeeds as a call."""
    fill(s3)
    refusal = {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "Access Denied because object protected."}]}
    monkeypatch.setattr(s3, "delete_objects", lambda **_: refusal)

    with pytest.raises(BucketNotEmptyError, match=r"kept by Object Lock.*object protected"):
        contents(s3).remove(project(), BUCKET, person=PERSON, until=LATER)


def test_a_role_that_may_not_look_is_told(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's baseline is older."""

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectVersions")

    monkeypatch.setattr(s3, "list_object_versions", refuse)

    with pytest.raises(AccessDeniedError):
        contents(s3).look(project(), BUCKET, person=PERSON)


def test_a_page_that_is_full_says_that_there_are_more() -> None:
    """S3 has no call that counts."""
    assert str(Amount(1000, more=True)).startswith("1,000+ objects")


class Locks:
    """S3's answers about Object Lock, which moto does not give: by key, retention's end and legal hold."""

    def __init__(self, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client = client
        self.until: dict[str, Any] = {}
        self.held: set[str] = set()
        self.denied = False
        for key in ("a", "b"):
            client.put_object(Bucket=BUCKET, Key=key, Body=b"1")
        monkeypatch.setattr(client, "get_object_retention", self._retention)
        monkeypatch.setattr(client, "get_object_legal_hold", self._hold)

    def look(self, *, locked: bool = True) -> Amount:
        """Look into the bucket."""
        return contents(self.client).look(project(), BUCKET, person=PERSON, locked=locked)

    def _retention(self, *, Bucket: str, Key: str, VersionId: str) -> Any:  # noqa: N803 -- boto3's names
        self._check(Bucket, VersionId, Key in self.until, "GetObjectRetention")
        return {"Retention": {"Mode": "GOVERNANCE", "RetainUntilDate": self.until[Key]}}

    def _hold(self, *, Bucket: str, Key: str, VersionId: str) -> Any:  # noqa: N803 -- boto3's names
        self._check(Bucket, VersionId, True, "GetObjectLegalHold")  # noqa: FBT003
        return {"LegalHold": {"Status": "ON" if Key in self.held else "OFF"}}

    def _check(self, bucket: str, version: str, known: bool, operation: str) -> None:  # noqa: FBT001
        assert (bucket, version != "") == (BUCKET, True)
        if self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        if not known:
            raise ClientError({"Error": {"Code": "NoSuchObjectLockConfiguration", "Message": "no"}}, operation)


@pytest.fixture
def locks(s3: Any, monkeypatch: pytest.MonkeyPatch) -> Locks:
    """Give a bucket with Object Lock, and two objects of which nothing is kept."""
    return Locks(s3, monkeypatch)


def test_what_object_lock_keeps_is_seen_before_anything_is_removed(locks: Locks) -> None:
    """Until when, as S3 says of one of the newest; a retention that is over, or never was, keeps nothing."""
    assert locks.look().kept is None
    locks.until["a"] = START
    assert locks.look().kept is None
    locks.until["a"] = LATER
    assert locks.look() == Amount(2, more=False, kept=f"until {LATER:%Y-%m-%d}")
    assert locks.look(locked=False).kept is None


def test_a_legal_hold_keeps_without_an_end(locks: Locks) -> None:
    """Nobody knows when it is lifted."""
    locks.held.add("b")

    assert str(locks.look()).endswith("at least one of which Object Lock keeps while its legal hold stands")


def test_where_the_baseline_hides_what_is_kept_the_count_is_told_alone(locks: Locks) -> None:
    """Emptying then ends where S3 does not let go."""
    locks.until["a"], locks.denied = LATER, True

    assert locks.look() == Amount(2, more=False)
