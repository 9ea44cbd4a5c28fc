"""State DeleteOldKey of rotate_credentials."""

import pytest

from stowage.domain.errors import CredentialError
from tests.unit.tasks.rotation import USER, Keys


def test_a_key_that_is_active_is_never_deleted() -> None:
    """Whatever state led here."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    with pytest.raises(CredentialError, match="in use"):
        run.delete()
    assert len(keys.world.keys.users[USER]) == 2


def test_an_old_key_goes_with_the_secret_that_nobody_has_seen() -> None:
    """Nothing is left in the project's store."""
    keys = Keys()
    first = keys.rotation()
    first.until_probed()
    first.finish()
    run = keys.rotation()
    run.until_probed()
    keys.hand_over(run.id)
    run.deactivate()
    for _ in range(2):
        run.delete()
    assert [key.rotation for key in keys.row.keys] == [run.id]
    assert keys.world.secrets.secrets == {}
