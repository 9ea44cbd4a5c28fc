"""A call: a request, who makes it, and the ports to answer it with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from api.http import Answer, Request
from api.wiring import Ports
from stowage.domain.kinds import Kind


@dataclass(frozen=True, slots=True)
class Call:
    """What a route's function gets. `person` is the caller's `sub`; empty on public routes alone."""

    request: Request
    person: str
    ports: Ports


class Address(NamedTuple):
    """A method and a path, without what serves it."""

    method: str
    path: str


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path with `<parameters>`; `operation` is its stable name in the OpenAPI document.

    `kind` is the kind that it serves alone; `part` what it does there, where that is not to the resource itself.
    """

    method: str
    path: str
    operation: str
    answer: Callable[[Call], Answer]
    public: bool = False
    kind: Kind | None = None
    part: str = ""
