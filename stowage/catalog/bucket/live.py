"""What of a bucket's stack is read directly when drift is looked for."""

from collections.abc import Mapping

from stowage.catalog.grants import partition_of
from stowage.domain.kinds import DirectCheck
from stowage.domain.projects import Project


def attributes(project: Project, name: str) -> Mapping[str, str]:
    """Give what the policy's references to the bucket stand for."""
    return {"Bucket": name, "Bucket.Arn": f"arn:{partition_of(project)}:s3:::{name}"}


CHECKS = (DirectCheck("BucketPolicy", "AWS::S3::BucketPolicy", ("PolicyDocument",), attributes),)
"""CloudFormation detects no drift of a bucket's policy, not even that it is gone
(https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2169)."""
