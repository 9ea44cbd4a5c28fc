"""What may fail without failing the request: somebody is told, or something is noted, after the deed is done."""

from collections.abc import Iterator
from contextlib import contextmanager

from stowage.adapters.log import logger
from stowage.domain.errors import StowageError


@contextmanager
def surviving(sentence: str, about: str) -> Iterator[None]:
    """Log a failure of ours and go on; `about` is the id of what failed."""
    try:
        yield
    except StowageError:
        logger().warning(sentence, about=about, exc_info=True)
