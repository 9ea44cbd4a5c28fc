"""POST /v1/socket-tickets: the single-use ticket that opens a WebSocket.

A JWT in the socket's URL would reach access logs; a ticket there is worthless once it is used, or after 30 seconds.
"""

import hashlib
import secrets
from datetime import timedelta

from api.call import Call
from api.http import Answer, answer
from stowage.domain.clock import to_iso
from stowage.domain.ports import Clock, Tickets
from stowage.domain.wire import WireModel

TICKET_SECONDS = 30
TICKET_BYTES = 32


class SocketTicket(WireModel):
    """A ticket for `?ticket=` of the socket's URL."""

    ticket: str
    expires_at: str


def ticket_hash(ticket: str) -> str:
    """Give what is kept of a ticket; with 256 random bits a plain SHA-256 cannot be turned back."""
    return hashlib.sha256(ticket.encode()).hexdigest()


def issue_ticket(person: str, *, tickets: Tickets, clock: Clock) -> SocketTicket:
    """Give a new ticket; it is kept as its hash alone."""
    ticket = secrets.token_urlsafe(TICKET_BYTES)
    expires_at = clock.now() + timedelta(seconds=TICKET_SECONDS)
    tickets.put(ticket_hash(ticket), person, expires_at=int(expires_at.timestamp()))
    return SocketTicket(ticket=ticket, expires_at=to_iso(expires_at))


def post_socket_ticket(call: Call) -> Answer:
    """Answer POST /v1/socket-tickets; it takes no body."""
    ticket = issue_ticket(call.person, tickets=call.ports.tickets(), clock=call.ports.clock())
    return answer(201, ticket.to_wire())
