"""The account's own public access block, by S3 Control.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html
"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import LocalCloud

BLOCKED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
# Accounts of these tests alone: the block holds for a whole account.
ACCOUNT, STRANGER = "333333333333", "444444444444"


@pytest.fixture
def control(cloud: LocalCloud) -> Any:
    """Return the account's S3 Control, without a block."""
    client = cloud.client("s3control", ACCOUNT)
    client.delete_public_access_block(AccountId=ACCOUNT)
    return client


def code_of(call: Any, **parameters: Any) -> str:
    """Return the code of the error that the call answers with."""
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    return str(raised.value.response["Error"]["Code"])


def test_the_block_is_kept_for_its_account_alone(cloud: LocalCloud, control: Any) -> None:
    """What was put is what is got; another account has none."""
    before = code_of(control.get_public_access_block, AccountId=ACCOUNT)
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=BLOCKED)

    kept = control.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"]
    other = code_of(cloud.client("s3control", STRANGER).get_public_access_block, AccountId=STRANGER)

    assert kept == BLOCKED
    assert before == other == "NoSuchPublicAccessBlockConfiguration"


def test_another_accounts_block_is_out_of_reach(control: Any) -> None:
    """The account in the request has to be the caller's."""
    assert code_of(control.get_public_access_block, AccountId=STRANGER) == "AccessDenied"


def test_the_block_holds_for_every_bucket_of_the_account(cloud: LocalCloud, control: Any, unique: str) -> None:
    """A public policy is refused although the bucket's own block is off."""
    s3 = cloud.client("s3", ACCOUNT)
    s3.create_bucket(Bucket=unique, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.delete_public_access_block(Bucket=unique)
    public = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{unique}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [public]})

    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=BLOCKED)
    refused = code_of(s3.put_bucket_policy, Bucket=unique, Policy=policy)
    control.delete_public_access_block(AccountId=ACCOUNT)
    s3.put_bucket_policy(Bucket=unique, Policy=policy)

    assert refused == "AccessDenied"


def test_it_needs_its_own_permission(cloud: LocalCloud, control: Any, unique: str) -> None:
    """s3:GetAccountPublicAccessBlock to see it, s3:PutAccountPublicAccessBlock to set it."""
    iam, sts = cloud.client("iam", ACCOUNT), cloud.client("sts", ACCOUNT)
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [root]})
    role = iam.create_role(RoleName=unique, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    see = {"Effect": "Allow", "Action": "s3:GetAccountPublicAccessBlock", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [see]})
    iam.put_role_policy(RoleName=unique, PolicyName="see", PolicyDocument=document)
    control.put_public_access_block(AccountId=ACCOUNT, PublicAccessBlockConfiguration=BLOCKED)
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    limited = cloud.client("s3control", credentials=session)

    assert limited.get_public_access_block(AccountId=ACCOUNT)["PublicAccessBlockConfiguration"] == BLOCKED
    assert code_of(limited.delete_public_access_block, AccountId=ACCOUNT) == "AccessDenied"
