"""What a socket's messages ask for; each answer is one text message."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from pydantic import JsonValue, TypeAdapter, ValidationError

from api.parallel import read_all
from api.strict_json import parse_json
from stowage.domain.errors import ConcurrentUpdateError, InvalidRequestError
from stowage.domain.ports import PROJECTS_PER_SOCKET, Clock, Projects, Resources, Sockets
from stowage.domain.wire import WireModel

MESSAGE_BYTES = 32 * 1024
"""One frame (https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""
PROJECT_LENGTH = 128
ATTEMPTS = 5
"""Each one reads anew what the one before met: more are needed only by a client that floods its own socket."""
SOCKET_LIFE = timedelta(hours=2, minutes=10)
"""API Gateway closes a connection after two hours; what is forgotten later than that is never missed."""

Send = Callable[[dict[str, object]], None]


class Subscribe(WireModel):
    """{"action": "subscribe", "projects": [...]}: receive these projects' messages, and no others."""

    action: Literal["subscribe"]
    projects: tuple[str, ...]


class Ping(WireModel):
    """{"action": "ping"}: keep the connection from idling for ten minutes."""

    action: Literal["ping"]


_MESSAGES: dict[str, TypeAdapter[Subscribe] | TypeAdapter[Ping]] = {
    "subscribe": TypeAdapter(Subscribe),
    "ping": TypeAdapter(Ping),
}


def parse_message(body: str) -> Subscribe | Ping:
    """Read a client's message. Raises InvalidRequestError for whatever is none."""
    if len(body.encode(errors="replace")) > MESSAGE_BYTES:
        raise InvalidRequestError(f"A message must not be longer than {MESSAGE_BYTES // 1024} KB.")
    content = parse_json(body)
    adapter = _MESSAGES.get(_action(content))
    if adapter is None:
        raise InvalidRequestError(f"A message needs an action: {' or '.join(sorted(_MESSAGES))}.")
    try:
        message = adapter.validate_python(content)
    except ValidationError as error:
        raise InvalidRequestError('A subscription looks like {"action":"subscribe","projects":["…"]}.') from error
    if isinstance(message, Subscribe):
        _check_projects(message.projects)
    return message


def _action(content: JsonValue) -> str:
    action = content.get("action") if isinstance(content, dict) else None
    return action if isinstance(action, str) else ""


def _check_projects(projects: tuple[str, ...]) -> None:
    if len(projects) > PROJECTS_PER_SOCKET:
        raise InvalidRequestError(f"A socket follows at most {PROJECTS_PER_SOCKET} projects.")
    if not all(0 < len(project) <= PROJECT_LENGTH for project in projects):
        raise InvalidRequestError("The projects of a subscription are their ids.")


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What a subscription came to: the sequence number of each project, and who is none of the person's."""

    seq: dict[str, int]
    forbidden: tuple[str, ...]


def subscribe(
    connection: str,
    person: str,
    wanted: tuple[str, ...],
    *,
    projects: Projects,
    resources: Resources,
    sockets: Sockets,
    clock: Clock,
) -> Subscribed:
    """Subscribe to those of the wanted projects whose member the person is now.

    An unknown project is as forbidden as somebody else's. The sequence numbers are read after the subscription
    stands, so that every later message is either counted in them or delivered (invariant N2). Two subscriptions of one
    connection at once both get their answer; the later one stands.

    Raises SocketGoneError, and ConcurrentUpdateError if others keep being quicker.
    """
    wanted = tuple(dict.fromkeys(wanted))
    memberships = read_all(lambda project: projects.get_membership(project, person), wanted)
    mine = tuple(project for project, membership in zip(wanted, memberships, strict=True) if membership is not None)
    expires_at = int((clock.now() + SOCKET_LIFE).timestamp())
    for attempt in range(1, ATTEMPTS + 1):
        try:
            sockets.subscribe(connection, person, mine, expires_at=expires_at)
            break
        except ConcurrentUpdateError:
            if attempt == ATTEMPTS:
                raise
    seqs = read_all(resources.get_seq, mine)
    forbidden = tuple(project for project in wanted if project not in mine)
    return Subscribed(dict(zip(mine, seqs, strict=True)), forbidden)
