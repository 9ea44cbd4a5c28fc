"""WebSocket APIs: the handshake, the messages and the end of a connection as API Gateway handles them.

In the emulator a refused `$connect` is a plain 403, `$default` stands in for `$connect` and `$disconnect`, every event
says it connected just now, a function's answer is always sent back, and there are no limits.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html

A message beyond 32 KB closes the connection with 1009. AWS allows that much in one frame and 128 KB in several; the
server beneath does not tell frames apart, so the local cloud is stricter. Nor does it tell a client's close code:
`$disconnect` gets 1006 for every end that the client brought about.
"""

import asyncio
import base64
import json
import logging
import secrets
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from ministack.core.arn import execute_api_route_arn
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import request_scope
from ministack.services import apigateway as engine
from ministack.services import lambda_svc

from local.cloud.lambda_permission import may_invoke
from local.cloud.patching import replace_function

logger = logging.getLogger("apigateway")
SERVICE = "apigateway.amazonaws.com"
FRAME_BYTES = 32 * 1024
IDLE_SECONDS = 10 * 60.0
LIFETIME_SECONDS = 2 * 60 * 60.0
NORMAL, GOING_AWAY, NO_STATUS, TOO_BIG = 1000, 1001, 1005, 1009
NO_STATUS_REASON = "Client-side close frame status not set"


def _now() -> int:
    return int(time.time() * 1000)


def _identifier() -> str:
    """Return an id as API Gateway makes them, `GUoCScPcIAMCFqg=`: the `=` must survive a URL."""
    return base64.urlsafe_b64encode(secrets.token_bytes(11)).decode()


@dataclass
class Connection:
    """One open socket."""

    api_id: str
    stage: str
    account: str
    region: str
    source_ip: str
    headers: dict[str, str]
    connection_id: str = field(default_factory=_identifier)
    connected_at: int = field(default_factory=_now)
    last_active_at: int = field(default_factory=_now)
    outbox: "asyncio.Queue[str]" = field(default_factory=asyncio.Queue)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    def context(self, route_key: str, event_type: str, request_id: str, **more: Any) -> dict[str, Any]:
        """Return the event's requestContext."""
        now = _now()
        return {
            "routeKey": route_key,
            "eventType": event_type,
            "extendedRequestId": request_id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now / 1000)),
            "messageDirection": "IN",
            "stage": self.stage,
            "connectedAt": self.connected_at,
            "requestTimeEpoch": now,
            "identity": {"sourceIp": self.source_ip, "userAgent": self.headers.get("User-Agent", "")},
            "requestId": request_id,
            "domainName": f"{self.api_id}.execute-api.{self.region}.amazonaws.com",
            "connectionId": self.connection_id,
            "apiId": self.api_id,
            **more,
        }

    def handshake(self) -> dict[str, Any]:
        """Return the headers of `$connect` and `$disconnect` events."""
        return {"headers": self.headers, "multiValueHeaders": {name: [value] for name, value in self.headers.items()}}


connections: dict[str, Connection] = {}


def _route(api_id: str, key: str) -> dict[str, Any] | None:
    routes = engine._routes.get(api_id, {}).values()
    return next((route for route in routes if route["routeKey"] == key), None)


async def _invoke(connection: Connection, route: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """Invoke the route's function and return the emulator's result record; what cannot be invoked is an error."""
    integration_id = route.get("target", "").rsplit("/", 1)[-1]
    integration = engine._integrations.get(connection.api_id, {}).get(integration_id)
    if integration is None or integration["integrationType"] != "AWS_PROXY":
        logger.error("The local cloud integrates WebSocket routes with functions only: %s", route["routeKey"])
        return {"error": True}
    reference = engine._extract_lambda_ref_from_integration_uri(integration["integrationUri"])
    function, config, _ = lambda_svc._get_func_record_for_ref(reference)
    source = execute_api_route_arn(
        connection.region, connection.account, connection.api_id, connection.stage, route["routeKey"]
    )
    if function is None or not may_invoke(function, SERVICE, source):
        logger.error("%s cannot invoke %s: no such function, or no permission", source, reference)
        return {"error": True}
    variables = engine._get_stage_variables(connection.api_id, connection.stage)
    record = lambda_svc._execution_record_for_config(function, config)
    complete = {**event, "isBase64Encoded": False, **({"stageVariables": variables} if variables else {})}
    result = await run_reentrant(
        lambda_svc._execute_function_with_config_scope, record, complete, thread_name="apigateway-websocket"
    )
    return dict(result)


async def serve(scope: dict[str, Any], receive: Any, send: Any, api_id: str, path_override: str | None = None) -> None:
    """Serve one socket from its handshake to its end."""
    await receive()
    owner = engine._api_owner(api_id)
    stage = (path_override or scope["path"]).strip("/").split("/")[0]
    if owner is None or owner[0] != "WEBSOCKET" or stage not in engine._stages.get_scoped(*owner[1:], api_id, {}):
        await _refuse(send, HTTPStatus.FORBIDDEN)
        return
    headers = {_header_name(name.decode()): value.decode("latin-1") for name, value in scope["headers"]}
    source_ip = (scope.get("client") or ("127.0.0.1",))[0]
    connection = Connection(api_id, stage, owner[1], owner[2], source_ip, {**headers, "X-Forwarded-For": source_ip})
    with request_scope(connection.account, connection.region):
        query = parse_qs(scope.get("query_string", b"").decode(), keep_blank_values=True)
        status, answer = await _connect(connection, query)
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            await _refuse(send, status, connection.connection_id)
            return
        connections[connection.connection_id] = connection
        protocol = {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        await send({"type": "websocket.accept", "subprotocol": protocol.get("sec-websocket-protocol")})
        try:
            code, reason = await _converse(connection, receive, send)
        finally:
            connections.pop(connection.connection_id, None)
        await _disconnect(connection, code, reason)


def _header_name(name: str) -> str:
    """WebSocket events keep the spelling that clients use: `Origin`, not `origin`."""
    return "-".join("WebSocket" if part == "websocket" else part.capitalize() for part in name.split("-"))


async def _connect(connection: Connection, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
    """Ask the `$connect` route; without one everybody is welcome. A function that fails is 502 to the client."""
    route = _route(connection.api_id, "$connect")
    if route is None:
        return HTTPStatus.OK, {}
    if (route.get("authorizationType") or "NONE") != "NONE":
        logger.error("The local cloud serves no $connect route with %s authorization", route["authorizationType"])
        return HTTPStatus.INTERNAL_SERVER_ERROR, {}
    event = {**connection.handshake(), "requestContext": connection.context("$connect", "CONNECT", _identifier())}
    if query:
        event["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
        event["multiValueQueryStringParameters"] = query
    result = await _invoke(connection, route, event)
    answer = result.get("body")
    if result.get("error") or not isinstance(answer, dict) or "statusCode" not in answer:
        return HTTPStatus.BAD_GATEWAY, {}
    return int(answer["statusCode"]), answer


async def _refuse(send: Any, status: int, connection_id: str | None = None) -> None:
    phrase = HTTPStatus(status).phrase if status != HTTPStatus.BAD_GATEWAY else "Internal server error"
    body = json.dumps({"message": phrase, "connectionId": connection_id, "requestId": _identifier()}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "websocket.http.response.start", "status": int(status), "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})


async def _converse(connection: Connection, receive: Any, send: Any) -> tuple[int, str]:
    """Pass messages until somebody ends it; returns the close code and its reason, having closed the socket."""
    sender = asyncio.create_task(_send_posted(connection, send))
    closed = asyncio.create_task(connection.closed.wait())
    handling: set[asyncio.Task[None]] = set()
    ends_at = time.monotonic() + LIFETIME_SECONDS
    receiving: asyncio.Task[Any] | None = None
    code, reason = GOING_AWAY, "Going away"
    try:
        while True:
            receiving = receiving or asyncio.create_task(receive())
            patience = min(IDLE_SECONDS, ends_at - time.monotonic())
            await asyncio.wait({receiving, closed}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if closed.done():
                code, reason = NORMAL, "Connection closed by the backend"
                break
            if not receiving.done():
                break
            message, receiving = receiving.result(), None
            if message["type"] == "websocket.disconnect":
                code = message.get("code") or NO_STATUS
                return code, message.get("reason") or (NO_STATUS_REASON if code == NO_STATUS else "")
            text = message.get("text") or (message.get("bytes") or b"").decode("utf-8", errors="replace")
            if len(text.encode()) > FRAME_BYTES:
                code, reason = TOO_BIG, "Message too long"
                break
            connection.last_active_at = _now()
            task = asyncio.create_task(_handle_message(connection, text))
            handling.add(task)
            task.add_done_callback(handling.discard)
    finally:
        for task in (sender, closed, *([receiving] if receiving else [])):
            task.cancel()
    await send({"type": "websocket.close", "code": code, "reason": reason})
    return code, reason


async def _send_posted(connection: Connection, send: Any) -> None:
    while True:
        await send({"type": "websocket.send", "text": await connection.outbox.get()})


async def _handle_message(connection: Connection, text: str) -> None:
    """Route one message; its function's answer goes back only where the route has a route response."""
    api = engine._apis.get(connection.api_id) or {}
    key = engine._evaluate_route_selection(api.get("routeSelectionExpression", ""), text)
    route = _route(connection.api_id, key) if not key.startswith("$") else None
    route = route or _route(connection.api_id, "$default")
    request_id = _identifier()
    trouble = {"connectionId": connection.connection_id, "requestId": request_id}
    if route is None:
        await connection.outbox.put(json.dumps({"message": "Forbidden", **trouble}))
        return
    context = connection.context(route["routeKey"], "MESSAGE", request_id, messageId=_identifier())
    result = await _invoke(connection, route, {"requestContext": context, "body": text})
    answer = result.get("body")
    if result.get("error"):
        await connection.outbox.put(json.dumps({"message": "Internal server error", **trouble}))
    elif route.get("routeResponseSelectionExpression") and isinstance(answer, dict) and answer.get("body"):
        await connection.outbox.put(str(answer["body"]))


async def _disconnect(connection: Connection, code: int, reason: str) -> None:
    """Tell the `$disconnect` route, after the connection has gone."""
    route = _route(connection.api_id, "$disconnect")
    if route is not None:
        more = {"disconnectStatusCode": code, "disconnectReason": reason}
        context = connection.context("$disconnect", "DISCONNECT", _identifier(), **more)
        await _invoke(connection, route, {**connection.handshake(), "requestContext": context})


def install() -> None:
    """Serve WebSocket APIs by this module."""
    replace_function(engine.handle_websocket, serve)
