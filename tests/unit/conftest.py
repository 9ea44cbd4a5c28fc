"""Fixtures of all unit tests."""

from collections.abc import Iterator
from io import StringIO
from logging import StreamHandler

import pytest

from stowage.adapters.log import logger


@pytest.fixture
def log() -> Iterator[StringIO]:
    """Catch what is logged during the test."""
    handler = logger().registered_handler
    assert isinstance(handler, StreamHandler)
    written = StringIO()
    before = handler.setStream(written)
    yield written
    handler.setStream(before)
