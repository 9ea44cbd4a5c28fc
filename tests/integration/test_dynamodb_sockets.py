"""Rows of sockets, subscriptions and tickets, on moto."""

from typing import Any

import pytest

from stowage.adapters.dynamodb.sockets import DynamoSockets
from stowage.adapters.dynamodb.tickets import DynamoTickets
from stowage.domain.errors import ConcurrentUpdateError, InvalidRequestError, SocketGoneError, TicketRefusedError
from stowage.domain.ports import PROJECTS_PER_SOCKET, Subscriber
from tests.integration.conftest import TABLE
from tests.unit.fakes.clock import FakeClock


def sockets_of(client: Any) -> DynamoSockets:
    """Give the adapter."""
    return DynamoSockets(client, TABLE, FakeClock())


def test_a_connection_is_known_until_it_is_removed(dynamodb: Any) -> None:
    """Removing takes its subscriptions along, and is done also the second time."""
    sockets = sockets_of(dynamodb)
    sockets.add("one", "mia", expires_at=10)
    sockets.subscribe("one", "mia", ("apollo", "gemini"), expires_at=10)

    assert sockets.person_of("one") == "mia"
    sockets.remove("one")
    sockets.remove("one")

    assert sockets.person_of("one") is None
    assert dynamodb.scan(TableName=TABLE)["Items"] == []


def test_subscribing_again_replaces_what_was_before(dynamodb: Any) -> None:
    """A page that changes projects receives the new ones alone."""
    sockets = sockets_of(dynamodb)
    sockets.add("one", "mia", expires_at=10)
    sockets.add("two", "olaf", expires_at=10)
    sockets.subscribe("one", "mia", ("apollo", "gemini"), expires_at=10)
    sockets.subscribe("two", "olaf", ("apollo",), expires_at=10)

    sockets.subscribe("one", "mia", ("gemini", "mercury"), expires_at=10)

    assert sockets.subscribers("apollo") == (Subscriber("two", "olaf"),)
    assert sockets.subscribers("gemini") == (Subscriber("one", "mia"),)
    assert sockets.subscribers("mercury") == (Subscriber("one", "mia"),)
    sockets.subscribe("one", "mia", (), expires_at=10)
    assert sockets.subscribers("gemini") == ()


def test_a_connection_that_is_gone_subscribes_to_nothing(dynamodb: Any) -> None:
    """A message that overtakes its $disconnect brings no row back."""
    with pytest.raises(SocketGoneError):
        sockets_of(dynamodb).subscribe("gone", "mia", ("apollo",), expires_at=10)

    assert dynamodb.scan(TableName=TABLE)["Items"] == []


def test_two_subscriptions_at_once_do_not_both_write(dynamodb: Any) -> None:
    """Who was slower is told to read again; the connection is there, so it is not gone."""
    sockets = sockets_of(dynamodb)
    sockets.add("one", "mia", expires_at=10)
    quicker = True

    def overtake(**_: Any) -> None:
        nonlocal quicker
        if quicker:
            quicker = False
            sockets.subscribe("one", "mia", ("gemini",), expires_at=10)

    dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", overtake)

    with pytest.raises(ConcurrentUpdateError):
        sockets.subscribe("one", "mia", ("apollo",), expires_at=10)

    assert (sockets.subscribers("apollo"), len(sockets.subscribers("gemini"))) == ((), 1)
    sockets.subscribe("one", "mia", ("apollo",), expires_at=10)
    assert sockets.subscribers("gemini") == ()


def test_a_socket_follows_a_bounded_number_of_projects(dynamodb: Any) -> None:
    """Moving from one full set to another fits one transaction; one more is refused."""
    sockets = sockets_of(dynamodb)
    sockets.add("one", "mia", expires_at=10)
    for prefix in ("a", "b"):
        projects = tuple(f"{prefix}-{number}" for number in range(PROJECTS_PER_SOCKET))
        sockets.subscribe("one", "mia", projects, expires_at=10)

    assert sockets.subscribers("a-0") == ()
    with pytest.raises(InvalidRequestError):
        sockets.subscribe("one", "mia", (*projects, "more"), expires_at=10)


def test_a_ticket_is_good_once(dynamodb: Any) -> None:
    """The second use is refused, and so is one that never was."""
    tickets = DynamoTickets(dynamodb, TABLE)
    tickets.put("hash", "mia", expires_at=130)

    assert tickets.redeem("hash", now=100) == "mia"
    for unknown in ("hash", "other"):
        with pytest.raises(TicketRefusedError):
            tickets.redeem(unknown, now=100)


def test_a_ticket_is_good_until_it_expires(dynamodb: Any) -> None:
    """By the condition: DynamoDB forgets it much later."""
    tickets = DynamoTickets(dynamodb, TABLE)
    tickets.put("hash", "mia", expires_at=130)

    with pytest.raises(TicketRefusedError):
        tickets.redeem("hash", now=130)
