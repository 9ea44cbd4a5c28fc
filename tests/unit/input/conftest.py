"""Fixtures of the suite of bad input: the deployed handlers themselves, over fakes."""

from io import StringIO

import pytest

from api import app, break_lock, reveal, socket
from stowage.adapters import bootstrap
from stowage.adapters.settings import Settings
from stowage.catalog.registry import all_kinds
from tests.unit.api.sockets import connect, ticket_of
from tests.unit.api.world import CLIENT, ISSUER, ORIGIN, World
from tests.unit.fakes.people import OPERATOR


@pytest.fixture
def house(log: StringIO, monkeypatch: pytest.MonkeyPatch) -> World:  # noqa: ARG001 -- the log is caught from the first line
    """Give `api.app.handler` and `api.socket.handler` with fakes where the composition root has adapters."""
    world = World(*all_kinds())
    environment = {"USER_POOL_ISSUER": ISSUER, "USER_POOL_CLIENT_ID": CLIENT, "CONSOLE_ORIGINS": ORIGIN}
    settings = Settings.from_environment(environment)
    monkeypatch.setattr(bootstrap, "settings", lambda: settings)
    for port in ("clock", "notifier", "recovery", *world.spies):
        monkeypatch.setattr(bootstrap, port, getattr(world, port))
    world.handler, world.reveal_handler, world.socket_handler = app.handler, reveal.handler, socket.handler
    world.lock_handler = break_lock.handler
    return world


@pytest.fixture
def connected(house: World) -> World:
    """Give the house with the operator's socket open; what that took is forgotten."""
    assert connect(house, ticket_of(house, OPERATOR)) == 200
    house.calls.clear()
    return house
