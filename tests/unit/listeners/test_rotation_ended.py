"""What people are told of a rotation whose execution has ended by itself."""

import pytest

from listeners.execution_ended import rotation_ended
from tests.unit.tasks.rotation import Keys

UNRECORDED = "The failure could not be recorded (Lambda.Unknown). It was: KeyNotReadyError {}"


@pytest.mark.parametrize(
    ("status", "cause", "sentence"),
    [
        ("ABORTED", "Olaf stopped it: the account moves.", "Olaf stopped it: the account moves."),
        ("ABORTED", None, "Somebody has stopped it in AWS. An operator finds more under rot-"),
        ("TIMED_OUT", None, "It took longer than a rotation may. An operator finds more under rot-"),
        ("FAILED", UNRECORDED, "It broke off before its end. An operator finds more under rot-"),
    ],
)
def test_a_rotation_that_could_not_tell_its_end_is_told_in_plain_words(
    status: str, cause: str | None, sentence: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a status of AWS's nor the name of a class stands in what managers read."""
    monkeypatch.setattr("listeners.execution_ended.count_rotation", print)
    keys = Keys()
    run = keys.rotation()
    run.claim()
    world = keys.world
    world.rotations.end(run.id, status, error="FAILED", cause=cause)

    assert rotation_ended(
        run.id,
        rotations=world.rotations,
        custodian=keys.custodian,
        handovers=world.handovers,
        clock=world.clock,
        teller=keys.teller,
    )

    [notice] = world.notices.rows.values()
    assert keys.row.last_rotation is not None
    assert str(keys.row.last_rotation.cause).startswith(sentence)
    assert sentence in notice.text
    assert not any(word in notice.text for word in ("Error", "ABORTED", "TIMED_OUT", "Lambda."))
    assert capsys.readouterr().out == "FAILED\n"
