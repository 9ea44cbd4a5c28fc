"""Where the console's files are kept and served from: its bucket and its distribution."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

DELETE_AT_ONCE = 1_000
"""https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html"""


@dataclass(frozen=True, slots=True)
class WebFile:
    """A file of the console; `cache_control` tells browsers and CloudFront how long to keep it."""

    key: str
    body: bytes
    content_type: str
    cache_control: str


class AwsConsoleHosting:
    """Puts files into the bucket and has the distribution ask for them anew."""

    # No stubs of CloudFront are installed.
    def __init__(self, s3: "S3Client", cloudfront: Any, bucket: str, distribution: str) -> None:  # noqa: ANN401
        self._s3, self._cloudfront = s3, cloudfront
        self._bucket, self._distribution = bucket, distribution

    def put(self, file: WebFile) -> None:
        """Write a file over the one of its key; the former version stays for the bucket's days."""
        with aws_errors():
            self._s3.put_object(
                Bucket=self._bucket,
                Key=file.key,
                Body=file.body,
                ContentType=file.content_type,
                CacheControl=file.cache_control,
            )

    def delete_older(self, prefix: str, age: timedelta, *, keep: Iterable[str], now: datetime) -> int:
        """Delete what lies under a prefix for longer than that, but for these keys; gives how many."""
        kept = set(keep)
        old = [key for key, changed in self._listed(prefix) if key not in kept and now - changed > age]
        for start in range(0, len(old), DELETE_AT_ONCE):
            batch = old[start : start + DELETE_AT_ONCE]
            with aws_errors():
                self._s3.delete_objects(
                    Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
        return len(old)

    def invalidate(self, paths: Iterable[str]) -> None:
        """Have the distribution ask for these paths anew, at once.

        https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/Invalidation.html
        """
        items = sorted(paths)
        batch = {"Paths": {"Quantity": len(items), "Items": items}, "CallerReference": str(uuid.uuid4())}
        with aws_errors():
            self._cloudfront.create_invalidation(DistributionId=self._distribution, InvalidationBatch=batch)

    def _listed(self, prefix: str) -> Iterator[tuple[str, datetime]]:
        with aws_errors():
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
                for each in page.get("Contents", []):
                    yield each["Key"], each["LastModified"]
