"""The role of an SFTP session: assumed for the user, as transfer.amazonaws.com, and asked for every S3 action.

The session is an ordinary STS session of the role, so S3 itself evaluates the role's policies, its permissions
boundary and the bucket's policy, for each request and as they are at that moment. What S3 here does not ask, the use
of the KMS key of a bucket that encrypts with one, is asked by `may_use_key`.
https://docs.aws.amazon.com/transfer/latest/userguide/requirements-roles.html
https://docs.aws.amazon.com/transfer/latest/userguide/confused-deputy.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms
"""

import time
from dataclasses import dataclass
from typing import Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext
from ministack.core.responses import request_scope
from ministack.services import iam, s3, sts

from local.cloud.service_trust import service_may_assume

SERVICE = "transfer.amazonaws.com"
SESSION_SECONDS = 12 * 60 * 60
KEY_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


@dataclass(frozen=True)
class RoleSession:
    """Credentials of a user's role, for one SFTP session."""

    account: str
    region: str
    credentials: dict[str, str]

    def may_use_key(self, action: str, bucket: str) -> bool:
        """Tell whether the role may do this with the KMS key that the bucket encrypts with, if it has one."""
        with request_scope(self.account, self.region):
            key = s3._bucket_default_sse_headers(bucket).get(KEY_HEADER)
            if key is None or not app.AUTH:
                return True
            principal = iam_evaluator.resolve_principal(self.credentials["AccessKeyId"], self.account)
            if isinstance(principal, AuthError):
                return False
            context = EvalContext(
                principal_arn=principal.arn,
                principal_type=principal.type,
                principal_account=principal.account,
                action=action,
                resource_arn=key,
                region=self.region,
                service_context={"kms:viaservice": f"s3.{self.region}.amazonaws.com", "aws:tagkeys": None},
                principal_keys=principal.keys,
            )
            result = iam_evaluator.evaluate(context, principal.policies, *principal.limits)
            policy = iam_evaluator._resource_policy("kms", key)
            if policy is not None:
                required = "kms" in iam_evaluator._POLICY_REQUIRED
                result = iam_evaluator.combine_resource_policy(
                    result, context, *policy, required=required, limits=principal.limits
                )
            return bool(result.decision == "Allow")

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
    return RoleSession(account, region, credentials)


def _role(account: str, arn: str) -> dict[str, Any] | None:
    role: dict[str, Any] | None = iam._roles.get_scoped(account, None, arn.rsplit("/", 1)[-1])
    return role if role and role["Arn"] == arn else None
