"""What CloudFormation calls for a resource: the handlers of the types' registry schemas, as cfn-lint carries them.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
A schema names every permission that a handler could ever need. What only serves a property that we do not set is told
apart by `OF_PROPERTY`; whether we set it is asked of the rendered templates.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from cfnlint.data import AdditionalSpecs
from cfnlint.helpers import load_resource
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from tests.unit.permissions.actions import Needs, Permission

REGION = "eu-west-1"
OPERATIONS = ("create", "read", "update", "delete")
"""CloudFormation's stack operations never list."""

OF_PROPERTY: dict[str, dict[str, tuple[str, ...]]] = {
    "AWS::S3::Bucket": {
        "AbacStatus": ("s3:PutBucketAbac",),
        "AccelerateConfiguration": ("s3:PutAccelerateConfiguration",),
        "AccessControl": ("s3:PutBucketAcl", "s3:PutObjectAcl"),
        "AnalyticsConfigurations": ("s3:PutAnalyticsConfiguration",),
        "CorsConfiguration": ("s3:PutBucketCORS",),
        "IntelligentTieringConfigurations": ("s3:PutIntelligentTieringConfiguration",),
        "InventoryConfigurations": ("s3:PutInventoryConfiguration",),
        "MetadataConfiguration": (
            "s3:CreateBucketMetadataTableConfiguration",
            "s3:DeleteBucketMetadataTableConfiguration",
            "s3:UpdateBucketMetadataAnnotationTableConfiguration",
            "s3:UpdateBucketMetadataInventoryTableConfiguration",
            "s3:UpdateBucketMetadataJournalTableConfiguration",
            "s3tables:CreateNamespace",
            "s3tables:CreateTable",
            "s3tables:CreateTableBucket",
            "s3tables:GetTable",
            "s3tables:GetTableMetadataLocation",
            "s3tables:PutTableBucketPolicy",
            "s3tables:PutTableEncryption",
            "s3tables:PutTablePolicy",
            "s3tables:UpdateTableMetadataLocation",
        ),
        "MetricsConfigurations": ("s3:PutMetricsConfiguration",),
        "NotificationConfiguration": ("s3:PutBucketNotification",),
        "ReplicationConfiguration": ("iam:PassRole", "s3:PutReplicationConfiguration"),
        "WebsiteConfiguration": ("s3:DeleteBucketWebsite", "s3:PutBucketWebsite"),
        # What is set on every bucket.
        "BucketEncryption": ("s3:PutEncryptionConfiguration",),
        "LifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
        "LoggingConfiguration": ("s3:PutBucketLogging",),
        "ObjectLockConfiguration": ("s3:PutBucketObjectLockConfiguration",),
        "OwnershipControls": ("s3:PutBucketOwnershipControls",),
        "PublicAccessBlockConfiguration": ("s3:PutBucketPublicAccessBlock",),
        "Tags": ("s3:PutBucketTagging", "s3:TagResource", "s3:UntagResource"),
        "VersioningConfiguration": ("s3:PutBucketVersioning",),
    },
    "AWS::IAM::ManagedPolicy": {
        "Groups": ("iam:AttachGroupPolicy", "iam:DetachGroupPolicy"),
        "Roles": ("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        "Users": ("iam:AttachUserPolicy", "iam:DetachUserPolicy"),
    },
    "AWS::IAM::Role": {
        "ManagedPolicyArns": ("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
        # What is set on every role.
        "PermissionsBoundary": ("iam:PutRolePermissionsBoundary",),
        "Policies": ("iam:PutRolePolicy", "iam:DeleteRolePolicy"),
    },
    "AWS::IAM::User": {
        "Groups": ("iam:AddUserToGroup", "iam:RemoveUserFromGroup"),
        "LoginProfile": ("iam:CreateLoginProfile", "iam:UpdateLoginProfile"),
        "Policies": ("iam:DeleteUserPolicy", "iam:PutUserPolicy"),
        # What is set on every user.
        "ManagedPolicyArns": ("iam:AttachUserPolicy", "iam:DetachUserPolicy"),
        "Path": ("iam:UpdateUser",),
        "PermissionsBoundary": ("iam:PutUserPermissionsBoundary",),
    },
}

REFUSED = {
    ("AWS::IAM::Role", "iam:DeleteRolePermissionsBoundary"): "every role has one, and no update takes it away",
    ("AWS::IAM::User", "iam:DeleteUserPermissionsBoundary"): "every user has one, and no update takes it away",
    ("AWS::S3::Bucket", "s3:DeleteObject"): "the role never loses data; S3 deletes no bucket that holds any",
}
"""What a handler asks for and does not get, with the reason."""


def handler_needs(templates: Iterable[dict[str, Any]], operations: tuple[str, ...] = OPERATIONS) -> Needs:
    """Give what CloudFormation needs to create, read, update and delete the templates' resources."""
    needs: Needs = {}
    for resource in (each for template in templates for each in template["Resources"].values()):
        kind, properties = resource["Type"], resource["Properties"]
        for action in _permissions(kind, operations):
            serves = [name for name, actions in OF_PROPERTY.get(kind, {}).items() if action in actions]
            wanted = not serves or any(name in properties for name in serves)
            if wanted and is_action(action) and (kind, action) not in REFUSED:
                needs[Permission(action)] = " or ".join(serves) + f" of {kind}" if serves else f"the handlers of {kind}"
    return needs


def schema(kind: str) -> dict[str, Any]:
    """Give a type's registry schema."""
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema
    return found


def _permissions(kind: str, operations: tuple[str, ...]) -> set[str]:
    handlers = schema(kind)["handlers"]
    return {action for operation in operations for action in handlers.get(operation, {}).get("permissions", [])}


def is_action(action: str) -> bool:
    """Tell whether IAM knows the action: some schemas name API calls, such as s3:DeleteBucketCors, that it does not."""
    service, _, name = action.partition(":")
    return name.lower() in _actions().get(service, {}).get("Actions", {})


@cache
def _actions() -> dict[str, Any]:
    loaded: dict[str, Any] = load_resource(AdditionalSpecs, "Policies.json")
    return loaded
