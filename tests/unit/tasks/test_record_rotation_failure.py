"""State RecordRotationFailure of rotate_credentials."""

import json

import pytest

from stowage.domain.credentials import KeyStatus
from stowage.domain.errors import AccessDeniedError, HandoverRefusedError, ServiceUnavailableError
from stowage.domain.handovers import HandoverStatus
from stowage.domain.notices import NoticeCode
from tests.unit.tasks.rotation import Keys, Run, claim_of, link_to


def test_a_first_key_that_is_ready_outlives_the_failure_of_its_rotation() -> None:
    """It is the only one there is; one that never was ready goes."""
    keys = Keys()
    run = keys.rotation()
    run.until_probed()
    run.fail()
    assert len(keys.row.keys) == 1
    other = Keys()
    run = other.rotation()
    run.claim()
    run.mint()
    run.fail()
    assert other.row.keys == ()
    assert other.world.secrets.secrets == {}


@pytest.mark.parametrize(
    ("error", "cause", "sentence"),
    [
        ("KeyLimitError", json.dumps({"errorMessage": "Delete one."}), "Delete one."),
        ("KeyNotReadyError", "{}", "AWS refused the new key for too long. An operator finds more under rot-"),
        ("ThrottledError", "{}", "AWS did not answer for too long. An operator finds more under rot-"),
        ("ValueError", "hunter2", "An operator finds it"),
        ("States.Timeout", "", "An operator finds it"),
    ],
)
def test_people_are_told_a_sentence_and_no_internals(error: str, cause: str, sentence: str) -> None:
    """An unexpected error's own text is for the log."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    outcome, told = run.fail(error, cause)
    assert outcome == "FAILED"
    assert sentence in told
    assert "hunter2" not in told
    assert "Error" not in told
    assert keys.world.notices.codes == [NoticeCode.ROTATION_FAILED]


def test_what_cannot_be_deleted_does_not_keep_the_credentials_held() -> None:
    """The next rotation clears it away."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    run.mint()
    keys.iam.fail("delete", AccessDeniedError("No."))
    run.fail()
    assert keys.row.rotation is None
    assert keys.row.last_rotation is not None
    assert "could not be put in order" in str(keys.row.last_rotation.cause)


def test_a_failure_is_recorded_once() -> None:
    """A repeat tells the same, and writes nothing."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    first = run.fail()
    before = keys.row
    assert run.fail() == first
    assert keys.row == before


def test_a_reveal_that_comes_too_late_hands_out_no_deleted_key() -> None:
    """It has read the secret already, and claims when the key is gone: the claim is refused, the old key stands."""
    keys = Keys()
    old = keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    link = link_to(keys, run.id)
    run.fail("HandoverNotOpenedError", "Nobody opened it.")
    assert [key.access_key_id for key in keys.row.keys] == [old]
    with pytest.raises(HandoverRefusedError):
        keys.world.handovers.open(link, claim_of(keys))


def test_a_reveal_that_comes_first_keeps_its_key() -> None:
    """It claimed while the failure was being recorded, and could not mark the key yet."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.world.handovers.open(link_to(keys, run.id), claim_of(keys))
    run.fail("HandoverNotOpenedError", "Nobody opened it.")
    assert [key.rotation for key in keys.row.keys][-1] == run.id
    assert len(keys.world.keys.users["apples"]) == 2


def test_an_old_key_that_was_wished_back_comes_back_although_the_rotation_ends() -> None:
    """Stopped before ReactivateOldKey, or between its row and IAM: whoever waits for the key gets it."""
    keys, run, old = _deactivated()
    keys.rows.put(keys.row.with_rotation(undone=True))
    run.fail("States.Timeout", "")
    assert keys.row.rotation is None
    assert keys.world.keys.users["apples"][old].status is KeyStatus.ACTIVE
    keys, run, old = _deactivated()
    keys.iam.fail("set_status", ServiceUnavailableError("No answer."))
    with pytest.raises(ServiceUnavailableError):
        run.reactivate()
    assert keys.world.keys.users["apples"][old].status is KeyStatus.INACTIVE
    run.fail("ServiceUnavailableError", "No answer.")
    assert keys.world.keys.users["apples"][old].status is KeyStatus.ACTIVE


def test_an_old_key_that_nobody_wished_back_stays_off() -> None:
    """The new one is in use; whoever wants the old one's end gets it by the next rotation."""
    keys, run, old = _deactivated()
    run.fail("States.Timeout", "")
    assert keys.world.keys.users["apples"][old].status is KeyStatus.INACTIVE


def _deactivated() -> tuple[Keys, Run, str]:
    """Give a rotation whose old key is switched off, and that key."""
    keys = Keys()
    old = keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    run.await_idle()
    run.deactivate()
    return keys, run, old


@pytest.mark.parametrize("minted", [False, True], ids=["before its key", "after its key"])
def test_links_to_a_key_that_never_comes_are_taken_back(minted: bool) -> None:  # noqa: FBT001 -- a parameter
    """A link to the old key stands."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.claim()
    if minted:
        run.mint()
    dead, other = link_to(keys, run.id), link_to(keys, "rot-0", id="hnd-" + "d" * 32)

    run.fail()

    rows = keys.world.handovers.rows
    assert (rows[dead.id].status, rows[other.id].status) == (HandoverStatus.REVOKED, HandoverStatus.WAITING)


def test_a_key_that_was_refused_because_its_user_was_switched_off_is_no_failure() -> None:
    """The last try came before the row said so: AWS was right, and no alarm rings."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    run.mint()
    keys.world.rows.put(keys.row.model_copy(update={"suspended": True}))

    outcome, told = run.fail("KeyNotReadyError", "{}")

    assert outcome == "SWITCHED_OFF"
    assert told.startswith("apples was switched off while its new key was being tried.")
