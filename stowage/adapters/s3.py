"""Names that are unique in all of AWS: S3's buckets."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

FREE = "404"
TAKEN = frozenset({"301", "307", "400", "403"})
"""There is such a bucket, and it is elsewhere (301, 307), refuses the form of the request (400) or the caller (403):
https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html"""


class S3GlobalNames:
    """The port `GlobalNames`, by an unsigned HeadBucket: it needs no permission, and sees every account's buckets."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def is_taken(self, service: str, name: str) -> bool:
        """Tell whether anybody owns the name; `service` is "s3". Raises ValueError for any other service."""
        if service != "s3":
            raise ValueError(f"Nobody has told how names of {service} are looked up.")
        with aws_errors():
            try:
                self._client.head_bucket(Bucket=name)
            except ClientError as error:
                if error_code(error) == FREE:
                    return False
                if error_code(error) not in TAKEN:
                    raise
        return True
