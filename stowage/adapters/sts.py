"""Sessions in the projects' accounts: as narrow as one stack, as short as its operation, in a person's name."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.domain.ports import Clock
from stowage.domain.projects import Project

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_sts.client import STSClient

SESSION_SECONDS = 900
"""The shortest there is (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html): polls are seconds
apart, so that a session is worth keeping, and a change takes minutes, so that a long one is worth nothing."""
SPARE = timedelta(minutes=5)
"""A session is renewed so long before it expires: no call begins under one that could expire within it."""
SESSIONS_KEPT = 256
"""A Lambda environment serves changes one after another for hours; the oldest session goes first."""

ACTIONS = (
    "cloudformation:CreateStack",
    "cloudformation:DeleteStack",
    "cloudformation:DescribeEvents",
    "cloudformation:DescribeStackEvents",
    "cloudformation:DescribeStacks",
    "cloudformation:GetTemplate",
    "cloudformation:TagResource",
    "cloudformation:UpdateStack",
)

NAME_LENGTH = 64
UNNAMEABLE = re.compile(r"[^A-Za-z0-9_+=,.@-]")


@dataclass(frozen=True, slots=True)
class _Session:
    client: "CloudFormationClient"
    expires_at: datetime


class ProjectSessions:
    """Gives CloudFormation clients of projects' accounts; each project, stack and person has a session of its own.

    `make_client` gives a client for a service name, region and credentials.
    """

    def __init__(self, sts: "STSClient", make_client: Callable[..., Any], clock: Clock) -> None:
        self._sts = sts
        self._make_client = make_client
        self._clock = clock
        self._sessions: dict[tuple[str, ...], _Session] = {}

    def cloudformation(self, project: Project, stack_name: str, person: str) -> "CloudFormationClient":
        """Give a client that can touch this one stack, in the person's name; kept until 5 minutes before it expires.

        Raises AccessDeniedError when the project's role refuses the hub (a wrong ExternalId, say).
        """
        key = _key(project, stack_name, person)
        kept = self._sessions.get(key)
        if kept is not None and kept.expires_at - SPARE > self._clock.now():
            return kept.client
        self._sessions.pop(key, None)
        while len(self._sessions) >= SESSIONS_KEPT:
            del self._sessions[next(iter(self._sessions))]
        session = self._assume(project, stack_name, person)
        self._sessions[key] = session
        return session.client

    def forget(self, project: Project, stack_name: str, person: str) -> None:
        """Drop the kept session: AWS says that it has expired or was revoked."""
        self._sessions.pop(_key(project, stack_name, person), None)

    def _assume(self, project: Project, stack_name: str, person: str) -> _Session:
        name = session_name(person)
        with aws_errors():
            answer = self._sts.assume_role(
                RoleArn=project.deploy_role_arn,
                ExternalId=project.external_id,
                RoleSessionName=name,
                SourceIdentity=name,
                DurationSeconds=SESSION_SECONDS,
                Policy=_policy_text(project, stack_name),
            )
        credentials = answer["Credentials"]
        client = self._make_client(
            "cloudformation",
            region_name=project.region,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        return _Session(client, credentials["Expiration"])


def _key(project: Project, stack_name: str, person: str) -> tuple[str, ...]:
    """Give all that a session is made of: a project whose row was corrected is not answered with its old session."""
    return (project.deploy_role_arn, project.external_id, _policy_text(project, stack_name), person)


def _policy_text(project: Project, stack_name: str) -> str:
    return json.dumps(session_policy(project, stack_name), separators=(",", ":"))


def session_name(person: str) -> str:
    """Give a person as RoleSessionName and SourceIdentity take it: 2 to 64 letters, digits and _+=,.@- alone.

    CloudTrail shows it at every call, so that an auditor of the project's account sees who it was
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html).
    """
    return UNNAMEABLE.sub("-", person)[:NAME_LENGTH].ljust(2, "-")


def session_policy(project: Project, stack_name: str) -> dict[str, Any]:
    """Give what a session may do at most: work on this stack, hand CloudFormation the service role, tell its events.

    The role's own policy is wider (any stack of Stowage's); the session gets what both allow. What CloudFormation then
    does with the service role is not narrowed by it. AWS does not document in whose name CloudFormation publishes to
    NotificationARNs; should it be the caller's, this session must be allowed to, on the project's topic and with its
    key, as the role is (stowage/catalog/baseline_roles.py).

    At most 2,048 characters (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html).
    """
    partition = project.deploy_role_arn.split(":")[1]
    stack = f"arn:{partition}:cloudformation:{project.region}:{project.account}:stack/{stack_name}/*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(ACTIONS), "Resource": stack},
            {
                "Effect": "Allow",
                "Action": "iam:PassRole",
                "Resource": project.service_role_arn,
                "Condition": {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
            },
            {"Effect": "Allow", "Action": "sns:Publish", "Resource": project.topic_arn},
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": project.kms_key_arn,
                # The partition's domain follows; the role's own condition names it in full.
                "Condition": {"StringLike": {"kms:ViaService": f"sns.{project.region}.*"}},
            },
        ],
    }
