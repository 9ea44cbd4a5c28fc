"""The stack that an SFTP user is: the role in which AWS Transfer Family acts for them, and the user itself."""

from collections.abc import Mapping
from typing import Any, cast

from stowage.catalog.grants import Grant, grant_policy, partition_of
from stowage.catalog.metadata import template_metadata, version_mark
from stowage.catalog.spec_rules import entries, is_enabled, stack_tags
from stowage.domain.kinds import RenderRequest, Template

PATH = "/stowage/"


def render(request: RenderRequest) -> Template:
    """Give the template of an SFTP user's stack; equal requests give equal templates.

    Two walls stand around the user: the logical directories, outside of which no path leads anywhere, and the role,
    which allows no more than the same folders. Logical ids, names and server never change, or CloudFormation would
    replace the user. Raises ValueError for a project without an SFTP server.
    """
    server = _server_of(request)
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Stowage: a user of the project's SFTP server. Change it in Stowage, not here.",
        "Metadata": template_metadata("sftp-user", request),
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": role_name(request.name),
                    "Path": PATH,
                    "Description": "Used by AWS Transfer Family for an SFTP user of Stowage.",
                    "PermissionsBoundary": request.project.boundary_arn,
                    "AssumeRolePolicyDocument": _trust(request, server),
                    "Policies": [
                        {
                            "PolicyName": "grants",
                            "PolicyDocument": policy(request, enabled=is_enabled(request.spec)),
                        }
                    ],
                    "Tags": stack_tags(request.spec),
                },
            },
            "SftpUser": {
                "Type": "AWS::Transfer::User",
                "Metadata": version_mark(request),
                "Properties": {
                    "ServerId": server,
                    "UserName": request.name,
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "HomeDirectoryType": "LOGICAL",
                    "HomeDirectoryMappings": [_mapping(entry) for entry in entries(request.spec, "home")],
                    "SshPublicKeys": _keys(request) if is_enabled(request.spec) else [],
                    "Tags": stack_tags(request.spec),
                },
            },
        },
        "Outputs": {
            "UserName": {"Description": "The name to sign in with.", "Value": request.name},
            "ServerId": {"Description": "The project's SFTP server.", "Value": server},
            "Endpoint": {
                "Description": "The host to connect to, port 22.",
                "Value": {
                    "Fn::Join": [".", [server, "server.transfer", {"Ref": "AWS::Region"}, {"Ref": "AWS::URLSuffix"}]]
                },
            },
        },
    }


def role_name(name: str) -> str:
    """Give the name of the role in which Transfer Family acts for a user."""
    return f"stowage-sftp-{name}"


def policy(request: RenderRequest, *, enabled: bool) -> dict[str, Any]:
    """Give the role's policy, switched on or off.

    Transfer Family lists a folder without the slash as well, and tells the user none of what else it sees so:
    https://docs.aws.amazon.com/transfer/latest/userguide/users-policies-session.html
    """
    return grant_policy(request, "home", enabled=enabled, bare_folders=True)


def _server_of(request: RenderRequest) -> str:
    if request.project.sftp_server_id is None:
        raise ValueError(f"The project {request.project.id} has no SFTP server.")
    return request.project.sftp_server_id


def _trust(request: RenderRequest, server: str) -> dict[str, Any]:
    """Let Transfer Family in, for this one user of this one server.

    It assumes a user's role in the context of that user's ARN:
    https://docs.aws.amazon.com/transfer/latest/userguide/requirements-roles.html
    """
    project = request.project
    user = f"arn:{partition_of(project)}:transfer:{project.region}:{project.account}:user/{server}/{request.name}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "transfer.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": project.account},
                    "ArnEquals": {"aws:SourceArn": user},
                },
            }
        ],
    }


def _mapping(entry: Mapping[str, Any]) -> dict[str, str]:
    grant = Grant.from_spec(entry)
    target = f"/{grant.bucket}/{grant.prefix}".rstrip("/")
    return {"Entry": str(entry["path"]), "Target": target, "Type": "DIRECTORY"}


def _keys(request: RenderRequest) -> list[str]:
    """Give the keys without their comments: type and key say all that a server needs."""
    lines = cast("list[str]", request.spec["publicKeys"])
    return [" ".join(line.split(" ")[:2]) for line in lines]
