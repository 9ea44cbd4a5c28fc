"""What of an SFTP user's stack is read directly when drift is looked for."""

from collections.abc import Mapping

from stowage.catalog.grants import partition_of
from stowage.catalog.sftp_user.stack import PATH, role_name
from stowage.domain.kinds import DirectCheck
from stowage.domain.projects import Project

OPENING = ("Role", "HomeDirectoryType", "HomeDirectoryMappings", "Policy", "SshPublicKeys")
"""What lets somebody in, and where to; tags are left to whoever wants to add some."""


def attributes(project: Project, name: str) -> Mapping[str, str]:
    """Give what the user's references to its role stand for."""
    return {"Role.Arn": f"arn:{partition_of(project)}:iam::{project.account}:role{PATH}{role_name(name)}"}


CHECKS = (DirectCheck("SftpUser", "AWS::Transfer::User", OPENING, attributes),)
"""CloudFormation's detection needs a type to have a handler that reads, and tells of none whether it compares what the
template does not set, as it never sets a `Policy`. Who may sign in is too much to leave to that."""
