"""Open pages: their connections, subscriptions and tickets."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A socket that asked for a project's messages."""

    connection: str
    person: str


PROJECTS_PER_SOCKET = 49
"""Leaving one set of projects and joining another must fit one transaction of 100 writes, with the socket's own row
(https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html)."""


class Sockets(Protocol):
    """Who is connected, and to what subscribed (rows `socket`, `subscription`)."""

    def add(self, connection: str, person: str, *, expires_at: int) -> None:
        """Remember a connection; `expires_at` is epoch seconds, after which DynamoDB may forget it."""
        ...

    def person_of(self, connection: str) -> str | None:
        """Tell who is behind a connection, or None when it is unknown."""
        ...

    def subscribe(self, connection: str, person: str, projects: tuple[str, ...], *, expires_at: int) -> None:
        """Let a connection receive these projects' messages, in place of what it received before.

        Raises SocketGoneError when the connection is unknown, ConcurrentUpdateError when it changes its subscriptions
        at this very moment, InvalidRequestError for more than PROJECTS_PER_SOCKET projects.
        """
        ...

    def subscribers(self, project: str) -> tuple[Subscriber, ...]:
        """Give the sockets subscribed to a project."""
        ...

    def remove(self, connection: str) -> None:
        """Forget a connection and its subscriptions; done also if it is unknown."""
        ...


class Tickets(Protocol):
    """Single-use tickets for the socket's `$connect`."""

    def put(self, ticket_hash: str, person: str, *, expires_at: int) -> None:
        """Keep a ticket by its SHA-256."""
        ...

    def redeem(self, ticket_hash: str, *, now: int) -> str:
        """Use a ticket up and give its person. Raises TicketRefusedError."""
        ...


class Connections(Protocol):
    """The way to an open WebSocket."""

    def post(self, connection: str, message: str) -> None:
        """Send one text message of at most 32 KB. Raises SocketGoneError."""
        ...
