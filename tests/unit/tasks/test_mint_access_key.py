"""State MintAccessKey of rotate_credentials."""

import pytest

from stowage.domain.errors import KeyLimitError, UserMissingError
from tests.unit.tasks.rotation import USER, Keys, project_with_keys


def test_one_key_is_minted_however_often_it_is_asked_for() -> None:
    """Its secret lies in the store, under the rotation's own name, and not on the row."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    run.mint()
    run.mint()
    [key] = keys.row.keys
    [(project, arn)] = keys.world.secrets.secrets
    assert (project, arn) == ("apollo", key.secret_id)
    assert f"secret:stowage/crate/{USER}/{run.id}" in arn
    assert keys.world.keys.secrets[key.access_key_id] not in keys.row.model_dump_json()


def test_two_keys_of_somebody_elses_are_let_be() -> None:
    """The sentence names them and says what to do."""
    keys = Keys()
    foreign = [keys.world.keys.create(project_with_keys(), USER, person="x").access_key_id for _ in range(2)]
    keys.world.clock.advance(60)
    run = keys.rotation()
    run.claim()
    with pytest.raises(KeyLimitError, match="Delete one") as refused:
        run.mint()
    assert all(key in str(refused.value) for key in foreign)
    assert list(keys.world.keys.users[USER]) == foreign


def test_a_user_who_is_gone_is_told() -> None:
    """IAM has no such user."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    del keys.world.keys.users[USER]
    with pytest.raises(UserMissingError):
        run.mint()
