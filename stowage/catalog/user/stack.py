"""The stack that a user is: the IAM user itself and the one policy that it has."""

from typing import Any, cast

from stowage.catalog.grants import grant_policy
from stowage.catalog.metadata import template_metadata, version_mark
from stowage.catalog.spec_rules import is_enabled, stack_tags
from stowage.domain.changes import Spec
from stowage.domain.kinds import RenderRequest, Statement, Template

PATH = "/stowage/"
NEVER_BY_SESSION: Statement = {
    "Sid": "NeverBySession",
    "Effect": "Deny",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Null": {"aws:TokenIssueTime": "false"}},
}
"""A key alone opens anything, no session begun with it. Whoever has a key may begin one, which no policy can forbid
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getsessiontoken.html), and it goes
on for up to 36 hours although the key is switched off or deleted meanwhile
(https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_disable-perms.html). Of S3 alone:
what S3 asks of KMS in the user's name is let be."""


def render(request: RenderRequest) -> Template:
    """Give the template of a user's stack; equal requests give equal templates.

    Neither a key nor a password stands in it, nor is one made by it: whatever a stack resolves may stand in its events,
    and a deleted stack's template stays readable for 90 days. Logical ids and names never change, or CloudFormation
    would replace the user, and its keys with it.
    """
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Stowage: an IAM user for programs. Change it in Stowage, not here.",
        "Metadata": template_metadata("user", request),
        "Resources": {
            "User": {
                "Type": "AWS::IAM::User",
                "Metadata": version_mark(request),
                "Properties": {
                    "UserName": request.name,
                    "Path": PATH,
                    "PermissionsBoundary": request.project.boundary_arn,
                    "ManagedPolicyArns": [{"Ref": "Policy"}],
                    "Tags": stack_tags(request.spec),
                },
            },
            "Policy": {
                # A managed policy: three times the size of an inline one, and its versions show what was granted when.
                "Type": "AWS::IAM::ManagedPolicy",
                "Properties": {
                    "ManagedPolicyName": f"stowage-user-{request.name}",
                    "Path": PATH,
                    "PolicyDocument": policy(request, enabled=is_enabled(request.spec)),
                },
            },
        },
        "Outputs": {
            "UserName": {"Description": "The user's name.", "Value": {"Ref": "User"}},
            "Arn": {"Description": "The user's ARN.", "Value": {"Fn::GetAtt": ["User", "Arn"]}},
            "Region": {"Description": "Where the granted buckets stand.", "Value": {"Ref": "AWS::Region"}},
        },
    }


def policy(request: RenderRequest, *, enabled: bool) -> dict[str, Any]:
    """Give the user's policy, switched on or off."""
    return grant_policy(request, "grants", enabled=enabled, denials=(NEVER_BY_SESSION, *_elsewhere(request.spec)))


def _elsewhere(spec: Spec) -> tuple[Statement, ...]:
    """Deny everything from addresses that are not allowed, but for what a service does on the user's behalf.

    S3 asks KMS in the user's name and from an address of its own:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_deny-ip.html
    """
    allowed = cast("list[str]", spec.get("sourceIps") or [])
    if not allowed:
        return ()
    return (
        {
            "Sid": "FromElsewhere",
            "Effect": "Deny",
            "Action": "*",
            "Resource": "*",
            "Condition": {
                "NotIpAddress": {"aws:SourceIp": allowed},
                "BoolIfExists": {"aws:ViaAWSService": "false"},
            },
        },
    )
