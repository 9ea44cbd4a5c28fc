"""State DeactivateOldKey of rotate_credentials."""

import pytest

from stowage.domain.credentials import KeyStatus
from stowage.domain.errors import CredentialError
from tests.unit.tasks.rotation import USER, Keys, project_with_keys


def statuses(keys: Keys) -> list[KeyStatus]:
    """Give IAM's statuses, the old key's first."""
    return [key.status for key in keys.world.keys.users[USER].values()]


def test_an_old_key_stays_while_the_new_one_is_not_handed_over() -> None:
    """Nobody would have a key that works."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    with pytest.raises(CredentialError, match="stays"):
        run.deactivate()
    assert statuses(keys) == [KeyStatus.ACTIVE, KeyStatus.ACTIVE]


@pytest.mark.parametrize("verb", ["off", "gone"])
def test_an_old_key_stays_when_iam_does_not_know_the_new_one(verb: str) -> None:
    """Somebody has switched it off or deleted it there."""
    keys = Keys()
    old = keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    new = keys.row.key_of(run.id)
    assert new is not None
    if verb == "off":
        status = KeyStatus.INACTIVE
        keys.world.keys.set_status(project_with_keys(), USER, new.access_key_id, status, person="x")
    else:
        keys.world.keys.delete(project_with_keys(), USER, new.access_key_id, person="x")
    with pytest.raises(CredentialError, match="stays"):
        run.deactivate()
    assert keys.world.keys.users[USER][old].status is KeyStatus.ACTIVE


def test_the_old_key_alone_is_switched_off() -> None:
    """In IAM, too; a repeat does not open another window."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    run.deactivate()
    before = keys.row
    keys.world.clock.advance(60)
    run.deactivate()
    assert keys.row == before
    assert statuses(keys) == [KeyStatus.INACTIVE, KeyStatus.ACTIVE]
