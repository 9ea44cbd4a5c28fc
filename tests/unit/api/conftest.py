"""Fixtures of the API's tests."""

import pytest

from tests.unit.api.world import World


@pytest.fixture
def world() -> World:
    """Give the API over fakes: projects apollo and gemini, the kind `crate`, nothing created yet."""
    return World()
