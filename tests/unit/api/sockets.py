"""The WebSocket API over a world's fakes, called as API Gateway calls it: one connection, `ME`."""

import json
from types import SimpleNamespace
from typing import Any

from stowage.domain.projects import Person
from tests.unit.api.world import ORIGIN, World
from tests.unit.fakes.people import MANAGER

ME = "connection-1"


def socket_event(route: str, **fields: Any) -> dict[str, Any]:
    """Give the event of a route."""
    return {
        "requestContext": {"routeKey": route, "connectionId": ME, "requestId": "request-1", "eventType": "MESSAGE"},
        "isBase64Encoded": False,
        **fields,
    }


def handle(world: World, route: str, **fields: Any) -> int:
    """Call the handler and give its status."""
    response = world.socket_handler(socket_event(route, **fields), SimpleNamespace())
    assert set(response) == {"statusCode"}
    return int(response["statusCode"])


def ticket_of(world: World, person: Person = MANAGER) -> str:
    """Give a fresh ticket of the person."""
    return str(world.call("POST", "/v1/socket-tickets", person=person).json["ticket"])


def connect(world: World, ticket: str | None, origin: str | None = ORIGIN) -> int:
    """Open the connection and give the handshake's status."""
    headers = {"Host": "socket.example.com", **({"Origin": origin} if origin is not None else {})}
    query = {} if ticket is None else {"queryStringParameters": {"ticket": ticket}}
    return handle(world, "$connect", headers=headers, **query)


def say(world: World, body: object, route: str = "$default") -> list[dict[str, Any]]:
    """Send a message and give the answers to it."""
    before = len(world.fake_connections.messages(ME))
    text = body if isinstance(body, str) else json.dumps(body)
    assert handle(world, route, body=text) == 200
    return world.fake_connections.messages(ME)[before:]
