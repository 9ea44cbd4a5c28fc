"""State MintAccessKey of rotate_credentials."""

import pytest

from stowage.domain.credentials import RotationOutcome, RotationReason
from stowage.domain.errors import (
    AccessDeniedError,
    ConcurrentUpdateError,
    HandoverRefusedError,
    KeyLimitError,
    UserMissingError,
)
from stowage.domain.ports import IamKey
from tests.unit.tasks.rotation import USER, Keys, claim_of, link_to, project_with_keys


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


def test_a_key_that_botocore_minted_twice_leaves_no_second_one() -> None:
    """The first answer was lost, and botocore repeated the call by itself: nobody has the secret of the first."""
    keys = Keys()
    create = keys.world.keys.create

    def twice(*args: object, **named: object) -> object:
        create(*args, **named)  # type: ignore[arg-type]
        return create(*args, **named)  # type: ignore[arg-type]

    keys.iam.port.create = twice
    run = keys.rotation(RotationReason.FIRST)
    run.claim()
    run.mint()
    assert list(keys.world.keys.users[USER]) == [keys.row.keys[0].access_key_id]


def test_a_full_user_whose_list_shows_room_is_asked_again() -> None:
    """IAM's list is some seconds old: the key of a lost answer takes the second place, and is deleted when it shows."""
    keys = Keys()
    old = keys.with_first_key()
    run = keys.rotation()
    run.claim()
    seen = keys.world.keys.list_keys(project_with_keys(), USER, person="x")
    keys.world.keys.create(project_with_keys(), USER, person="x")
    listed = _listing(keys, seen)
    with pytest.raises(ConcurrentUpdateError):
        run.mint()
    keys.iam.port.list_keys = listed
    run.mint()
    assert list(keys.world.keys.users[USER]) == [old, keys.row.keys[1].access_key_id]


def test_a_key_that_was_cleared_away_a_moment_ago_is_not_taken_for_somebody_elses() -> None:
    """IAM lists it still."""
    keys = Keys()
    old = keys.with_first_key()
    failed = keys.rotation()
    failed.claim()
    failed.mint()
    unready = keys.row.keys[1].access_key_id
    keys.world.rows.put(keys.row.with_rotation_ended(RotationOutcome.FAILED, None, keys.world.clock.iso()))
    keys.world.clock.advance(60)
    run = keys.rotation()
    run.claim()
    _listing(keys, keys.world.keys.list_keys(project_with_keys(), USER, person="x"))
    run.mint()
    assert unready not in keys.world.keys.users[USER]
    assert [key.access_key_id for key in keys.row.keys] == list(keys.world.keys.users[USER])
    assert keys.row.keys[0].access_key_id == old


def test_what_another_rotation_mints_is_no_orphan() -> None:
    """A late task of a rotation that is over lists its successor's key, which stands on no row yet."""
    keys = Keys()
    late = keys.rotation()
    late.claim()
    keys.world.rotations.end(late.id, "ABORTED")
    successor = keys.rotation()
    fresh: list[str] = []
    listed = keys.world.keys.list_keys

    def overtaken(*args: object, **named: object) -> tuple[IamKey, ...]:
        keys.iam.port.list_keys = listed
        successor.claim()
        fresh.append(keys.world.keys.create(project_with_keys(), USER, person="x").access_key_id)
        return listed(*args, **named)  # type: ignore[arg-type]

    keys.iam.port.list_keys = overtaken
    keys.custodian.of(*late.request.of, person="x").drop_orphans(late.id, late.started_at)
    assert list(keys.world.keys.users[USER]) == fresh


def test_a_key_that_was_shown_is_shown_under_no_other_name_again() -> None:
    """Its reveal could not mark it, and the rotation that goes on with it has another id."""
    keys = Keys()
    keys.with_first_key()
    failed = keys.rotation()
    failed.until_probed()
    keys.world.handovers.revealed[failed.id] = shown_at = keys.world.clock.iso()
    failed.fail()
    keys.world.clock.advance(60)
    run = keys.rotation()
    run.claim()
    run.mint()
    key = keys.row.key_of(run.id)
    assert key is not None
    assert key.handed_over_at == shown_at


def test_a_key_that_is_cleared_away_is_shown_by_no_link_that_was_made_to_it() -> None:
    """A reveal has read its secret, and claims when it is gone."""
    keys = Keys()
    keys.with_first_key()
    failed = keys.rotation()
    failed.until_probed()
    link = link_to(keys, failed.id)
    keys.iam.fail("delete", AccessDeniedError("No."))
    failed.fail()
    assert len(keys.row.keys) == 2
    keys.world.handovers.withdrawn.clear()  # as if its end had been told before this was
    keys.world.clock.advance(60)
    run = keys.rotation()
    run.claim()
    run.mint()
    assert [key.rotation for key in keys.row.keys][-1] == run.id
    with pytest.raises(HandoverRefusedError):
        keys.world.handovers.open(link, claim_of(keys))


def test_a_link_to_a_key_under_its_former_name_opens_nothing() -> None:
    """Two keys that nobody was shown: the newer one is this rotation's now, and is shown by links to this one alone."""
    keys = Keys()
    first = keys.rotation(RotationReason.FIRST)
    first.until_probed()
    first.finish()
    keys.world.clock.advance(60)
    failed = keys.rotation()
    failed.until_probed()
    link = link_to(keys, failed.id)
    keys.iam.fail("delete", AccessDeniedError("No."))
    failed.fail()
    keys.world.handovers.withdrawn.clear()
    keys.world.clock.advance(60)
    run = keys.rotation()
    run.claim()
    run.mint()
    assert keys.row.key_of(run.id) is not None
    with pytest.raises(HandoverRefusedError):
        keys.world.handovers.open(link, claim_of(keys))


def _listing(keys: Keys, stale: tuple[IamKey, ...]) -> object:
    """Let IAM list what it knew some seconds ago; give the list that is true."""
    true = keys.iam.port.list_keys
    keys.iam.port.list_keys = lambda *_args, **_named: stale
    return true
