"""What people keep in S3 buckets of the projects' accounts: counted by a page, and removed page by page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code
from stowage.domain.errors import BucketNotEmptyError
from stowage.domain.ports import Amount, Clock, Removal
from stowage.domain.projects import Project

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_s3.client import S3Client

    from stowage.adapters.sts import ProjectSessions

PAGE = 1_000
"""The most that S3 lists, and deletes, at once
(https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html)."""
NO_BUCKET = "NoSuchBucket"
ASKED = 5
"""Of so many versions it is asked whether Object Lock keeps them: two calls each."""
UNTOLD = frozenset({"AccessDenied", "NoSuchObjectLockConfiguration", "InvalidRequest", "NoSuchKey", "NoSuchVersion"})
"""Of a version: the project's baseline is too old to ask, no retention is set, the bucket has no Object Lock, or it is
gone (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html)."""
PASSING = frozenset({"InternalError", "SlowDown", "ServiceUnavailable"})
"""Of a single version: it is still there, and the next page tries it again."""


class S3Contents:
    """The port `Contents`."""

    def __init__(self, sessions: "ProjectSessions", clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def look(self, project: Project, store: str, *, person: str, locked: bool = False) -> Amount:
        """Count what the bucket holds, by one page of versions and one of unfinished uploads.

        Where the project's baseline does not let it be seen what Object Lock keeps, nothing is told of that.
        """
        client = self._sessions.s3(project, store, person)
        with aws_errors():
            try:
                versions = client.list_object_versions(Bucket=store, MaxKeys=PAGE)
                uploads = client.list_multipart_uploads(Bucket=store, MaxUploads=PAGE)
            except ClientError as error:
                if error_code(error) == NO_BUCKET:
                    return Amount(0, more=False)
                raise
        count = len(_named(versions)) + len(uploads.get("Uploads", []))
        more = bool(versions.get("IsTruncated") or uploads.get("IsTruncated"))
        return Amount(count, more=more, kept=self._kept(client, store, versions) if locked else None)

    def _kept(self, client: "S3Client", bucket: str, page: Any) -> str | None:  # noqa: ANN401 -- S3's own answer
        """Tell until when Object Lock keeps one of the page's versions; the newest are asked, as the longest kept."""
        newest = sorted(page.get("Versions", []), key=lambda each: each["LastModified"], reverse=True)[:ASKED]
        for each in newest:
            which = {"Bucket": bucket, "Key": each["Key"], "VersionId": each["VersionId"]}
            until = _retained_until(client, which)
            if until is not None and until > self._clock.now():
                return f"until {until:%Y-%m-%d}"
            if _is_on_hold(client, which):
                return "while its legal hold stands"
        return None

    def remove(self, project: Project, store: str, *, person: str, until: "datetime") -> Removal:
        """Remove page after page until then. Raises BucketNotEmptyError for what S3 does not let go."""
        client = self._sessions.s3(project, store, person)
        removed = 0
        with aws_errors():
            try:
                while self._clock.now() < until:
                    page = _remove_versions(client, store) + _abort_uploads(client, store)
                    removed += page
                    if page == 0:
                        return Removal(removed, more=False)
            except ClientError as error:
                if error_code(error) == NO_BUCKET:
                    return Removal(removed, more=False)
                raise
        return Removal(removed, more=True)


def _is_on_hold(client: "S3Client", which: Any) -> bool:  # noqa: ANN401 -- bucket, key and version
    with _untold():
        return client.get_object_legal_hold(**which).get("LegalHold", {}).get("Status") == "ON"
    return False


def _retained_until(client: "S3Client", which: Any) -> "datetime | None":  # noqa: ANN401 -- bucket, key and version
    with _untold():
        return client.get_object_retention(**which).get("Retention", {}).get("RetainUntilDate")
    return None


@contextmanager
def _untold() -> Iterator[None]:
    """Pass over a version for which nothing of Object Lock is set, that is gone, or of which nothing may be seen."""
    with aws_errors():
        try:
            yield
        except ClientError as error:
            if error_code(error) not in UNTOLD:
                raise


def _named(page: Any) -> list[Any]:  # noqa: ANN401 -- S3's own answer
    """Give what a page names, versions and delete markers alike."""
    return [
        {"Key": each["Key"], "VersionId": each["VersionId"]}
        for each in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    ]


def _remove_versions(client: "S3Client", bucket: str) -> int:
    found = _named(client.list_object_versions(Bucket=bucket, MaxKeys=PAGE))
    if not found:
        return 0
    answer = client.delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True})
    kept = [each for each in answer.get("Errors", []) if each.get("Code") not in PASSING]
    if kept:
        raise BucketNotEmptyError(
            f"S3 does not let go of {len(kept):,} versions in {bucket}: they are kept by Object Lock, until their "
            f"retention or legal hold is over, or a policy denies it. S3 says: {kept[0].get('Message', '')}"
        )
    return len(found)


def _abort_uploads(client: "S3Client", bucket: str) -> int:
    uploads = client.list_multipart_uploads(Bucket=bucket, MaxUploads=PAGE).get("Uploads", [])
    for each in uploads:
        client.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])
    return len(uploads)
