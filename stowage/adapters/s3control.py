"""S3 Control: the public access block of a whole account, for which CloudFormation has no type."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from stowage.adapters.aws_errors import aws_errors, error_code

if TYPE_CHECKING:
    from mypy_boto3_s3control.client import S3ControlClient

SETTINGS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")


def block_public_access(client: "S3ControlClient", account: str) -> bool:
    """Switch all four settings of the account's public access block on; gives False when they were on already.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
    """
    with aws_errors():
        try:
            now = client.get_public_access_block(AccountId=account)["PublicAccessBlockConfiguration"]
        except ClientError as error:
            if error_code(error) != "NoSuchPublicAccessBlockConfiguration":
                raise
            now = {}
        if all(now.get(setting) is True for setting in SETTINGS):
            return False
        client.put_public_access_block(
            AccountId=account,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )
    return True
