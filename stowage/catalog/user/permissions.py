"""What CloudFormation's service role needs in a project's account for users: IAM below the path /stowage/, no more.

The actions are the `handlers` of the two types' registry schemas, less what `stack.py` does not set
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html).
"""

from stowage.catalog.baseline_roles import BOUNDARY
from stowage.domain.kinds import Statement

USERS = (
    "iam:DeleteAccessKey",
    "iam:DeleteLoginProfile",
    "iam:DeleteUser",
    "iam:GetLoginProfile",
    "iam:GetUser",
    "iam:GetUserPolicy",
    "iam:ListAccessKeys",
    "iam:ListAttachedUserPolicies",
    "iam:ListGroupsForUser",
    "iam:ListUserPolicies",
    "iam:ListUserTags",
    "iam:TagUser",
    "iam:UntagUser",
    "iam:UpdateUser",
)
"""Of users alone. None of these opens anything; UpdateUser can rename, but needs the permission on both names. Keys and
a console password somebody made by hand must go before IAM lets a user go; none can be made by this role."""

POLICIES = (
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListEntitiesForPolicy",
    "iam:ListPolicyVersions",
)

_IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
_USERS_ARN = {"Fn::Sub": f"{_IAM}:user/stowage/*"}
_POLICIES_ARN = {"Fn::Sub": f"{_IAM}:policy/stowage/*"}
_BOUNDARY_ARN = {"Fn::Sub": f"{_IAM}:policy/{BOUNDARY}"}


def service_statements() -> tuple[Statement, ...]:
    """Give the statements: a user is made within the boundary and stays within it, and has policies of ours alone."""
    return (
        {"Sid": "Users", "Effect": "Allow", "Action": list(USERS), "Resource": _USERS_ARN},
        {
            "Sid": "UsersWithinTheBoundary",
            "Effect": "Allow",
            "Action": ["iam:CreateUser", "iam:PutUserPermissionsBoundary"],
            "Resource": _USERS_ARN,
            "Condition": {"ArnEquals": {"iam:PermissionsBoundary": _BOUNDARY_ARN}},
        },
        {
            "Sid": "UsersPolicies",
            "Effect": "Allow",
            "Action": ["iam:AttachUserPolicy", "iam:DetachUserPolicy"],
            "Resource": _USERS_ARN,
            "Condition": {"ArnLike": {"iam:PolicyARN": _POLICIES_ARN}},
        },
        {"Sid": "Policies", "Effect": "Allow", "Action": list(POLICIES), "Resource": _POLICIES_ARN},
        {
            # Nothing allows it; denied all the same, whatever another kind may come to need.
            "Sid": "NeverOutOfTheBoundary",
            "Effect": "Deny",
            "Action": "iam:DeleteUserPermissionsBoundary",
            "Resource": "*",
        },
    )
