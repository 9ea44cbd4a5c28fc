"""Projects and the people in them."""

from enum import StrEnum

from pydantic import Field

from stowage.domain.findings import Findings
from stowage.domain.wire import WireModel


class Role(StrEnum):
    """What a person may do in a project."""

    AUDITOR = "auditor"
    MANAGER = "manager"
    OPERATOR = "operator"


WRITERS = frozenset({Role.MANAGER, Role.OPERATOR})


class Person(WireModel):
    """Somebody who signs in; keyed by the Cognito `sub`, the e-mail is for display."""

    id: str
    email: str
    name: str


class Membership(WireModel):
    """A person's role in a project."""

    project: str
    project_name: str
    person: Person
    role: Role


class Owner(WireModel):
    """Whose an account is in a region, and to which topic its stacks' events go."""

    project: str
    topic_arn: str


class Project(WireModel):
    """A team's unit: an AWS account of its own with the baseline stack in it.

    Attributes:
        managers_may_manage_members: whether managers keep the list of members too, all but its operators.
        quotas: how many resources of a kind there may be, by kind; a kind that is not there has `Kind.quota`.
        mandatory_tags: keys that a spec's `tags` must carry, sorted; a kind without `tags` knows none.
        credentials_role_arn: the role by which the hub mints, stores and hands over access keys; None for a project
            whose baseline is older than that role.
        sftp_server_id: the project's AWS Transfer server; None for a project without (it costs by the hour).
        closing: the project is being offboarded, so that nothing new may be asked for.
        survey_role_arn: the role by which reconcile reads the project's stacks; None for a project whose baseline is
            older than that role.
        reconcile: what reconcile last found; None before its first run. Reconcile alone writes it.
    """

    id: str
    name: str
    account: str
    region: str
    deploy_role_arn: str
    service_role_arn: str
    external_id: str
    topic_arn: str
    log_bucket: str
    kms_key_arn: str
    boundary_arn: str
    baseline_version: int
    managers_may_manage_members: bool = False
    quotas: dict[str, int] = Field(default_factory=dict)
    mandatory_tags: tuple[str, ...] = ()
    credentials_role_arn: str | None = None
    sftp_server_id: str | None = None
    closing: bool = False
    survey_role_arn: str | None = None
    reconcile: Findings | None = None
