"""The role by which the hub mints, keeps, hands over and rotates the access keys of a project's users."""

from typing import Any

from stowage.catalog.baseline_roles import hub_trust, role

CREDENTIALS_ROLE = "StowageCredentials"
KEY_ACTIONS = (
    "iam:CreateAccessKey",
    "iam:DeleteAccessKey",
    "iam:GetAccessKeyLastUsed",
    "iam:ListAccessKeys",
    "iam:UpdateAccessKey",
)
SECRET_ACTIONS = (
    "secretsmanager:CreateSecret",
    "secretsmanager:DeleteSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
)
SECRETS_KEY_ACTIONS = ("kms:Decrypt", "kms:GenerateDataKey")
"""https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html"""


def credentials_role(hub_account: str, hub_stack: str, external_id: str) -> dict[str, Any]:
    """Give the role: keys of Stowage's users and the secrets of Stowage's, and no stack, no policy, no data.

    A role apart from the one that drives stacks, so that whoever comes by either of the two cannot both make a user
    and have its keys. Each session of it is narrowed to one user once more (`stowage.adapters.sts`).
    """
    statements = [
        {
            "Sid": "AccessKeys",
            "Effect": "Allow",
            "Action": list(KEY_ACTIONS),
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:user/stowage/*"},
        },
        {
            "Sid": "Secrets",
            "Effect": "Allow",
            "Action": list(SECRET_ACTIONS),
            "Resource": {
                "Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:stowage/*"
            },
        },
        {
            "Sid": "SecretsKey",
            "Effect": "Allow",
            "Action": list(SECRETS_KEY_ACTIONS),
            "Resource": {"Fn::GetAtt": ["Key", "Arn"]},
            "Condition": {
                "StringEquals": {"kms:ViaService": {"Fn::Sub": "secretsmanager.${AWS::Region}.${AWS::URLSuffix}"}}
            },
        },
    ]
    description = "Assumed by Stowage's hub to mint, hand over and rotate the access keys of this project's users."
    return role(CREDENTIALS_ROLE, description, hub_trust(hub_account, hub_stack, external_id), statements)
