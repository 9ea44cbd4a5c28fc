"""Resources in the projects' accounts, asked of their own services: what CloudFormation's detection leaves out."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import JsonValue

from stowage.adapters.aws_errors import aws_errors
from stowage.domain.errors import NotFoundError, StowageError
from stowage.domain.projects import Project

if TYPE_CHECKING:
    from stowage.adapters.sts import ProjectSessions

PERSON = "reconcile"
BUCKET_POLICY = "AWS::S3::BucketPolicy"
SFTP_USER = "AWS::Transfer::User"
TYPES = frozenset({BUCKET_POLICY, SFTP_USER})
"""What a kind's checks can name."""
GONE: dict[str, type[StowageError]] = {
    "NoSuchBucket": NotFoundError,
    "NoSuchBucketPolicy": NotFoundError,
    "ResourceNotFoundException": NotFoundError,
}


class ProjectLiveResources:
    """The port `LiveResources`; each read is one call, in the session that only reads."""

    def __init__(self, sessions: "ProjectSessions") -> None:
        self._sessions = sessions

    def read(
        self, project: Project, resource_type: str, properties: Mapping[str, JsonValue]
    ) -> Mapping[str, JsonValue] | None:
        """Give the properties as a template would write them, or None where there is no such resource."""
        try:
            with aws_errors(GONE):
                if resource_type == BUCKET_POLICY:
                    return self._bucket_policy(project, str(properties["Bucket"]))
                if resource_type == SFTP_USER:
                    return self._sftp_user(project, str(properties["ServerId"]), str(properties["UserName"]))
        except NotFoundError:
            return None
        raise ValueError(f"Nobody has said how to read {resource_type}.")

    def _bucket_policy(self, project: Project, bucket: str) -> Mapping[str, JsonValue]:
        """Read a bucket's policy; a bucket that is another account's by now is refused.

        https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
        """
        client = self._sessions.survey_s3(project, PERSON)
        answer = client.get_bucket_policy(Bucket=bucket, ExpectedBucketOwner=project.account)
        return {"PolicyDocument": json.loads(answer["Policy"])}

    def _sftp_user(self, project: Project, server: str, user: str) -> Mapping[str, JsonValue]:
        """Read a user of an SFTP server; its keys without their comments, as a stack has them.

        https://docs.aws.amazon.com/transfer/latest/userguide/API_DescribeUser.html
        """
        client = self._sessions.survey_transfer(project, PERSON)
        found = client.describe_user(ServerId=server, UserName=user)["User"]
        return {
            "Role": found.get("Role"),
            "HomeDirectoryType": found.get("HomeDirectoryType"),
            "HomeDirectoryMappings": [
                {"Entry": each["Entry"], "Target": each["Target"], "Type": each.get("Type")}
                for each in found.get("HomeDirectoryMappings", [])
            ],
            "Policy": found.get("Policy"),
            "SshPublicKeys": [" ".join(key["SshPublicKeyBody"].split()[:2]) for key in found.get("SshPublicKeys", [])],
        }
