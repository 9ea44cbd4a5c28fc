"""The local cloud, for the tests that hold the simulation to it."""

from tests.contract.conftest import cloud

__all__ = ["cloud"]
