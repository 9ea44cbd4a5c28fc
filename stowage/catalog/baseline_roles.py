"""Who may do what in a project's account: the hub's role, CloudFormation's service role, the permissions boundary."""

import re
from typing import Any

from stowage.domain.kinds import Kind, Statement

DEPLOY_ROLE = "StowageDeploy"
SERVICE_ROLE = "StowageCloudFormation"
BOUNDARY = "StowageBoundary"
AUDITOR_ROLE = "StowageAuditor"
SURVEY_ROLE = "StowageSurvey"
HUB_AUDITOR_ROLE = "AuditorRole"
"""Logical id of the auditors' role in template.yaml, of which its name is made."""

STACK_ACTIONS = (
    "cloudformation:CancelUpdateStack",
    "cloudformation:ContinueUpdateRollback",
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:RollbackStack",
    "cloudformation:TagResource",
    "cloudformation:UpdateStack",
)
"""Exactly what `stowage.adapters` calls on stacks; the tags of CreateStack and UpdateStack have an action of their own
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html)."""

CONTENT_ACTIONS = (
    "s3:AbortMultipartUpload",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:GetObjectLegalHold",
    "s3:GetObjectRetention",
    "s3:ListBucketMultipartUploads",
    "s3:ListBucketVersions",
)
"""To see whether a bucket is empty before it is deleted, and to empty it where a person has confirmed that. Of the
objects nothing is read but until when Object Lock keeps them, and what it keeps, in governance mode too, stays."""

AUDIT_ACTIONS = (
    "cloudformation:DescribeChangeSet",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStackResource",
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStackResources",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:ListChangeSets",
    "cloudformation:ListStackResources",
)
"""All that a stack tells of itself. ListStacks is not here: it knows no stack's name to be limited to, and the names of
Stowage's stacks are in the executions."""

SURVEY_ACTIONS = (
    "cloudformation:DescribeStackResourceDrifts",
    "cloudformation:DescribeStacks",
    "cloudformation:DetectStackDrift",
    "cloudformation:DetectStackResourceDrift",
    "cloudformation:GetTemplate",
)
"""What reconcile calls on a stack; a detection of drift needs the fourth, too
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html)."""
UNSCOPED_SURVEY_ACTIONS = ("cloudformation:BatchDescribeTypeConfigurations", "cloudformation:ListStacks")
"""Neither knows a resource to be limited to; the first is a detection's, as above."""
READING = re.compile(r"[a-z0-9-]+:(Describe|Get|List)\w+")
"""How AWS calls what changes nothing; the kinds' statements hold no action on data."""
NOT_FOR_DRIFT = frozenset({"iam:ListAccessKeys", "iam:ListPolicyVersions", "iam:ListUserTags", "s3:GetBucketAcl"})
"""What CloudFormation reads to create or delete, and not to tell how something stands."""

LOG_BUCKET_ARN = {"Fn::Sub": "arn:${AWS::Partition}:s3:::stowage-logs-${AWS::AccountId}-${AWS::Region}"}
_STACKS = "arn:${AWS::Partition}:cloudformation:${AWS::Region}:${AWS::AccountId}:stack"


def deploy_role(hub_account: str, hub_stack: str, external_id: str, baseline_stack: str) -> dict[str, Any]:
    """Give the role that the hub's functions assume: it drives Stowage's stacks, empties buckets, creates nothing."""
    statements = [
        {
            "Sid": "DriveStacks",
            "Effect": "Allow",
            "Action": list(STACK_ACTIONS),
            "Resource": {"Fn::Sub": f"{_STACKS}/stowage-*/*"},
        },
        {
            # The baseline carries this role's own limits.
            "Sid": "NeverTheBaseline",
            "Effect": "Deny",
            "Action": "cloudformation:*",
            "Resource": {"Fn::Sub": f"{_STACKS}/{baseline_stack}/*"},
        },
        {
            "Sid": "HandOverTheServiceRole",
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": {"Fn::GetAtt": ["ServiceRole", "Arn"]},
            "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
        },
        {
            # Of this account's buckets; each session is narrowed to one of them (stowage/adapters/sts.py).
            "Sid": "EmptyBuckets",
            "Effect": "Allow",
            "Action": list(CONTENT_ACTIONS),
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:s3:::*"},
            "Condition": {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}},
        },
        _never_the_access_logs(),
        *_stack_event_statements(),
    ]
    trust = hub_trust(hub_account, hub_stack, external_id)
    return role(DEPLOY_ROLE, "Assumed by Stowage's hub to drive the stacks of this project.", trust, statements)


def auditor_role(hub_account: str, hub_stack: str) -> dict[str, Any]:
    """Give the role that the hub's auditors assume: it reads Stowage's stacks, and no data and nothing else.

    Only the hub's own role for auditors gets in; the hub has one if its operators have named who may be an auditor.
    """
    pattern = f"arn:${{AWS::Partition}}:iam::{hub_account}:role/{hub_stack}-{HUB_AUDITOR_ROLE}-*"
    trust = [
        {
            "Sid": "HubsAuditors",
            "Effect": "Allow",
            "Principal": {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{hub_account}:root"}},
            "Action": "sts:AssumeRole",
            "Condition": {"ArnLike": {"aws:PrincipalArn": {"Fn::Sub": pattern}}},
        }
    ]
    reading = {
        "Sid": "ReadStacks",
        "Effect": "Allow",
        "Action": list(AUDIT_ACTIONS),
        "Resource": {"Fn::Sub": f"{_STACKS}/stowage-*/*"},
    }
    return role(AUDITOR_ROLE, "Assumed by Stowage's auditors to read the stacks of this project.", trust, [reading])


def survey_role(hub_account: str, hub_stack: str, external_id: str, kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """Give the role by which reconcile looks at the project: all stacks, and what the kinds' stacks hold, read only.

    CloudFormation detects drift in its caller's name, so that the role reads what the service role may read.
    """
    statements: list[Statement] = [
        {
            "Sid": "SurveyStacks",
            "Effect": "Allow",
            "Action": list(SURVEY_ACTIONS),
            "Resource": {"Fn::Sub": f"{_STACKS}/stowage-*/*"},
        },
        {"Sid": "ListStacks", "Effect": "Allow", "Action": list(UNSCOPED_SURVEY_ACTIONS), "Resource": "*"},
        *(reading for kind in kinds for statement in kind.service_statements() for reading in _reading(statement)),
        _never_the_access_logs(),
    ]
    trust = hub_trust(hub_account, hub_stack, external_id)
    return role(
        SURVEY_ROLE, "Assumed by Stowage's hub to compare the stacks of this project with its own.", trust, statements
    )


def _reading(statement: Statement) -> list[Statement]:
    """Give what of a statement reads, as a statement of its own; nothing of one that does not."""
    actions = [action for action in statement["Action"] if READING.fullmatch(action) and action not in NOT_FOR_DRIFT]
    if statement["Effect"] != "Allow" or isinstance(statement["Action"], str) or not actions:
        return []
    return [{**statement, "Sid": f"Read{statement['Sid']}", "Action": actions}]


def service_role(kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """Give the role with which CloudFormation creates, updates and deletes what the kinds' stacks hold.

    `IfExists`: a role cannot be passed to a service of another account anyway, and CloudFormation does not document
    that it sends the source account when it assumes a service role; where it does, it must be this account.
    """
    trust = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudformation.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
        }
    ]
    statements: list[Statement] = [statement for kind in kinds for statement in kind.service_statements()]
    statements += _stack_event_statements()
    statements.append(_never_the_access_logs())
    return role(SERVICE_ROLE, "Used by CloudFormation for the stacks of Stowage.", trust, statements)


def boundary(kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """Give the permissions boundary of every identity that Stowage creates: at most what the kinds declare.

    What several kinds declare alike stands once. Denied whatever a policy says: IAM itself, every way out of the
    account, and the access logs, which are evidence.
    """
    leaving = ["account:*", "organizations:*", "sts:AssumeRole", "sts:AssumeRoot", "sts:GetFederationToken"]
    statements: list[Statement] = []
    for statement in (each for kind in kinds for each in kind.boundary_statements()):
        if statement not in statements:
            statements.append(statement)
    statements += [
        _never_the_access_logs(),
        {"Sid": "NeverIam", "Effect": "Deny", "Action": "iam:*", "Resource": "*"},
        {"Sid": "NeverLeave", "Effect": "Deny", "Action": leaving, "Resource": "*"},
    ]
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "ManagedPolicyName": BOUNDARY,
            "Description": "What identities created by Stowage may at most do.",
            "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
        },
    }


def _never_the_access_logs() -> Statement:
    """Deny the access logs: they are evidence, also against whoever this is for."""
    return {
        "Sid": "NeverTheAccessLogs",
        "Effect": "Deny",
        "Action": "s3:*",
        "Resource": [LOG_BUCKET_ARN, {"Fn::Join": ["/", [LOG_BUCKET_ARN, "*"]]}],
    }


def _stack_event_statements() -> list[Statement]:
    """Let the caller's own identity publish stack events.

    AWS does not document whether CloudFormation publishes as its service principal or in the caller's name; the
    topic's and the key's policies allow the first, this allows the second, and both only this one topic.
    """
    return [
        {"Sid": "StackEvents", "Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "StackEvents"}},
        {
            "Sid": "StackEventsKey",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
            "Resource": {"Fn::GetAtt": ["Key", "Arn"]},
            "Condition": {"StringEquals": {"kms:ViaService": {"Fn::Sub": "sns.${AWS::Region}.${AWS::URLSuffix}"}}},
        },
    ]


def hub_trust(hub_account: str, hub_stack: str, external_id: str) -> list[Statement]:
    """Let the hub's functions in.

    Only roles of the hub stack get in (their names begin with the stack's), and only with the external id. Setting
    the source identity is a statement of its own: the external id belongs to the request AssumeRole, and source
    identity needs its permission on both sides
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html).
    """
    hub = {"AWS": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{hub_account}:root"}}
    from_hub = {"aws:PrincipalArn": {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::{hub_account}:role/{hub_stack}-*"}}
    return [
        {
            "Sid": "AssumeWithExternalId",
            "Effect": "Allow",
            "Principal": hub,
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": external_id}, "ArnLike": from_hub},
        },
        {
            "Sid": "NameThePerson",
            "Effect": "Allow",
            "Principal": hub,
            "Action": "sts:SetSourceIdentity",
            "Condition": {"ArnLike": from_hub},
        },
    ]


def role(name: str, description: str, trust: list[dict[str, Any]], statements: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a role with one policy, both of this name."""
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": name,
            "Description": description,
            "MaxSessionDuration": 3600,
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust},
            "Policies": [
                {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}},
            ],
        },
    }
