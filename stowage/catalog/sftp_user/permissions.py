"""What CloudFormation's service role needs in a project's account for SFTP users: a role each, and the user itself.

The actions are the `handlers` of the two types' registry schemas, less what `stack.py` does not set
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html).
"""

from stowage.catalog.baseline_roles import BOUNDARY
from stowage.domain.kinds import Statement

ROLES = (
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:ListAttachedRolePolicies",
    "iam:ListRolePolicies",
    "iam:TagRole",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
)
WITHIN_THE_BOUNDARY = ("iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
SFTP_USERS = (
    "transfer:DeleteSshPublicKey",
    "transfer:DeleteUser",
    "transfer:DescribeUser",
    "transfer:ImportSshPublicKey",
    "transfer:TagResource",
    "transfer:UnTagResource",
    "transfer:UpdateUser",
)
"""https://docs.aws.amazon.com/service-authorization/latest/reference/list_awstransferfamily.html"""

_IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
_TRANSFER = "arn:${AWS::Partition}:transfer:${AWS::Region}:${AWS::AccountId}"
_ROLES_ARN = {"Fn::Sub": f"{_IAM}:role/stowage/*"}
_BOUNDARY_ARN = {"Fn::Sub": f"{_IAM}:policy/{BOUNDARY}"}


def service_statements() -> tuple[Statement, ...]:
    """Give the statements: a role is made and filled within the boundary alone, and given to Transfer Family alone."""
    return (
        {"Sid": "SftpRoles", "Effect": "Allow", "Action": list(ROLES), "Resource": _ROLES_ARN},
        {
            "Sid": "SftpRolesWithinTheBoundary",
            "Effect": "Allow",
            "Action": list(WITHIN_THE_BOUNDARY),
            "Resource": _ROLES_ARN,
            "Condition": {"ArnEquals": {"iam:PermissionsBoundary": _BOUNDARY_ARN}},
        },
        {
            "Sid": "SftpRolesAreTransfers",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": _ROLES_ARN,
            "Condition": {"StringEquals": {"iam:PassedToService": "transfer.amazonaws.com"}},
        },
        {
            "Sid": "NewSftpUsers",
            "Effect": "Allow",
            "Action": "transfer:CreateUser",
            "Resource": {"Fn::Sub": f"{_TRANSFER}:server/*"},
        },
        {
            "Sid": "SftpUsers",
            "Effect": "Allow",
            "Action": list(SFTP_USERS),
            "Resource": {"Fn::Sub": f"{_TRANSFER}:user/*"},
        },
        {
            # Nothing allows it; denied all the same, whatever another kind may come to need.
            "Sid": "NeverSftpRolesOutOfIt",
            "Effect": "Deny",
            "Action": "iam:DeleteRolePermissionsBoundary",
            "Resource": "*",
        },
    )
