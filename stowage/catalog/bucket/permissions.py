"""What CloudFormation's service role needs in a project's account to create, update and delete a bucket's stack."""

from stowage.domain.kinds import Statement

WRITES = (
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketLogging",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:TagResource",
    "s3:UntagResource",
)
"""What the handlers of AWS::S3::Bucket and AWS::S3::BucketPolicy call to set the properties in `stack.py`."""

READS = (
    "s3:GetAccelerateConfiguration",
    "s3:GetAnalyticsConfiguration",
    "s3:GetBucketAbac",
    "s3:GetBucketAcl",
    "s3:GetBucketCORS",
    "s3:GetBucketLogging",
    "s3:GetBucketMetadataTableConfiguration",
    "s3:GetBucketNotification",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketOwnershipControls",
    "s3:GetBucketPolicy",
    "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketTagging",
    "s3:GetBucketVersioning",
    "s3:GetBucketWebsite",
    "s3:GetEncryptionConfiguration",
    "s3:GetIntelligentTieringConfiguration",
    "s3:GetInventoryConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:GetMetricsConfiguration",
    "s3:GetReplicationConfiguration",
    "s3:ListBucket",
    "s3:ListTagsForResource",
)
"""What the handlers read, whether our template sets it or not."""


def service_statements() -> tuple[Statement, ...]:
    """Give the statements: settings of buckets and nothing on objects, so that the role can neither read nor lose data.

    The actions are the `handlers` of the two types' registry schemas, less what `stack.py` does not set
    (https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html). None of KMS: S3 uses
    the key in the name of whoever reads or writes objects, and setting it as a bucket's default calls nothing.
    """
    return (
        {
            "Sid": "Buckets",
            "Effect": "Allow",
            "Action": sorted(WRITES + READS),
            # Every bucket name: it is the manager's free choice, and a bucket's ARN carries no account. Buckets of
            # other accounts stay out of reach, for their owners grant us nothing.
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:s3:::*"},
        },
    )
