"""State AwaitUndo of rotate_credentials."""

from stowage.domain.credentials import RotationStep
from stowage.domain.rotation import wake
from tests.unit.tasks.rotation import Keys, Run

DAY = 24 * 3600


def deactivated(keys: Keys) -> Run:
    """Give a rotation whose old key is off."""
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    run.deactivate()
    return run


def test_the_window_stays_open_for_its_time() -> None:
    """Then it is closed in the very write that finds nobody's wish."""
    keys = Keys()
    run = deactivated(keys)
    assert run.await_undo() is None
    keys.world.clock.advance(DAY)
    assert run.await_undo() == '{"undone":false}'
    assert keys.row.rotation is not None
    assert keys.row.rotation.step is RotationStep.DELETING


def test_a_wish_to_go_back_wins_over_the_clock() -> None:
    """As long as it came before the window was closed."""
    keys = Keys()
    run = deactivated(keys)
    assert run.await_undo() is None
    undone = keys.world.rows.put(keys.row.with_rotation(undone=True))
    assert wake(undone, keys.world.waits) is True
    keys.world.clock.advance(DAY)
    assert run.await_undo() == '{"undone":true}'
