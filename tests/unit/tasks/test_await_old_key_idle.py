"""State AwaitOldKeyIdle of rotate_credentials."""

from stowage.domain.notices import NoticeCode
from stowage.domain.ports import LastUse
from stowage.domain.rotation import wake
from tests.unit.tasks.rotation import Keys, Run

DAY = 24 * 3600


def waiting(keys: Keys) -> tuple[Run, str]:
    """Give a rotation whose new key is handed over, and the old key's id."""
    old = keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    run.await_handover()
    return run, old


def test_an_old_key_is_kept_until_it_is_due() -> None:
    """However long it has been idle."""
    keys = Keys()
    run, _ = waiting(keys)
    assert run.await_idle() is None
    keys.world.clock.advance(DAY - 1)
    assert run.await_idle() is None
    keys.world.clock.advance(1)
    assert run.await_idle() is not None


def test_an_old_key_that_is_used_is_waited_for_and_told_once_a_day() -> None:
    """Until it was idle for a day; its last use stands on the row."""
    keys = Keys()
    run, old = waiting(keys)
    keys.world.clock.advance(DAY)
    keys.world.keys.used[old] = LastUse(keys.world.clock.iso(), "s3")
    for _ in range(2):
        assert run.await_idle() is None
    assert keys.world.notices.codes.count(NoticeCode.OLD_KEY_STILL_USED) == 1
    shown = keys.row.key(old)
    assert shown is not None
    assert (shown.last_used_at, shown.last_used_service) == (keys.world.clock.iso(), "s3")
    keys.world.clock.advance(DAY - 1)
    assert run.await_idle() is None
    assert keys.world.notices.codes.count(NoticeCode.OLD_KEY_STILL_USED) == 2
    keys.world.clock.advance(1)
    assert run.await_idle() is not None


def test_a_key_that_is_used_for_ever_is_waited_for_thirty_days() -> None:
    """Then the undo window is all that is left."""
    keys = Keys()
    run, old = waiting(keys)
    for _ in range(31):
        keys.world.keys.used[old] = LastUse(keys.world.clock.iso(), "s3")
        assert run.await_idle() is None
        keys.world.clock.advance(DAY)
    keys.world.keys.used[old] = LastUse(keys.world.clock.iso(), "s3")
    assert run.await_idle() is not None


def test_a_person_in_a_hurry_ends_the_wait() -> None:
    """Although the key is used, and not due."""
    keys = Keys()
    run, old = waiting(keys)
    keys.world.keys.used[old] = LastUse(keys.world.clock.iso(), "s3")
    assert run.await_idle() is None
    hurried = keys.world.rows.put(keys.row.with_rotation(hurried=True))
    assert wake(hurried, keys.world.waits) is True
    assert run.await_idle() is not None


def test_what_nobody_has_asked_for_is_not_told_as_unused() -> None:
    """A key that was never used is one whose use was asked for; asking again tells nobody anything new."""
    keys = Keys()
    run, old = waiting(keys)
    before = keys.row.key(old)
    assert before is not None
    assert before.last_used_checked_at is None
    run.await_idle()
    told = len(keys.world.calls)
    keys.world.clock.advance(60)
    run.await_idle()
    after = keys.row.key(old)
    assert after is not None
    assert (after.last_used_at, after.last_used_checked_at) == (None, keys.world.clock.iso())
    assert len(keys.world.calls) == told
