"""Who may open a WebSocket: whoever brings a fresh ticket, and no foreign web page."""

from collections.abc import Mapping

from api.socket_tickets import ticket_hash
from api.subscriptions import SOCKET_LIFE
from stowage.domain.errors import ForbiddenError, TicketRefusedError
from stowage.domain.ports import Clock, Sockets, Tickets

TICKET_LENGTH = 128


def open_socket(
    connection: str,
    *,
    origin: str | None,
    query: Mapping[str, str],
    allowed_origins: tuple[str, ...],
    tickets: Tickets,
    sockets: Sockets,
    clock: Clock,
) -> str:
    """Let a connection in and give its person.

    Browsers always send `Origin` and no page can forge it; who sends none is no browser, and its ticket is enough.
    The origin is judged first, so that a foreign page cannot use up a ticket.

    Raises ForbiddenError or TicketRefusedError.
    """
    if origin is not None and origin not in allowed_origins:
        raise ForbiddenError("This origin may not open sockets.")
    ticket = query.get("ticket", "")
    if not 0 < len(ticket) <= TICKET_LENGTH:
        raise TicketRefusedError("Connect with ?ticket=, from POST /v1/socket-tickets.")
    now = clock.now()
    person = tickets.redeem(ticket_hash(ticket), now=int(now.timestamp()))
    sockets.add(connection, person, expires_at=int((now + SOCKET_LIFE).timestamp()))
    return person
