"""Fixtures of the API's tests."""

from collections.abc import Iterator
from io import StringIO
from logging import StreamHandler

import pytest

from stowage.adapters.log import logger
from tests.unit.api.world import World


@pytest.fixture
def world() -> World:
    """Give the API over fakes: projects apollo and gemini, the kind `crate`, nothing created yet."""
    return World()


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Catch what the API logs during the test."""
    handler = logger().registered_handler
    assert isinstance(handler, StreamHandler)
    written = StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)
