"""State ProbeAccessKey of rotate_credentials."""

import json

import pytest

from stowage.domain.credentials import RotationReason
from stowage.domain.errors import KeyNotReadyError, SecretMissingError, UserOffError
from stowage.domain.notices import NoticeCode
from tests.unit.tasks.rotation import KEY, USER, Keys, project_with_keys, resource_row


def test_a_key_is_ready_after_two_good_answers_in_a_row() -> None:
    """Not before: a key that is refused is asked again."""
    keys = Keys()
    run = keys.rotation(RotationReason.FIRST)
    run.claim()
    run.mint()
    keys.probe.refusals = 1
    with pytest.raises(KeyNotReadyError):
        run.look()
    assert keys.row.keys[0].ready_at is None
    assert keys.world.notices.codes == []
    assert run.look() is False
    assert keys.row.keys[0].ready_at == keys.world.clock.iso()
    key = keys.row.keys[0].access_key_id
    assert keys.probe.probed == [("apollo", key, USER, ("bucket", "prefix/"))] * 3
    assert keys.world.notices.codes == [NoticeCode.CREDENTIALS_READY]


def test_a_key_that_iam_lists_late_is_found_once_the_new_one_works() -> None:
    """Its answer was lost, and neither look of the minting saw it: at the next rotation it would fill a place."""
    keys = Keys()
    run = keys.rotation(RotationReason.FIRST)
    run.claim()
    listed = keys.iam.port.list_keys
    keys.iam.port.list_keys = lambda *_args, **_named: ()
    lost = keys.world.keys.create(project_with_keys(), USER, person="x").access_key_id
    run.mint()
    assert lost in keys.world.keys.users[USER]
    keys.iam.port.list_keys = listed
    run.look()
    assert list(keys.world.keys.users[USER]) == [keys.row.keys[0].access_key_id]


def test_a_key_that_was_ready_is_not_probed_again() -> None:
    """By then its secret may have been revealed and deleted."""
    keys = Keys()
    run = keys.rotation(RotationReason.FIRST)
    run.until_probed()
    keys.hand_over(run.id)
    run.look()
    assert len(keys.probe.probed) == 2


def test_a_secret_that_is_not_found_yet_is_looked_for_again() -> None:
    """The store takes a moment to know what was stored; the machine repeats the probe, and gives up by itself."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    run.mint()
    stored = dict(keys.world.secrets.secrets)
    keys.world.secrets.secrets.clear()
    with pytest.raises(KeyNotReadyError):
        run.look()
    keys.world.secrets.secrets.update(stored)
    run.look()
    assert keys.row.keys[0].ready_at is not None


def test_a_key_without_a_secret_ends_the_rotation() -> None:
    """Nobody could ever be shown it."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    run.mint()
    keys.world.rows.put(keys.row.with_key(keys.row.keys[0].access_key_id, secret_id=None))
    with pytest.raises(SecretMissingError):
        run.look()


def test_an_old_key_is_told() -> None:
    """The machine's choice rests on it."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.claim()
    run.mint()
    assert run.look() is True


@pytest.mark.parametrize("reason", [RotationReason.FIRST, RotationReason.REQUESTED])
@pytest.mark.parametrize("how", ["switched off", "access of apples has ended"])
def test_a_user_who_is_let_in_no_more_ends_the_rotation_at_once(reason: RotationReason, how: str) -> None:
    """AWS is neither asked nor blamed: the sentence says what has happened, and what to do."""
    keys = Keys()
    run = keys.rotation(reason)
    run.claim()
    run.mint()
    if how == "switched off":
        keys.world.rows.put(keys.row.model_copy(update={"suspended": True}))
    else:
        ended = {"description": "Apples", "expiresAt": keys.world.clock.iso()}
        keys.world.resources.rows[KEY] = resource_row(spec=ended)

    with pytest.raises(UserOffError) as off:
        run.look()

    assert how in str(off.value)
    assert keys.probe.probed == []
    outcome, told = run.fail("UserOffError", json.dumps({"errorMessage": str(off.value)}))
    assert (outcome, told) == ("SWITCHED_OFF", str(off.value))
    [notice] = keys.world.notices.rows.values()
    assert "while its" in notice.text
    assert "Error" not in notice.text
    assert keys.row.keys == ()
