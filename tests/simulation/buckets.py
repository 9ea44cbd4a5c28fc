"""S3 as emptying sees it: what buckets hold, counted by the page and removed; and whether a name is taken."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from stowage.domain.direct_checks import resolved
from tests.simulation.aws_faults import client_error

KEPT = "kept"
"""How the keys begin that Object Lock does not let go."""


@dataclass
class Buckets:
    """The contents by bucket; `template_of` gives the template of a bucket that stands, or None."""

    template_of: Callable[[str], str | None]
    keys: dict[str, list[str]] = field(default_factory=dict)

    def holds(self, bucket: str) -> bool:
        """Tell whether anything is in it."""
        return bool(self.keys.get(bucket))

    def stands(self, bucket: str) -> bool:
        """Tell whether there is such a bucket."""
        return self.template_of(bucket) is not None

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Make a call as a client makes it. Raises ClientError, and NotImplementedError for what is not known."""
        bucket = arguments["Bucket"]
        if operation == "head_bucket":
            code = "403" if self.stands(bucket) else "404"
            raise client_error(code, "Forbidden or not found", "HeadBucket", status=int(code))
        if operation not in {"list_object_versions", "list_multipart_uploads", "delete_objects", "get_bucket_policy"}:
            raise NotImplementedError(f"The simulation has no s3 {operation}: give it one in tests/simulation.")
        if not self.stands(bucket):
            raise client_error("NoSuchBucket", "The specified bucket does not exist", operation, status=404)
        if operation == "get_bucket_policy":
            return {"Policy": self._policy_of(bucket)}
        keys = self.keys.get(bucket, [])
        if operation == "list_object_versions":
            page = keys[: arguments["MaxKeys"]]
            named = [{"Key": key, "VersionId": "v"} for key in page]
            return {"Versions": named, "IsTruncated": len(keys) > len(page)}
        if operation == "delete_objects":
            asked = {each["Key"] for each in arguments["Delete"]["Objects"]}
            self.keys[bucket] = [key for key in keys if key not in asked or key.startswith(KEPT)]
            kept = [key for key in keys if key in asked and key.startswith(KEPT)]
            return {"Errors": [{"Key": key, "Code": "AccessDenied", "Message": "It is locked."} for key in kept]}
        return {}

    def _policy_of(self, bucket: str) -> str:
        """Give the policy that its stack has put there: no bucket of the simulation ever drifts."""
        resources = json.loads(self.template_of(bucket) or "{}").get("Resources", {})
        if "BucketPolicy" not in resources:
            raise client_error("NoSuchBucketPolicy", "The bucket policy does not exist", "GetBucketPolicy", status=404)
        policy = resources["BucketPolicy"]["Properties"]["PolicyDocument"]
        return json.dumps(resolved(policy, {"Bucket.Arn": f"arn:aws:s3:::{bucket}"}))
