"""Sessions in the projects' accounts: as narrow as one stack or one user, and short, in a person's name."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.catalog.baseline_credentials import KEY_ACTIONS, SECRET_ACTIONS
from stowage.catalog.baseline_roles import CONTENT_ACTIONS
from stowage.domain.errors import AccessDeniedError
from stowage.domain.ports import Clock
from stowage.domain.projects import Project

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_iam.client import IAMClient
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_sts.client import STSClient
    from mypy_boto3_transfer.client import TransferClient

SESSION_SECONDS = 900
"""The shortest there is (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html): polls are seconds
apart, so that a session is worth keeping, and a change takes minutes, so that a long one is worth nothing."""
SPARE = timedelta(minutes=5)
"""A session is renewed so long before it expires: no call begins under one that could expire within it."""
SESSIONS_KEPT = 256
"""A Lambda environment serves changes one after another for hours; the oldest session goes first."""

ACTIONS = (
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

NAME_LENGTH = 64
UNNAMEABLE = re.compile(r"[^A-Za-z0-9_+=,.@-]")


@dataclass(frozen=True, slots=True)
class _Session:
    client: Any
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Door:
    """All that a session is made of: a project whose row was corrected is not answered with its old session."""

    region: str
    role_arn: str
    external_id: str
    policy: str
    person: str


class ProjectSessions:
    """Gives clients of services in projects' accounts; each role, session policy and person has a session of its own.

    `make_client` gives a client for a service name, region and credentials.
    """

    def __init__(self, sts: "STSClient", make_client: Callable[..., Any], clock: Clock) -> None:
        self._sts = sts
        self._make_client = make_client
        self._clock = clock
        self._sessions: dict[tuple[str, _Door], _Session] = {}

    def cloudformation(self, project: Project, stack_name: str, person: str) -> "CloudFormationClient":
        """Give a client that can touch this one stack, in the person's name; kept until 5 minutes before it expires.

        Raises AccessDeniedError when the project's role refuses the hub (a wrong ExternalId, say).
        """
        client: CloudFormationClient = self._client("cloudformation", _stack_door(project, stack_name, person))
        return client

    def survey(self, project: Project, person: str) -> "CloudFormationClient":
        """Give a client that reads all of the project's stacks, and changes nothing.

        The role itself allows no more than that, so that its sessions need no policy of their own.
        Raises AccessDeniedError as above, and where the project has no such role yet.
        """
        client: CloudFormationClient = self._client("cloudformation", _survey_door(project, person))
        return client

    def survey_s3(self, project: Project, person: str) -> "S3Client":
        """Give a client that reads the settings of the project's buckets, by the same role; raises as `survey`."""
        client: S3Client = self._client("s3", _survey_door(project, person))
        return client

    def survey_transfer(self, project: Project, person: str) -> "TransferClient":
        """Give a client that reads the project's SFTP users, by the same role; raises as `survey`."""
        client: TransferClient = self._client("transfer", _survey_door(project, person))
        return client

    def iam(self, project: Project, user: str, person: str) -> "IAMClient":
        """Give a client that can touch the access keys of this one user of Stowage's.

        Raises AccessDeniedError as above, and where the project has no such role yet.
        """
        policy = access_key_policy(project, user)
        client: IAMClient = self._client("iam", _credentials_door(project, policy, person))
        return client

    def secretsmanager(self, project: Project, secrets: str, person: str) -> "SecretsManagerClient":
        """Give a client that can touch the secrets whose names begin with `secrets`, which is one user's own prefix.

        Raises AccessDeniedError as above, and where the project has no such role yet.
        """
        policy = secret_policy(project, secrets)
        client: SecretsManagerClient = self._client("secretsmanager", _credentials_door(project, policy, person))
        return client

    def s3(self, project: Project, bucket: str, person: str) -> "S3Client":
        """Give a client that can see what this one bucket holds, and remove it, but read none of it.

        Raises AccessDeniedError as above; one whose project's baseline is older than that is refused by each call.
        """
        policy = contents_policy(project, bucket)
        door = _Door(project.region, project.deploy_role_arn, project.external_id, _text(policy), person)
        client: S3Client = self._client("s3", door)
        return client

    def forget(self, project: Project, stack_name: str, person: str) -> None:
        """Drop the kept session: AWS says that it has expired or was revoked."""
        self._sessions.pop(("cloudformation", _stack_door(project, stack_name, person)), None)

    def _client(self, service: str, door: _Door) -> Any:  # noqa: ANN401 -- a client's type depends on the service; callers annotate
        kept = self._sessions.get((service, door))
        if kept is not None and kept.expires_at - SPARE > self._clock.now():
            return kept.client
        self._sessions.pop((service, door), None)
        while len(self._sessions) >= SESSIONS_KEPT:
            del self._sessions[next(iter(self._sessions))]
        session = self._assume(service, door)
        self._sessions[(service, door)] = session
        return session.client

    def _assume(self, service: str, door: _Door) -> _Session:
        name = session_name(door.person)
        with aws_errors():
            narrowed: Any = {"Policy": door.policy} if door.policy else {}
            answer = self._sts.assume_role(
                RoleArn=door.role_arn,
                ExternalId=door.external_id,
                RoleSessionName=name,
                SourceIdentity=name,
                DurationSeconds=SESSION_SECONDS,
                **narrowed,
            )
        credentials = answer["Credentials"]
        client = self._make_client(
            service,
            region_name=door.region,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
        )
        return _Session(client, credentials["Expiration"])


def _stack_door(project: Project, stack_name: str, person: str) -> _Door:
    policy = _text(session_policy(project, stack_name))
    return _Door(project.region, project.deploy_role_arn, project.external_id, policy, person)


def _survey_door(project: Project, person: str) -> _Door:
    if project.survey_role_arn is None:
        raise _lacking(project, "reading its stacks")
    return _Door(project.region, project.survey_role_arn, project.external_id, "", person)


def _credentials_door(project: Project, policy: dict[str, Any], person: str) -> _Door:
    if project.credentials_role_arn is None:
        raise _lacking(project, "access keys")
    return _Door(project.region, project.credentials_role_arn, project.external_id, _text(policy), person)


def _lacking(project: Project, what: str) -> AccessDeniedError:
    return AccessDeniedError(
        f"The project {project.id} has no role for {what} yet: its baseline must be upgraded (make upgrade-baselines)."
    )


def _text(policy: dict[str, Any]) -> str:
    return json.dumps(policy, separators=(",", ":"))


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


def contents_policy(project: Project, bucket: str) -> dict[str, Any]:
    """Give what a session that empties one bucket may do at most: list and delete, read nothing."""
    arn = f"arn:{_partition(project)}:s3:::{bucket}"
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": list(CONTENT_ACTIONS), "Resource": [arn, f"{arn}/*"]}],
    }


def access_key_policy(project: Project, user: str) -> dict[str, Any]:
    """Give what a session that minds one user's access keys may do at most."""
    partition = _partition(project)
    arn = f"arn:{partition}:iam::{project.account}:user/stowage/{user}"
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(KEY_ACTIONS), "Resource": arn}]}


def secret_policy(project: Project, secrets: str) -> dict[str, Any]:
    """Give what a session that keeps one user's secrets may do at most; `secrets` is the names' prefix, with its slash.

    Secrets Manager uses the project's key in the session's name
    (https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html).
    """
    partition = _partition(project)
    arn = f"arn:{partition}:secretsmanager:{project.region}:{project.account}:secret:{secrets}*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": list(SECRET_ACTIONS), "Resource": arn},
            {
                "Effect": "Allow",
                "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                "Resource": project.kms_key_arn,
                "Condition": {"StringLike": {"kms:ViaService": f"secretsmanager.{project.region}.*"}},
            },
        ],
    }


def _partition(project: Project) -> str:
    return project.deploy_role_arn.split(":")[1]
