"""The console's bucket and distribution, on moto."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from stowage.adapters.console_hosting import AwsConsoleHosting, WebFile

BUCKET = "console-files"
FOR_EVER = "public, max-age=31536000, immutable"
SOON = datetime.now(UTC) + timedelta(days=31)


@pytest.fixture
def aws() -> Iterator[dict[str, Any]]:
    """Give S3 and CloudFront with a bucket and a distribution of it."""
    with mock_aws():
        s3, cloudfront = boto3.client("s3", "us-east-1"), boto3.client("cloudfront", "us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        origin = {"Id": "b", "DomainName": f"{BUCKET}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
        config = {
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "b", "ViewerProtocolPolicy": "redirect-to-https"},
        }
        made = cloudfront.create_distribution(DistributionConfig=config)
        yield {"s3": s3, "cloudfront": cloudfront, "distribution": made["Distribution"]["Id"]}


@pytest.fixture
def hosting(aws: dict[str, Any]) -> AwsConsoleHosting:
    """Give the adapter."""
    return AwsConsoleHosting(aws["s3"], aws["cloudfront"], BUCKET, aws["distribution"])


def test_a_file_keeps_its_type_and_how_long_it_may_be_kept(hosting: AwsConsoleHosting, aws: dict[str, Any]) -> None:
    """Browsers and CloudFront go by these two headers."""
    hosting.put(WebFile("assets/a.js", b"1", "text/javascript; charset=utf-8", FOR_EVER))

    found = aws["s3"].get_object(Bucket=BUCKET, Key="assets/a.js")
    assert found["Body"].read() == b"1"
    assert (found["ContentType"], found["CacheControl"]) == ("text/javascript; charset=utf-8", FOR_EVER)


def test_old_files_that_nothing_names_are_deleted_and_no_others(
    hosting: AwsConsoleHosting, aws: dict[str, Any]
) -> None:
    """Not what is younger, not what is named still, not what lies elsewhere."""
    for key in ("assets/old.js", "assets/named.js", "index.html"):
        hosting.put(WebFile(key, b"1", "text/plain", FOR_EVER))

    assert hosting.delete_older("assets/", timedelta(days=30), keep=["assets/named.js"], now=datetime.now(UTC)) == 0
    assert hosting.delete_older("assets/", timedelta(days=30), keep=["assets/named.js"], now=SOON) == 1

    left = [each["Key"] for each in aws["s3"].list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert left == ["assets/named.js", "index.html"]


def test_pages_are_asked_for_anew(hosting: AwsConsoleHosting, aws: dict[str, Any]) -> None:
    """One invalidation with exactly these paths."""
    hosting.invalidate({"/index.html", "/config.json"})

    [made] = aws["cloudfront"].list_invalidations(DistributionId=aws["distribution"])["InvalidationList"]["Items"]
    told = aws["cloudfront"].get_invalidation(DistributionId=aws["distribution"], Id=made["Id"])
    assert told["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] == ["/config.json", "/index.html"]
