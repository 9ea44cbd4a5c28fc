"""AWS Transfer Family with service-managed SFTP users, in the place of ministack's: truer where this project needs it.

ministack has one listener for all servers, decides by the key alone which account is meant, and reads and writes
objects past S3, so that no policy holds. Here every server has a port of its own (`transfer_listener`), and every
action of a session is a request to S3 by the user's role (`transfer_session`, `transfer_files`).

What differs from AWS: the server's address is 127.0.0.1 and a port instead of a host name; a server is ONLINE at once;
the host key is one Ed25519 key; deleting a user ends its sessions; a security policy is kept, not applied; nothing is
logged to CloudWatch. `aws:SourceIp` of a session's S3 requests is the local cloud's own address, on AWS it is not the
client's either.
https://docs.aws.amazon.com/transfer/latest/userguide/what-is-aws-transfer-family.html
"""

import importlib
import json
import sys
from collections.abc import Callable
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import EvalResult
from ministack.core.responses import error_response_json, get_region, json_response
from ministack.core.router import extract_access_key_id
from ministack.services import transfer

from local.cloud import transfer_permissions, transfer_resources, transfer_servers, transfer_users
from local.cloud.transfer_requests import Record, TransferError, list_tags, tag_resource, untag_resource

Answer = tuple[int, dict[str, str], bytes]

OPERATIONS: dict[str, Callable[[Record], Record]] = {
    "CreateServer": transfer_servers.create_server,
    "UpdateServer": transfer_servers.update_server,
    "DescribeServer": transfer_servers.describe_server,
    "ListServers": transfer_servers.list_servers,
    "StartServer": transfer_servers.start_server,
    "StopServer": transfer_servers.stop_server,
    "DeleteServer": transfer_servers.delete_server,
    "CreateUser": transfer_users.create_user,
    "UpdateUser": transfer_users.update_user,
    "DescribeUser": transfer_users.describe_user,
    "ListUsers": transfer_users.list_users,
    "DeleteUser": transfer_users.delete_user,
    "ImportSshPublicKey": transfer_users.import_key,
    "DeleteSshPublicKey": transfer_users.delete_key,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
    "ListTagsForResource": list_tags,
}
PASSED = ("Role", "LoggingRole")
SERVICE = "transfer.amazonaws.com"

_reset = transfer.reset


def install() -> None:
    """Answer the service's requests here, and add its two resource types to CloudFormation."""
    transfer.handle_request = handle_request
    transfer.sftp_start = open_doors
    transfer.sftp_stop = close_doors
    transfer.reset = reset
    transfer_permissions.install()
    transfer_resources.install()


async def handle_request(
    _method: str, _path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Answer:
    """Answer a request to AWS Transfer Family."""
    action = headers.get("x-amz-target", "").rpartition(".")[2]
    operation = OPERATIONS.get(action)
    if operation is None:
        message = f"The local cloud does not support transfer:{action}"
        unsupported: Answer = error_response_json("InvalidRequestException", message, 400)
        return unsupported
    try:
        data = json.loads(body) if body else {}
        if action in {"CreateServer", "UpdateServer", "CreateUser", "UpdateUser"}:
            _demand_pass_role(extract_access_key_id(headers, query_params) or "", data)
        answer: Answer = json_response(operation(data))
    except TransferError as error:
        answer = error_response_json(error.code, error.message, error.status)
    return answer


async def open_doors() -> None:
    """Open the ports of the servers that a restart has brought back."""
    await importlib.import_module("local.cloud.transfer_listener").open_all()


async def close_doors() -> None:
    """Close every port, if any was ever opened."""
    listener = sys.modules.get("local.cloud.transfer_listener")
    if listener is not None:
        await listener.close_all()


def reset() -> None:
    """Forget every server and user."""
    listener = sys.modules.get("local.cloud.transfer_listener")
    for _, _, server_id in list(transfer._servers._data):
        if listener is not None:
            listener.close_door(server_id)
    _reset()


def _demand_pass_role(access_key: str, data: Record) -> None:
    from ministack.app import AUTH  # noqa: PLC0415 -- the application imports every service

    for role in [str(data[name]) for name in PASSED if data.get(name)] if AUTH else []:
        denied = iam_evaluator.enforce(
            access_key,
            "iam:PassRole",
            "iam",
            get_region(),
            resource_arn=role,
            service_context={"iam:PassedToService": SERVICE},
        )
        if denied is not None:
            who = denied.principal_arn if isinstance(denied, EvalResult) else ""
            message = f"User: {who} is not authorized to perform: iam:PassRole on resource: {role}"
            raise TransferError("AccessDeniedException", message)
