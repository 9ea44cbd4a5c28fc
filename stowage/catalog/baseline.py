"""The baseline: what stands in a project's account before its first resource, as one CloudFormation stack.

The parts stand beside this module: `baseline_roles` (who may do what), `baseline_credentials` (who may mint keys),
`baseline_storage` (access logs, key, topic) and `baseline_sftp` (the server, for who wants it).
Raise `BASELINE_VERSION` with every change to any of them; onboarding a project again brings its stack up to date.
"""

import re
from dataclasses import dataclass

from stowage.catalog import baseline_credentials, baseline_roles, baseline_sftp, baseline_storage
from stowage.catalog.registry import all_kinds
from stowage.domain.kinds import Kind, Template

BASELINE_VERSION = 8
STACK_NAME = "stowage-baseline"
SFTP_OUTPUT = "SftpServerId"
"""The output that there is for a project with an SFTP server."""

_ACCOUNT = re.compile(r"[0-9]{12}")
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")
_EXTERNAL_ID = re.compile(r"[A-Za-z0-9+=,.@:/-]{16,1224}")


@dataclass(frozen=True, slots=True)
class Hub:
    """Where Stowage itself runs: the account, and the name of its stack, with which its functions' roles begin."""

    account: str
    stack: str


def render_baseline(
    hub: Hub, external_id: str, kinds: tuple[Kind, ...] | None = None, *, sftp: bool = False
) -> Template:
    """Give the baseline's template; equal arguments give equal templates.

    Args:
        hub: who may come in.
        external_id: what the hub must say when it assumes the project's role; 16 to 1,224 characters. It is no
            secret (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html), so
            it stands in the template.
        kinds: whose statements the service role and the boundary carry; all of the catalog by default.
        sftp: whether the project has an SFTP server, which costs by the hour.

    Raises ValueError when an argument could be read as anything but the literal it is (invariant S2).
    """
    for value, form in ((hub.account, _ACCOUNT), (hub.stack, _STACK), (external_id, _EXTERNAL_ID)):
        if not form.fullmatch(value):
            raise ValueError(f"{value!r} cannot stand in the baseline's template.")
    carried = all_kinds() if kinds is None else kinds
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Stowage: what a project's account needs before its first resource. Change it by onboarding.",
        "Metadata": {"StowageBaseline": {"Version": BASELINE_VERSION}},
        "Resources": {
            "DeployRole": baseline_roles.deploy_role(hub.account, hub.stack, external_id, STACK_NAME),
            "CredentialsRole": baseline_credentials.credentials_role(hub.account, hub.stack, external_id),
            "SurveyRole": baseline_roles.survey_role(hub.account, hub.stack, external_id, carried),
            "AuditorRole": baseline_roles.auditor_role(hub.account, hub.stack),
            "ServiceRole": baseline_roles.service_role(carried),
            "Boundary": baseline_roles.boundary(carried),
            "LogBucket": baseline_storage.log_bucket(),
            "LogBucketPolicy": baseline_storage.log_bucket_policy(),
            "Key": baseline_storage.key(),
            "KeyAlias": baseline_storage.key_alias(),
            "StackEvents": baseline_storage.topic(),
            "StackEventsPolicy": baseline_storage.topic_policy(hub.account),
            **(
                {"SftpServer": baseline_sftp.server(), baseline_sftp.LOGICAL_ID_OF_LOG: baseline_sftp.log()}
                if sftp
                else {}
            ),
        },
        "Outputs": {
            "DeployRoleArn": {"Value": {"Fn::GetAtt": ["DeployRole", "Arn"]}},
            "CredentialsRoleArn": {"Value": {"Fn::GetAtt": ["CredentialsRole", "Arn"]}},
            "SurveyRoleArn": {"Value": {"Fn::GetAtt": ["SurveyRole", "Arn"]}},
            "AuditorRoleArn": {"Value": {"Fn::GetAtt": ["AuditorRole", "Arn"]}},
            "ServiceRoleArn": {"Value": {"Fn::GetAtt": ["ServiceRole", "Arn"]}},
            "BoundaryArn": {"Value": {"Ref": "Boundary"}},
            "LogBucket": {"Value": {"Ref": "LogBucket"}},
            "KmsKeyArn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}},
            "TopicArn": {"Value": {"Ref": "StackEvents"}},
            "Version": {"Value": str(BASELINE_VERSION)},
            **({SFTP_OUTPUT: {"Value": {"Fn::GetAtt": ["SftpServer", "ServerId"]}}} if sftp else {}),
        },
    }
