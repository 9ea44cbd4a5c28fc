"""Sockets, tickets and the way to open connections, in memory."""

import json
from typing import Any

from stowage.domain.errors import InvalidRequestError, SocketGoneError, TicketRefusedError
from stowage.domain.ports import PROJECTS_PER_SOCKET, Subscriber

FRAME_BYTES = 32 * 1024


class FakeSockets:
    """Port `Sockets`."""

    def __init__(self) -> None:
        self.people: dict[str, str] = {}
        self.subscriptions: dict[str, tuple[str, ...]] = {}
        self.expiries: dict[str, int] = {}

    def add(self, connection: str, person: str, *, expires_at: int) -> None:
        """Remember the connection."""
        self.people[connection] = person
        self.expiries[connection] = expires_at

    def person_of(self, connection: str) -> str | None:
        """Tell who is behind the connection."""
        return self.people.get(connection)

    def subscribe(self, connection: str, person: str, projects: tuple[str, ...], *, expires_at: int) -> None:
        """Replace the connection's projects; refuses too many, and an unknown connection, as the table does."""
        if len(projects) > PROJECTS_PER_SOCKET:
            raise InvalidRequestError(f"A socket follows at most {PROJECTS_PER_SOCKET} projects.")
        if self.people.get(connection) != person:
            raise SocketGoneError("This connection is not known.")
        self.subscriptions[connection] = projects
        self.expiries[connection] = expires_at

    def subscribers(self, project: str) -> tuple[Subscriber, ...]:
        """Give the sockets subscribed to the project, by connection."""
        return tuple(
            Subscriber(connection, self.people[connection])
            for connection, projects in sorted(self.subscriptions.items())
            if project in projects
        )

    def remove(self, connection: str) -> None:
        """Forget the connection and its subscriptions."""
        self.people.pop(connection, None)
        self.subscriptions.pop(connection, None)
        self.expiries.pop(connection, None)


class FakeTickets:
    """Port `Tickets`; `rows` maps a ticket's SHA-256 to person and expiry."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[str, int]] = {}

    def put(self, ticket_hash: str, person: str, *, expires_at: int) -> None:
        """Keep the ticket."""
        self.rows[ticket_hash] = (person, expires_at)

    def redeem(self, ticket_hash: str, *, now: int) -> str:
        """Use the ticket up, if it is not too old."""
        person, expires_at = self.rows.get(ticket_hash, ("", 0))
        if expires_at <= now:
            raise TicketRefusedError("The ticket is unknown, used or too old.")
        del self.rows[ticket_hash]
        return person


class FakeConnections:
    """Port `Connections`; `sent` lists what went out, `gone` names connections that are closed."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str]] = []
        self.gone: set[str] = set()

    def post(self, connection: str, message: str) -> None:
        """Send, unless the connection is closed; a message over one frame is a defect of the caller."""
        if connection in self.gone:
            raise SocketGoneError(f"The connection {connection} is closed.")
        if len(message.encode()) > FRAME_BYTES:
            raise AssertionError("The message is longer than one frame of 32 KB.")
        self.sent.append((connection, message))

    def messages(self, connection: str) -> list[dict[str, Any]]:
        """Give what the connection received, parsed."""
        return [json.loads(message) for to, message in self.sent if to == connection]


class FakeGlobalNames:
    """Port `GlobalNames`; `taken` holds (service, name)."""

    def __init__(self, *taken: tuple[str, str]) -> None:
        self.taken = set(taken)

    def is_taken(self, service: str, name: str) -> bool:
        """Tell whether the test has given the name away."""
        return (service, name) in self.taken
