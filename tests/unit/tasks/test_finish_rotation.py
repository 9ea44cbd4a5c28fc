"""State FinishRotation of rotate_credentials."""

from stowage.domain.credentials import RotationOutcome, RotationReason
from stowage.domain.notices import NoticeCode
from tests.unit.tasks.rotation import Keys


def test_an_end_is_written_once() -> None:
    """A repeat finds it, and tells nothing twice."""
    keys = Keys()
    run = keys.rotation()
    run.until_probed()
    run.finish()
    before = keys.row
    run.finish()
    assert keys.row == before
    assert before.last_rotation is not None
    assert before.last_rotation.outcome is RotationOutcome.SUCCEEDED
    assert keys.world.notices.codes.count(NoticeCode.ROTATION_ENDED) == 1


def test_the_first_minting_is_told_by_the_key_being_ready_alone() -> None:
    """Two notices of one thing are one too many."""
    keys = Keys()
    run = keys.rotation(RotationReason.FIRST)
    run.until_probed()
    run.finish()
    assert keys.world.notices.codes == [NoticeCode.CREDENTIALS_READY]
