"""Fixtures of the tests of what is logged, counted and alarmed."""

from io import StringIO

import pytest

from tests.unit.operations.lines import Read, reader


@pytest.fixture
def written(log: StringIO, capsys: pytest.CaptureFixture[str]) -> Read:
    """Give what reads all lines that were written during the test."""
    return reader(log, capsys)
