"""A small storm: executions stopped and functions killed while changes run, and a mirror that tells the truth after it.

`make chaos` plays it with fifty changes at once.
"""

from collections.abc import Callable, Iterator

import pytest

from local.client import Session
from local.cloud_process import CloudProcess
from local.endpoints import Endpoints
from tests.e2e.chaos import STEP_SECONDS, Storm, bring_up

pytestmark = pytest.mark.e2e

CHANGES = 10
SEED = 5
RAGED = (
    "executions stopped",
    "processes killed",
    "operations begun",
    "locks before reconcile",
    "rows differing before",
    "rows deleted",
    "rows back",
)
"""What must be more than none, or the storm has shown nothing."""


@pytest.fixture
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """Bring up a Stowage of its own: a storm must hit nobody else's."""
    cloud = CloudProcess(tmp_path_factory.mktemp("chaos"), step_seconds=STEP_SECONDS)
    try:
        yield bring_up(cloud)
    finally:
        cloud.stop()


def test_a_storm_leaves_no_lock_no_lie_and_nothing_done_twice(
    stormy: Endpoints, tell_figure: Callable[[str], None]
) -> None:
    """After one reconcile; every change has its end, and it is true; and every row that is lost then comes back.

    At once: creations, updates with rivals, deletions, some of them bound to fail.
    """
    with Session(stormy, "anna@example.com") as anna:
        toll = Storm(stormy, anna, SEED, CHANGES).rage()

    tell_figure(str(toll))
    assert toll.wrong == []
    assert min(toll.figures[what] for what in RAGED) > 0, toll
