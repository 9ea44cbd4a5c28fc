"""The other resource types of a project's account and of the hub, each setting read back from its own service."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.conftest import PROJECT, LocalCloud, StackDriver


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """Return a policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


KEY = f"arn:aws:kms:eu-west-1:{PROJECT}:key/11111111-2222-3333-4444-555555555555"
KEY_POLICY = policy(
    {
        "Sid": "Account",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{PROJECT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """Return a resource of a template."""
    return {"Type": kind, "Properties": properties}


def test_a_key_has_its_policy_its_rotation_and_its_alias(cloud: LocalCloud, stacks: StackDriver, unique: str) -> None:
    """AWS::KMS::Key and AWS::KMS::Alias, read back from KMS; the deleted key waits for its deletion."""
    kms = cloud.client("kms", PROJECT)
    key = resource("AWS::KMS::Key", KeyPolicy=KEY_POLICY, EnableKeyRotation=True, PendingWindowInDays=7)
    alias = resource("AWS::KMS::Alias", AliasName=f"alias/{unique}", TargetKeyId={"Ref": "Key"})

    stack_id = stacks.create(unique, {"Resources": {"Key": key, "Alias": alias}})
    metadata = kms.describe_key(KeyId=f"alias/{unique}")["KeyMetadata"]
    stored = json.loads(kms.get_key_policy(KeyId=metadata["KeyId"], PolicyName="default")["Policy"])
    rotates = kms.get_key_rotation_status(KeyId=metadata["KeyId"])["KeyRotationEnabled"]
    stacks.delete(stack_id)

    assert stored == KEY_POLICY
    assert rotates is True
    assert kms.describe_key(KeyId=metadata["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    with pytest.raises(ClientError, match="NotFoundException"):
        kms.describe_key(KeyId=f"alias/{unique}")


def test_a_key_policy_decides_even_within_the_account(cloud: LocalCloud, unique: str) -> None:
    """A role with kms:* may not use a key whose policy does not let the account's policies decide."""
    iam, kms, sts = (cloud.client(service, PROJECT) for service in ("iam", "kms", "sts"))
    anybody = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{PROJECT}:root"}, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=unique, AssumeRolePolicyDocument=json.dumps(policy(anybody)))["Role"]["Arn"]
    everything = policy({"Effect": "Allow", "Action": "kms:*", "Resource": "*"})
    iam.put_role_policy(RoleName=unique, PolicyName="p", PolicyDocument=json.dumps(everything))
    closed = policy(
        {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
    )
    open_key = kms.create_key(Policy=json.dumps(KEY_POLICY))["KeyMetadata"]["KeyId"]
    closed_key = kms.create_key(Policy=json.dumps(closed))["KeyMetadata"]["KeyId"]
    session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    user = cloud.client("kms", credentials=session)

    user.generate_data_key(KeyId=open_key, KeySpec="AES_256")

    with pytest.raises(ClientError, match="AccessDenied"):
        user.generate_data_key(KeyId=closed_key, KeySpec="AES_256")


def test_a_managed_policy_is_versioned_by_its_stack(cloud: LocalCloud, stacks: StackDriver, unique: str) -> None:
    """AWS::IAM::ManagedPolicy: an update is the new default version, and a deletion removes it."""
    iam = cloud.client("iam", PROJECT)
    documents = [policy({"Effect": "Allow", "Action": f"s3:{action}*", "Resource": "*"}) for action in ("Get", "List")]

    def template(document: dict[str, Any]) -> dict[str, Any]:
        managed = resource("AWS::IAM::ManagedPolicy", ManagedPolicyName=unique, PolicyDocument=document)
        return {"Resources": {"Policy": managed}, "Outputs": {"Arn": {"Value": {"Ref": "Policy"}}}}

    stack_id = stacks.create(unique, template(documents[0]))
    stacks.update(stack_id, template(documents[1]))
    (output,) = stacks.describe(stack_id)["Outputs"]
    found = iam.get_policy(PolicyArn=output["OutputValue"])["Policy"]
    version = iam.get_policy_version(PolicyArn=found["Arn"], VersionId=found["DefaultVersionId"])["PolicyVersion"]
    stacks.delete(stack_id)

    assert found["Arn"] == f"arn:aws:iam::{PROJECT}:policy/{unique}"
    assert version["Document"] == documents[1]
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_policy(PolicyArn=found["Arn"])


def test_a_topic_keeps_its_key_and_its_policy(cloud: LocalCloud, stacks: StackDriver, unique: str) -> None:
    """AWS::SNS::Topic with KmsMasterKeyId, and AWS::SNS::TopicPolicy."""
    sns = cloud.client("sns", PROJECT)
    arn = f"arn:aws:sns:eu-west-1:{PROJECT}:{unique}"
    document = policy(
        {
            "Sid": "CloudFormation",
            "Effect": "Allow",
            "Principal": {"Service": "cloudformation.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": arn,
        }
    )
    topic = resource("AWS::SNS::Topic", TopicName=unique, KmsMasterKeyId="alias/some-key")
    topic_policy = resource("AWS::SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument=document)

    stack_id = stacks.create(unique, {"Resources": {"Topic": topic, "Policy": topic_policy}})
    attributes = sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    stacks.update(stack_id, {"Resources": {"Topic": resource("AWS::SNS::Topic", TopicName=unique)}})

    assert attributes["KmsMasterKeyId"] == "alias/some-key"
    assert json.loads(attributes["Policy"]) == document
    assert "KmsMasterKeyId" not in sns.get_topic_attributes(TopicArn=arn)["Attributes"]


def test_a_table_expires_rows_and_can_be_recovered(cloud: LocalCloud, stacks: StackDriver, unique: str) -> None:
    """AWS::DynamoDB::Table with TimeToLiveSpecification and PointInTimeRecoverySpecification, and without."""
    dynamodb = cloud.client("dynamodb", PROJECT)
    plain = {
        "TableName": unique,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    }
    rich = {
        **plain,
        "TimeToLiveSpecification": {"AttributeName": "expiresAt", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY},
    }

    def settings() -> tuple[str, str]:
        ttl = dynamodb.describe_time_to_live(TableName=unique)["TimeToLiveDescription"]["TimeToLiveStatus"]
        backups = dynamodb.describe_continuous_backups(TableName=unique)["ContinuousBackupsDescription"]
        return ttl, backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]

    stack_id = stacks.create(unique, {"Resources": {"Table": resource("AWS::DynamoDB::Table", **rich)}})
    on = settings()
    encryption = dynamodb.describe_table(TableName=unique)["Table"]["SSEDescription"]
    stacks.update(stack_id, {"Resources": {"Table": resource("AWS::DynamoDB::Table", **plain)}})

    assert on == ("ENABLED", "ENABLED")
    assert (encryption["Status"], encryption["SSEType"]) == ("ENABLED", "KMS")
    assert encryption["KMSMasterKeyArn"] == KEY
    assert settings() == ("DISABLED", "DISABLED")


def test_a_log_group_and_a_queue_keep_their_key_and_their_days(
    cloud: LocalCloud, stacks: StackDriver, unique: str
) -> None:
    """AWS::Logs::LogGroup and AWS::SQS::Queue, read back from their services."""
    logs, sqs = cloud.client("logs", PROJECT), cloud.client("sqs", PROJECT)
    group = resource("AWS::Logs::LogGroup", LogGroupName=f"/{unique}", RetentionInDays=90, KmsKeyId=KEY)
    queue = resource("AWS::SQS::Queue", QueueName=unique, MessageRetentionPeriod=1209600, KmsMasterKeyId=KEY)

    stacks.create(unique, {"Resources": {"Group": group, "Queue": queue}})

    (found,) = logs.describe_log_groups(logGroupNamePrefix=f"/{unique}")["logGroups"]
    url = sqs.get_queue_url(QueueName=unique)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["retentionInDays"], found["kmsKeyId"]) == (90, KEY)
    assert (attributes["MessageRetentionPeriod"], attributes["KmsMasterKeyId"]) == ("1209600", KEY)
