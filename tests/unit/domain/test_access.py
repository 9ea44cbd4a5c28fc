"""What a change of a user means for its keys."""

import pytest

from stowage.domain.access import follow_ended_change, keep_keys_in_step
from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.credentials import KeyStatus, RotationOutcome
from stowage.domain.errors import RotationSupersededError, ServiceUnavailableError
from stowage.domain.handovers import HandoverStatus
from stowage.domain.resources import ResourceStatus
from stowage.domain.rotation import first_rotation
from tests.unit.fakes import people
from tests.unit.fakes.world import request
from tests.unit.tasks.rotation import KEY, OF, STACK, USER, Keys, link_to, project_with_keys, resource_row


def step(keys: Keys, change: ChangeRequest) -> None:
    """Do what SubmitStackOperation does before it asks CloudFormation."""
    keep_keys_in_step(change, resource_row(), custodian=keys.custodian, clock=keys.world.clock)


def end(keys: Keys, change: ChangeRequest) -> bool:
    """Do what the listener of ended executions does."""
    world = keys.world
    return follow_ended_change(
        change, custodian=keys.custodian, resources=world.resources, rotations=world.rotations, clock=world.clock
    )


def statuses(keys: Keys) -> set[KeyStatus]:
    """Give IAM's statuses."""
    return {key.status for key in keys.world.keys.users[USER].values()}


def test_a_deletion_takes_every_key_and_secret_first() -> None:
    """Somebody else's, too: IAM refuses to delete a user who has one. A rotation that runs is superseded."""
    keys = Keys()
    keys.world.keys.create(project_with_keys(), USER, person="x")
    keys.world.clock.advance(60)
    run = keys.rotation()
    run.until_probed()
    for _ in range(2):
        step(keys, request(Action.DELETE))
    assert keys.world.keys.users[USER] == {}
    assert keys.world.secrets.secrets == {}
    assert keys.row.closed
    assert keys.row.keys == ()
    assert keys.row.last_rotation is not None
    assert keys.row.last_rotation.outcome is RotationOutcome.SUPERSEDED
    with pytest.raises(RotationSupersededError):
        run.finish()


def test_a_deletion_takes_the_open_links_back() -> None:
    """Who gets the same name later has none that waits; what was opened stays opened."""
    keys = Keys()
    keys.with_first_key()
    run = keys.rotation()
    run.until_probed()
    waits = link_to(keys, run.id)
    opened = link_to(keys, "rot-0", id="hnd-" + "d" * 32, status=HandoverStatus.OPENED)

    step(keys, request(Action.DELETE))

    rows = keys.world.handovers.rows
    assert (rows[waits.id].status, rows[opened.id].status) == (HandoverStatus.REVOKED, HandoverStatus.OPENED)


def test_a_mint_that_meets_a_deletion_leaves_nothing() -> None:
    """The row is closed between IAM's answer and the write: key and secret go."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    put = keys.world.secrets.put

    def closing(*args: object, **named: object) -> str:
        arn = put(*args, **named)  # type: ignore[arg-type]
        step(keys, request(Action.DELETE))
        return arn

    keys.world.secrets.put = closing  # type: ignore[method-assign]
    with pytest.raises(RotationSupersededError):
        run.mint()
    assert keys.world.keys.users[USER] == {}
    assert keys.world.secrets.secrets == {}


def test_a_user_is_switched_off_and_on_at_once() -> None:
    """Before CloudFormation is asked; a crash between row and IAM is mended by the repeat."""
    keys = Keys()
    keys.with_first_key()
    off = request(Action.UPDATE, spec={"description": "Apples", "enabled": False})
    keys.iam.fail("set_status", ServiceUnavailableError("No answer."))
    with pytest.raises(ServiceUnavailableError):
        step(keys, off)
    step(keys, off)
    assert statuses(keys) == {KeyStatus.INACTIVE}
    step(keys, request(Action.UPDATE))
    assert statuses(keys) == {KeyStatus.ACTIVE}


def test_a_change_that_failed_leaves_the_keys_as_the_standing_spec_says() -> None:
    """Switching off was rolled back: the user is on again."""
    keys = Keys()
    keys.with_first_key()
    off = request(Action.UPDATE, spec={"description": "Apples", "enabled": False})
    step(keys, off)
    assert end(keys, off) is False
    assert statuses(keys) == {KeyStatus.ACTIVE}


def test_the_end_of_a_creation_starts_the_first_minting_once() -> None:
    """Whoever asks first: the name is the same."""
    keys = Keys()
    assert end(keys, request()) is True
    end(keys, request())
    assert list(keys.world.rotations.by_name) == [first_rotation(OF, STACK).rotation]


def test_a_first_minting_that_failed_is_begun_anew() -> None:
    """Under the next name: the first is taken for 90 days."""
    keys = Keys()
    end(keys, request())
    keys.world.rotations.end(first_rotation(OF, STACK).rotation, "FAILED")
    assert end(keys, request(Action.UPDATE)) is True
    names = [first_rotation(OF, STACK, each, day="2026-11-23").rotation for each in (0, 1)]
    assert list(keys.world.rotations.by_name) == names


def test_a_first_minting_that_failed_all_day_is_begun_anew_on_the_next() -> None:
    """What was in its way may be mended by then, and the names of the day are taken for 90."""
    keys = Keys()
    for _ in range(8):
        assert end(keys, request()) is True
        keys.world.rotations.end(list(keys.world.rotations.by_name)[-1], "FAILED")
    assert end(keys, request()) is False
    keys.world.clock.advance(24 * 3600)
    assert end(keys, request()) is True


def test_a_deletion_that_failed_leaves_a_user_who_gets_keys_again() -> None:
    """CloudFormation was never asked, and the user stands; one who is gone, or going, gets none."""
    keys = Keys()
    keys.with_first_key()
    step(keys, request(Action.DELETE))
    going = resource_row(status=ResourceStatus.DELETE_FAILED)
    keys.world.resources.rows[KEY] = going
    assert end(keys, request(Action.DELETE)) is False
    assert keys.row.closed
    keys.world.resources.rows[KEY] = resource_row()
    assert end(keys, request(Action.DELETE)) is True
    assert not keys.row.closed


def test_nothing_is_minted_for_a_user_whose_access_has_ended_by_itself() -> None:
    """The key could not be probed: IAM lets it do nothing."""
    keys = Keys()
    keys.world.resources.rows[KEY] = resource_row(spec={"description": "x", "expiresAt": "2026-01-01T00:00:00Z"})
    assert end(keys, request()) is False


def test_nothing_is_minted_for_a_user_who_is_off_gone_or_without_a_role() -> None:
    """Nor for one who has a key."""
    off, gone, old, has = Keys(), Keys(), Keys(), Keys()
    off.world.resources.rows[KEY] = resource_row(spec={"description": "x", "enabled": False})
    del gone.world.resources.rows[KEY]
    old.world.projects.put_project(people.project())
    has.with_first_key()
    assert [end(keys, request()) for keys in (off, gone, old, has)] == [False] * 4
