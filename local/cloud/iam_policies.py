"""Users, roles and managed policies as IAM checks them, through its API and through CloudFormation alike.

What ministack leaves out: a name is unique whatever its path and case; a policy document is valid, not too large
(white space aside), and has only conditions that are evaluated here (`iam_conditions`); a policy that is attached, or
that is a boundary, is not deleted; only a policy that exists is attached or becomes a boundary.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from ministack.core.iam_evaluator import validate_policy_document
from ministack.services import iam
from ministack.services.cloudformation import provisioners
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud.iam_conditions import unknown_conditions
from local.cloud.patching import wrap_action

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[dict[str, Any]], Answer]
Properties = Mapping[str, Any]
Provisioned = tuple[str, dict[str, Any]]

MANAGED_CHARACTERS = 6144
INLINE_CHARACTERS = {"User": 2048, "Role": 10240, "Group": 5120}
PATH = re.compile(r"/|/[!-~]+/")
DOCUMENT_ACTIONS = {
    "CreatePolicy": MANAGED_CHARACTERS,
    "CreatePolicyVersion": MANAGED_CHARACTERS,
    **{f"Put{entity}Policy": characters for entity, characters in INLINE_CHARACTERS.items()},
}
# The type, where ministack keeps it, and the property and the field that name it.
NAMED = {
    "AWS::IAM::User": ("_users", "UserName", "User with name {} already exists."),
    "AWS::IAM::Role": ("_roles", "RoleName", "Role with name {} already exists."),
    "AWS::IAM::ManagedPolicy": ("_policies", "ManagedPolicyName", "A policy called {} already exists."),
}

XRAY = "AWSXrayWriteOnlyAccess"
"""AWS's own policy that SAM attaches to each function's role; ministack knows others alone."""
XRAY_ACTIONS = (
    "xray:GetSamplingRules",
    "xray:GetSamplingStatisticSummaries",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
)


class RefusalError(Exception):
    """What IAM refuses: the status, the code and the message of its answer."""

    def __init__(self, status: HTTPStatus, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


def install() -> None:
    """Put the checks before IAM's actions and before CloudFormation's provisioners."""
    record = iam._make_aws_managed_record(XRAY, json.dumps(_allowing(*XRAY_ACTIONS)))
    iam._aws_managed_policies.setdefault(record["Arn"], record)
    actions = iam._IAM_HANDLERS
    for name, characters in DOCUMENT_ACTIONS.items():
        wrap_action(actions, name, _checked(_check_asked_document(characters)))
    wrap_action(actions, "CreatePolicy", _checked(_check_new_policy))
    for name, resource_type in (("CreateUser", "AWS::IAM::User"), ("CreateRole", "AWS::IAM::Role")):
        wrap_action(actions, name, _checked(_check_new_name(resource_type)))
    for name in ("AttachUserPolicy", "AttachRolePolicy"):
        wrap_action(actions, name, _checked(lambda params: _check_attachable(iam._p(params, "PolicyArn"))))
    for resource_type in NAMED:
        handlers = provisioners._RESOURCE_HANDLERS[resource_type]
        handlers["create"] = _create(resource_type, handlers["create"])
        handlers["update"] = _update(resource_type, handlers["update"])
    provisioners._iam_user_call = call_iam
    policies = provisioners._RESOURCE_HANDLERS["AWS::IAM::ManagedPolicy"]
    policies["delete"] = _delete_policy(policies["delete"])


def _allowing(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def call_iam(action: Handler, params: dict[str, Any], _verb: str) -> None:
    """Let a user's provisioner call an action of IAM. Raises ValueError, worded as CloudFormation tells a refusal."""
    status, _, body = action(params)
    if status >= HTTPStatus.BAD_REQUEST:
        message = re.search(r"<Message>(.*?)</Message>", body.decode(), re.DOTALL)
        raise ValueError(_sdk_error(message.group(1) if message else body.decode(), "Iam", status))


def check_document(document: str | Mapping[str, Any], characters: int = MANAGED_CHARACTERS) -> int:
    """Return how many characters of a document count.

    Raises RefusalError for one that IAM does not take, or that would be misread here.
    """
    text = document if isinstance(document, str) else json.dumps(document, separators=(",", ":"))
    if fault := validate_policy_document(text):
        raise RefusalError(HTTPStatus.BAD_REQUEST, "MalformedPolicyDocument", str(fault))
    if (size := len(re.sub(r"\s", "", text))) > characters:
        raise _too_large(characters)
    if unknown := unknown_conditions(text):
        raise _unevaluated(unknown)
    return size


def _unevaluated(conditions: list[str]) -> RefusalError:
    message = f"The local cloud does not evaluate the conditions {conditions}"
    return RefusalError(HTTPStatus.BAD_REQUEST, "MalformedPolicyDocument", message)


def _too_large(characters: int) -> RefusalError:
    return RefusalError(HTTPStatus.CONFLICT, "LimitExceeded", f"Cannot exceed quota for PolicySize: {characters}")


def _checked(check: Callable[[dict[str, Any]], None]) -> Callable[[Handler, dict[str, Any]], Answer]:
    def handle(handler: Handler, params: dict[str, Any]) -> Answer:
        try:
            check(params)
        except RefusalError as refusal:
            answer: Answer = iam._error(refusal.status.value, refusal.code, refusal.message, ns="iam")
            return answer
        return handler(params)

    return handle


def _check_asked_document(characters: int) -> Callable[[dict[str, Any]], None]:
    def check(params: dict[str, Any]) -> None:
        check_document(iam._p(params, "PolicyDocument") or "", characters)

    return check


def _check_new_policy(params: dict[str, Any]) -> None:
    _check_name("AWS::IAM::ManagedPolicy", iam._p(params, "PolicyName"))
    _check_path(iam._p(params, "Path") or "/")


def _check_new_name(resource_type: str) -> Callable[[dict[str, Any]], None]:
    def check(params: dict[str, Any]) -> None:
        _check_name(resource_type, iam._p(params, NAMED[resource_type][1]))
        _check_path(iam._p(params, "Path") or "/")

    return check


def _check_name(resource_type: str, name: str) -> None:
    store, field, sentence = NAMED[resource_type]
    field = "PolicyName" if store == "_policies" else field
    taken = {str(record[field]).lower() for _, record in getattr(iam, store).items()}
    if name.lower() in taken:
        raise RefusalError(HTTPStatus.CONFLICT, "EntityAlreadyExists", sentence.format(name))


def _check_path(path: str) -> None:
    if not PATH.fullmatch(path):
        message = (
            "The specified value for path is invalid. It must begin and end with / and contain only printable ASCII"
        )
        raise RefusalError(HTTPStatus.BAD_REQUEST, "ValidationError", message)


def _check_attachable(policy_arn: str) -> None:
    if not iam._policy_exists(policy_arn):
        message = f"Policy {policy_arn} does not exist or is not attachable."
        raise RefusalError(HTTPStatus.NOT_FOUND, "NoSuchEntity", message)


def _create(resource_type: str, create: Callable[..., Provisioned]) -> Callable[..., Provisioned]:
    def create_checked(logical_id: str, properties: Properties, stack_name: str) -> Provisioned:
        with _as_failed_resource():
            _check_name(resource_type, str(properties.get(NAMED[resource_type][1], "")))
            _check_path(str(properties.get("Path", "/")))
            _check_properties(resource_type, properties)
        return create(logical_id, properties, stack_name)

    return create_checked


def _update(resource_type: str, update: Callable[..., Provisioned]) -> Callable[..., Provisioned]:
    def update_checked(old_id: str, old: Properties, new: Properties, stack_name: str, *rest: Any) -> Provisioned:
        with _as_failed_resource():
            _check_properties(resource_type, new)
        return update(old_id, old, new, stack_name, *rest)

    return update_checked


def _delete_policy(delete: Callable[..., Any]) -> Callable[..., Any]:
    def delete_checked(policy_arn: str, properties: Properties, *rest: Any) -> Any:
        own = {(prop, name) for prop in ("Roles", "Users", "Groups") for name in properties.get(prop) or []}
        attached = {
            (prop, name)
            for prop, store in (("Roles", iam._roles), ("Users", iam._users), ("Groups", iam._groups))
            for name, entity in store.items()
            if policy_arn in entity.get("AttachedPolicies", [])
        }
        if attached - own or iam._boundary_usage_counts().get(policy_arn):
            with _as_failed_resource():
                message = "Cannot delete a policy attached to entities."
                raise RefusalError(HTTPStatus.CONFLICT, "DeleteConflict", message)
        return delete(policy_arn, properties, *rest)

    return delete_checked


def _check_properties(resource_type: str, properties: Properties) -> None:
    if "PolicyDocument" in properties:
        check_document(properties["PolicyDocument"])
    if unknown := unknown_conditions(properties.get("AssumeRolePolicyDocument") or {}):
        raise _unevaluated(unknown)
    characters = INLINE_CHARACTERS.get(resource_type.rsplit("::", 1)[-1], MANAGED_CHARACTERS)
    inline = [policy["PolicyDocument"] for policy in properties.get("Policies") or []]
    if sum(check_document(document, characters) for document in inline) > characters:
        raise _too_large(characters)
    for policy_arn in properties.get("ManagedPolicyArns") or []:
        _check_attachable(policy_arn)
    boundary = properties.get("PermissionsBoundary")
    if boundary and not iam._policy_exists(boundary):
        message = f"Scope ARN: {boundary} does not exist or is not attachable."
        raise RefusalError(HTTPStatus.NOT_FOUND, "NoSuchEntity", message)


@contextlib.contextmanager
def _as_failed_resource() -> Iterator[None]:
    """Turn IAM's refusal into the reason of a resource's failure, as CloudFormation words it."""
    try:
        yield
    except RefusalError as refusal:
        raise ValueError(_sdk_error(refusal.message, "Iam", refusal.status.value)) from refusal
