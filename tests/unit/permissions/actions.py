"""From calls to what IAM has to allow: the API's action by botocore's models, and the few that are named otherwise."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel

from tests.unit.permissions.program import ClientCall

TABLE = "on the table"
INDEX = "on the table's index"
ANYTHING = ""

BY_ROLE = {
    "DeployRole": frozenset({"cloudformation", "s3"}),
    "SurveyRole": frozenset({"cloudformation", "s3", "transfer"}),
    "CredentialsRole": frozenset({"iam", "secretsmanager"}),
}
"""The services that the functions call by each of the hub's roles in a project's account."""

IN_PROJECTS = frozenset().union(*BY_ROLE.values())
"""Services that the functions call in a project's account, with a session of a role there (`ProjectSessions`)."""

NO_PERMISSION = frozenset({("s3", "head_bucket")})
"""Unsigned: stowage/adapters/bootstrap.py makes this client without credentials."""

OTHERWISE_NAMED = {
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
    ("s3", "list_object_versions"): "s3:ListBucketVersions",
    ("s3", "list_multipart_uploads"): "s3:ListBucketMultipartUploads",
    ("s3", "delete_objects"): "s3:DeleteObject",
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
    ("apigatewaymanagementapi", "post_to_connection"): "execute-api:ManageConnections",
}

TRANSACTED = {
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}

BY_METHOD = {
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html
    ("cloudformation", "detect_stack_drift"): (
        "cloudformation:BatchDescribeTypeConfigurations",
        "cloudformation:DetectStackResourceDrift",
    ),
}

BY_ARGUMENT = {
    # A version by its id needs an action of its own, beside that on the object.
    ("s3", "Delete"): ("s3:DeleteObjectVersion",),
    # https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
    ("secretsmanager", "KmsKeyId"): ("kms:Decrypt", "kms:GenerateDataKey"),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_monitor.html
    ("sts", "SourceIdentity"): ("sts:SetSourceIdentity",),
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html
    ("cloudformation", "RoleARN"): ("iam:PassRole",),
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
    ("cloudformation", "Tags"): ("cloudformation:TagResource",),
    # In whose name CloudFormation publishes is documented nowhere: should it be the caller's, to a topic with a key
    # (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html).
    ("cloudformation", "NotificationARNs"): ("sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"),
}


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """An IAM action, and on what, where one action is needed on several things (`on` is empty otherwise)."""

    action: str
    on: str = ANYTHING

    def __str__(self) -> str:
        """Give it for a sentence."""
        return f"{self.action} {self.on}" if self.on else self.action


Needs = dict[Permission, str]
"""What is needed, and by what code or setting: the end of a sentence."""


def needs_of(calls: Iterable[ClientCall]) -> Needs:
    """Give what the calls need, each with the way to the call that needs it."""
    needs: Needs = {}
    for call in calls:
        for permission in _permissions(call):
            needs.setdefault(permission, " → ".join(call.way))
    return needs


def _permissions(call: ClientCall) -> Iterator[Permission]:
    if (call.service, call.method) in NO_PERMISSION:
        return
    if call.service == "dynamodb":
        yield from _dynamodb(call)
        return
    yield Permission(OTHERWISE_NAMED.get((call.service, call.method)) or action_of(call.service, call.method))
    yield from map(Permission, BY_METHOD.get((call.service, call.method), ()))
    for argument in call.arguments:
        yield from map(Permission, BY_ARGUMENT.get((call.service, argument), ()))


def _dynamodb(call: ClientCall) -> Iterator[Permission]:
    if call.method == "transact_write_items":
        items = TRANSACTED.keys() & call.arguments
        if not items:
            raise AssertionError(f"{call.way[-1]}: no item of its transaction can be read; write the keys as literals.")
        yield from (Permission(TRANSACTED[item], TABLE) for item in items)
        return
    yield Permission(action_of("dynamodb", call.method), INDEX if "IndexName" in call.arguments else TABLE)


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


def action_of(service: str, method: str) -> str:
    """Give the IAM action of a client's method ("stepfunctions", "start_execution" → "states:StartExecution")."""
    model = _model(service)
    operation = next(each for each in model.operation_names if xform_name(each) == method)
    return f"{model.signing_name}:{operation}"
