"""State AwaitHandover of rotate_credentials."""

from stowage.domain.rotation import wake
from tests.unit.tasks.rotation import Keys


def test_a_handover_wakes_the_state() -> None:
    """Whoever marks the key finds the token that was stored before."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    assert run.await_handover() is None
    assert keys.row.rotation is not None
    token = keys.row.rotation.wake_token
    assert wake(keys.row, keys.world.waits) is False
    keys.hand_over(run.id)
    assert wake(keys.row, keys.world.waits) is True
    assert token in keys.world.waits.succeeded
    assert wake(keys.row, keys.world.waits) is False


def test_a_key_that_was_handed_over_before_is_seen_by_the_look() -> None:
    """No wake is lost in between."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    assert run.await_handover() == '{"undone":false}'


def test_a_reveal_that_could_not_mark_the_key_counts() -> None:
    """Its claim tells; the row is mended."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.world.handovers.revealed[run.id] = "2026-11-23T11:00:00.000Z"
    assert run.await_handover() is not None
    key = keys.row.key_of(run.id)
    assert key is not None
    assert key.handed_over_at == "2026-11-23T11:00:00.000Z"
