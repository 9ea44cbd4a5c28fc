"""The role of an SFTP session: assumed for the user, as transfer.amazonaws.com, and asked for every S3 action.

The session is an ordinary STS session of the role, so S3 itself evaluates the role's policies, its permissions
boundary, the bucket's policy and the use of its KMS key, for each request and as they are at that moment.
https://docs.aws.amazon.com/transfer/latest/userguide/requirements-roles.html
https://docs.aws.amazon.com/transfer/latest/userguide/confused-deputy.html
"""

import time
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.services import iam, sts

from local.cloud.service_trust import service_may_assume

SERVICE = "transfer.amazonaws.com"
SESSION_SECONDS = 12 * 60 * 60


@dataclass(frozen=True)
class RoleSession:
    """Credentials of a user's role, for one SFTP session."""

    region: str
    credentials: dict[str, str]

    def end(self) -> None:
        """Make the credentials worthless."""
        sts._sessions.pop(self.credentials["AccessKeyId"], None)


def may_assume(account: str, user: dict[str, Any]) -> bool:
    """Tell whether Transfer Family may assume the user's role for this user."""
    role = _role(account, user["Role"])
    if role is None:
        return False
    return not app.AUTH or service_may_assume(role["AssumeRolePolicyDocument"], SERVICE, source_arn=user["Arn"])


def assume_role(account: str, region: str, user: dict[str, Any]) -> RoleSession:
    """Return a session of the user's role; `may_assume` has been asked before."""
    name = user["Role"].rsplit("/", 1)[-1]
    session_name = f"{user['UserName']}@{user['ServerId']}"[:64]
    credentials = {
        "AccessKeyId": iam._gen_session_access_key(),
        "SecretAccessKey": iam._gen_secret(),
        "SessionToken": iam._gen_session_token(),
    }
    sts.register_session(
        credentials["AccessKeyId"],
        {
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session_name}",
            "UserId": f"{sts._role_id(user['Role'])}:{session_name}",
            "SecretAccessKey": credentials["SecretAccessKey"],
            "SessionToken": credentials["SessionToken"],
            "Expiration": time.time() + SESSION_SECONDS,
            "AccountId": account,
            "PrincipalType": "AssumedRole",
        },
    )
    return RoleSession(region, credentials)


def _role(account: str, arn: str) -> dict[str, Any] | None:
    role: dict[str, Any] | None = iam._roles.get_scoped(account, None, arn.rsplit("/", 1)[-1])
    return role if role and role["Arn"] == arn else None
