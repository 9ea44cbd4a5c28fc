"""From a WebSocket event to what it asks for: connect, disconnect, or a message."""

import json
from collections.abc import Callable
from typing import Any

from api.socket_gate import open_socket
from api.subscriptions import Subscribe, parse_message, subscribe
from api.wiring import Ports
from stowage.adapters.log import logger
from stowage.domain.errors import (
    ForbiddenError,
    InvalidRequestError,
    RetryableError,
    SocketGoneError,
    StowageError,
    TicketRefusedError,
)
from stowage.domain.notifications import forbidden

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]
Send = Callable[[dict[str, object]], None]


def build_socket_handler(ports: Ports) -> Handler:
    """Give the Lambda handler of the WebSocket API's three routes.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-overview.html
    """

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:  # noqa: ANN401 -- Lambda's context
        context = event["requestContext"]
        route, connection = str(context["routeKey"]), str(context["connectionId"])
        logger().append_keys(request_id=context.get("requestId"), route=route, connection=connection)
        try:
            if route == "$connect":
                return {"statusCode": _connect(event, connection, ports)}
            if route == "$disconnect":
                ports.sockets().remove(connection)
            else:
                _receive(event.get("body") or "", connection, ports)
            return {"statusCode": 200}
        finally:
            logger().remove_keys(["request_id", "route", "connection", "person"])

    return handler


def _connect(event: dict[str, Any], connection: str, ports: Ports) -> int:
    """Give the status that API Gateway answers the handshake with."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    try:
        person = open_socket(
            connection,
            origin=headers.get("origin"),
            query=event.get("queryStringParameters") or {},
            allowed_origins=ports.settings().console_origins,
            tickets=ports.tickets(),
            sockets=ports.sockets(),
            clock=ports.clock(),
        )
    except TicketRefusedError:
        logger().info("socket refused", reason="ticket")
        return 401
    except ForbiddenError:
        logger().info("socket refused", reason="origin")
        return 403
    except RetryableError:
        logger().warning("socket refused", reason="AWS could not be reached", exc_info=True)
        return 503
    logger().info("socket opened", person=person)
    return 200


def _receive(body: str, connection: str, ports: Ports) -> None:
    """Answer a message; whatever it holds, the answer is a message too and never an exception."""

    def send(message: dict[str, object]) -> None:
        ports.connections().post(connection, json.dumps(message, separators=(",", ":")))

    try:
        _serve(body, connection, ports, send)
    except InvalidRequestError as error:
        answer = _error("invalid-message", str(error))
    except RetryableError:
        logger().warning("AWS could not be reached", exc_info=True)
        answer = _error("unavailable", "AWS is busy; send the message again in a moment.")
    except SocketGoneError:
        return  # $disconnect cleans up after it
    except Exception:  # noqa: BLE001 -- the one logged boundary
        logger().exception("a message ended in a defect")
        answer = _error("internal-error", "Something went wrong on our side.")
    else:
        return
    try:
        send(answer)
    except StowageError:
        logger().warning("the answer could not be sent", exc_info=True)


def _serve(body: str, connection: str, ports: Ports, send: Send) -> None:
    message = parse_message(body)
    if not isinstance(message, Subscribe):
        send({"type": "pong"})
        return
    person = ports.sockets().person_of(connection)
    if person is None:
        send(_error("not-connected", "This connection is not known (any more): connect again."))
        return
    logger().append_keys(person=person)
    subscribed = subscribe(
        connection,
        person,
        message.projects,
        projects=ports.projects(),
        resources=ports.resources(),
        sockets=ports.sockets(),
        clock=ports.clock(),
    )
    if subscribed.forbidden:
        send(forbidden(subscribed.forbidden))
    send({"type": "hello", "seq": subscribed.seq})


def _error(code: str, detail: str) -> dict[str, object]:
    return {"type": "error", "code": code, "detail": detail}
