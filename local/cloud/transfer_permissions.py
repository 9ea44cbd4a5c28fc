"""Which actions of Transfer Family are asked, on which resource: of a stack's role, and of a caller.

What a stack's step asks follows the handlers of the two resource types, iam:PassRole of the user's role included.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awstransferfamily.html
https://github.com/aws-cloudformation (the registry's schemas list each handler's permissions)
"""

import importlib
import json
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services.cloudformation.helpers import _sdk_error

from local.cloud.cloudformation_roles import _allows, _denial, authority
from local.cloud.patching import replace_function

Properties = Mapping[str, Any]
Asked = tuple[str, str]

SERVICE = "transfer.amazonaws.com"
PASSED = {"iam:passedtoservice": SERVICE}
LOG_DELIVERY = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)

_extract_resource_arn = iam_actions.extract_resource_arn


def install() -> None:
    """Ask callers for the user, where AWS asks for the user and ministack for the server."""
    importlib.import_module("ministack.app")
    replace_function(_extract_resource_arn, extract_resource_arn)


def extract_resource_arn(  # noqa: PLR0917 -- ministack's own signature
    service: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query_params: dict[str, Any],
    region: str,
    account_id: str,
) -> str:
    """Return the resource that a request's action is asked on."""
    if service == "transfer" and body and not headers.get("x-amz-target", "").endswith(".CreateUser"):
        try:
            data = json.loads(body)
        except ValueError:
            data = {}
        if data.get("Arn"):
            return str(data["Arn"])
        if data.get("ServerId") and data.get("UserName"):
            return f"arn:aws:transfer:{region}:{account_id}:user/{data['ServerId']}/{data['UserName']}"
    arn: str = _extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    return arn


def demand(resource_type: str, verb: str, physical_id: str, old: Properties, new: Properties) -> None:
    """Raise ValueError, worded as the service's own refusal, for the first action that the stack may not do."""
    principal = authority.get()
    if principal is None or principal.policies is None:
        return
    asked = _of_user(verb, old, new) if resource_type.endswith("User") else _of_server(verb, physical_id, old, new)
    for action, arn in asked:
        if not _allows(principal, action, arn, PASSED if action == "iam:PassRole" else {}):
            service = action.partition(":")[0].title()
            raise ValueError(_sdk_error(_denial(principal.arn, action, arn), service, HTTPStatus.FORBIDDEN))


def user_arn(named: Properties) -> str:
    """Return the ARN of a user."""
    return f"arn:aws:transfer:{get_region()}:{get_account_id()}:user/{named['ServerId']}/{named['UserName']}"


def server_arn(server_id: str) -> str:
    """Return the ARN of a server."""
    return f"arn:aws:transfer:{get_region()}:{get_account_id()}:server/{server_id}"


def _of_user(verb: str, old: Properties, new: Properties) -> Iterator[Asked]:
    if verb == "delete":
        yield "transfer:DeleteUser", user_arn(old)
        return
    user = user_arn(new)
    yield "iam:PassRole", str(new["Role"])
    if verb == "create" or user != user_arn(old):
        yield "transfer:CreateUser", server_arn(new["ServerId"])
        old = {}
    else:
        yield "transfer:UpdateUser", user
    yield "transfer:DescribeUser", user
    before, after = set(old.get("SshPublicKeys", [])), set(new.get("SshPublicKeys", []))
    if after - before:
        yield "transfer:ImportSshPublicKey", user
    if before - after:
        yield "transfer:DeleteSshPublicKey", user
    yield from _of_tags(user, old, new)


def _of_server(verb: str, physical_id: str, old: Properties, new: Properties) -> Iterator[Asked]:
    if verb == "delete":
        yield "transfer:DeleteServer", physical_id
        return
    # Before it is created nobody knows its id: only a permission for every server covers it.
    server = physical_id or server_arn("*")
    if new.get("LoggingRole"):
        yield "iam:PassRole", str(new["LoggingRole"])
    if new.get("StructuredLogDestinations") != old.get("StructuredLogDestinations"):
        yield from ((action, "*") for action in LOG_DELIVERY)
    yield ("transfer:CreateServer", "*") if verb == "create" else ("transfer:UpdateServer", server)
    yield "transfer:DescribeServer", server
    yield from _of_tags(server, old, new)


def _of_tags(arn: str, old: Properties, new: Properties) -> Iterator[Asked]:
    before = {tag["Key"]: tag["Value"] for tag in old.get("Tags", [])}
    after = {tag["Key"]: tag["Value"] for tag in new.get("Tags", [])}
    if after.items() - before.items():
        yield "transfer:TagResource", arn
    if before.keys() - after.keys():
        yield "transfer:UntagResource", arn
