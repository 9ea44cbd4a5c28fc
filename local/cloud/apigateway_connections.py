"""The @connections API: what a backend may do to an open socket.

Who may call it is IAM's `execute-api:ManageConnections`, which the emulator checks before this.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

import json
import time
from typing import Any

from ministack.services import apigateway as engine

from local.cloud.apigateway_websocket import Connection, connections
from local.cloud.patching import replace_function

Response = tuple[int, dict[str, str], bytes]
# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
PAYLOAD_BYTES = 128 * 1024


def _error(status: int, code: str, message: str | None = None) -> Response:
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return status, headers, json.dumps({"message": message}).encode()


def _moment(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(milliseconds / 1000))


async def _manage(
    method: str, api_id: str, stage: str, connection_id: str, body: bytes, _headers: dict[str, str]
) -> Response:
    """Answer PostToConnection, GetConnection or DeleteConnection; 410 GoneException where nobody is connected."""
    connection = connections.get(connection_id)
    if connection is None or (connection.api_id, connection.stage) != (api_id, stage) or connection.closed.is_set():
        return _error(410, "GoneException")
    if method == "POST":
        return _post(connection, body)
    if method == "GET":
        described: dict[str, Any] = {
            "connectedAt": _moment(connection.connected_at),
            "identity": {"sourceIp": connection.source_ip, "userAgent": connection.headers.get("User-Agent", "")},
            "lastActiveAt": _moment(connection.last_active_at),
        }
        return 200, {"Content-Type": "application/json"}, json.dumps(described).encode()
    if method == "DELETE":
        connection.closed.set()
        return 204, {}, b""
    return _error(403, "ForbiddenException", "Forbidden")


def _post(connection: Connection, body: bytes) -> Response:
    if len(body) > PAYLOAD_BYTES:
        return _error(413, "PayloadTooLargeException", "Request body exceeds the limit of 131072 bytes")
    connection.outbox.put_nowait(engine._post_to_connection_text(body))
    return 200, {"Content-Type": "application/json"}, b""


def install() -> None:
    """Answer @connections by this module."""
    replace_function(engine.handle_connections_api, _manage)
