"""Fixtures of the API's tests."""

import pytest

from tests.unit.api.credentials import handover, lay_user
from tests.unit.api.world import World
from tests.unit.fakes.kinds import crate, safe


@pytest.fixture
def world() -> World:
    """Give the API over fakes: projects apollo and gemini, the kind `crate`, nothing created yet."""
    return World()


@pytest.fixture
def linked() -> World:
    """Give a user with a key that nobody has seen, and a link to it."""
    world = World(crate(), safe())
    lay_user(world)
    world.fake_handovers.create(handover())
    return world
