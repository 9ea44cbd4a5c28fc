"""State ReactivateOldKey of rotate_credentials."""

from stowage.domain.credentials import KeyStatus, RotationStep
from tests.unit.tasks.rotation import USER, Keys, project_with_keys


def test_the_old_key_works_again_and_the_wait_begins_anew() -> None:
    """In IAM, too, and for a day at least; a repeat changes nothing."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation(overlap_hours=0)
    run.until_probed()
    keys.hand_over(run.id)
    run.deactivate()
    run.reactivate()
    before = keys.row
    assert {key.status for key in keys.world.keys.users[USER].values()} == {KeyStatus.ACTIVE}
    assert before.rotation is not None
    assert before.rotation.step is RotationStep.AWAITING_IDLE
    keys.world.clock.advance(60)
    run.reactivate()
    assert keys.row == before
    assert run.await_idle() is None


def test_a_deactivation_that_is_taken_back_at_once_is_taken_back() -> None:
    """IAM's list may be some seconds old, and say that the key is active still."""
    keys = Keys()
    old = keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    run.await_handover()
    run.await_idle()
    stale = keys.world.keys.list_keys(project_with_keys(), USER, person="x")
    run.deactivate()
    keys.iam.port.list_keys = lambda *_args, **_named: stale
    run.reactivate()
    assert keys.world.keys.users[USER][old].status is KeyStatus.ACTIVE
