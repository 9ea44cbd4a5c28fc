"""The schedule that looks through the users' keys."""

import json

import pytest

from listeners import credentials_due
from listeners.credentials_due import Sweep
from stowage.domain.errors import ServiceUnavailableError
from stowage.domain.notices import NoticeCode
from stowage.domain.ports import ResourceKey
from stowage.domain.rotation import first_rotation
from tests.unit.fakes.kinds import crate
from tests.unit.tasks.rotation import KEY, OF, STACK, Keys, keyed_crate, resource_row

DAY = 24 * 3600


def sweep(keys: Keys) -> dict[str, int]:
    """Run it once."""
    world = keys.world
    return Sweep(
        projects=world.projects,
        resources=world.resources,
        custodian=keys.custodian,
        executions=world.executions,
        details=world.change_details,
        rotations=world.rotations,
        handovers=world.handovers,
        clock=world.clock,
        teller=keys.teller,
    ).run([keyed_crate(), crate(kind="box", path="boxes")])


def having(**spec: object) -> Keys:
    """Give a user with such a spec, whose first key is handed over."""
    keys = Keys()
    keys.with_first_key()
    keys.world.resources.rows[KEY] = resource_row(spec={"description": "Apples", **spec})
    return keys


def test_nothing_due_is_nothing_done() -> None:
    """One look, no write."""
    keys = having()
    before = keys.row
    assert sweep(keys) == {"looked": 1, "failed": 0}
    assert keys.row == before


def test_a_key_as_old_as_its_spec_allows_is_rotated_once_a_day() -> None:
    """Until a rotation succeeds."""
    keys = having(rotateEveryDays=30)
    keys.world.clock.advance(29 * DAY)
    assert "rotating" not in sweep(keys)
    keys.world.clock.advance(DAY)
    sweep(keys)
    sweep(keys)
    started = [each for each in keys.world.rotations.by_name.values() if '"scheduled"' in each.input]
    assert len(started) == 1
    keys.world.rotations.end(started[0].name, "FAILED")
    assert "rotating" not in sweep(keys)
    keys.world.clock.advance(DAY)
    assert sweep(keys)["rotating"] == 1


def test_access_that_ends_soon_is_told_once() -> None:
    """Seven days before, not earlier."""
    keys = having(expiresAt="2026-12-10T00:00:00Z")
    sweep(keys)
    assert NoticeCode.ACCESS_EXPIRES_SOON not in keys.world.notices.codes
    keys.world.clock.advance(11 * DAY)
    for _ in range(2):
        sweep(keys)
    assert keys.world.notices.codes.count(NoticeCode.ACCESS_EXPIRES_SOON) == 1


def test_access_that_has_ended_is_switched_off_by_a_change() -> None:
    """One an hour, in Stowage's own name, on the version that was seen."""
    keys = having(expiresAt="2026-11-23T09:30:00Z")
    sweep(keys)
    sweep(keys)
    [change] = keys.world.executions.by_name.values()
    asked = json.loads(change.input)
    assert asked["spec"]["enabled"] is False
    assert (asked["actor"], asked["action"], asked["expectedVersion"], asked["version"]) == ("Stowage", "update", 1, 2)
    assert keys.world.notices.codes.count(NoticeCode.ACCESS_EXPIRED) == 1
    [kept] = keys.world.change_details.specs.values()
    assert kept.spec == {**(kept.before or {}), "enabled": False}


def test_a_first_minting_that_nobody_started_is_started() -> None:
    """The listener's event was lost."""
    keys = Keys()
    assert sweep(keys)["first"] == 1
    assert list(keys.world.rotations.by_name) == [first_rotation(OF, STACK).rotation]


def test_a_rotation_that_died_gives_the_credentials_free() -> None:
    """No Catch runs when an execution is aborted, and the event of it may be lost."""
    keys = having()
    run = keys.rotation()
    run.until_probed()
    assert "abandoned" not in sweep(keys)
    keys.world.rotations.end(run.id, "ABORTED")
    assert sweep(keys)["abandoned"] == 1
    assert keys.row.rotation is None
    assert len(keys.row.keys) == 1


def test_a_rotation_that_has_only_just_begun_is_not_taken_for_dead() -> None:
    """Step Functions may not know it yet; one that is unknown later has ended long ago."""
    keys = having()
    run = keys.rotation()
    run.claim()
    del keys.world.rotations.by_name[run.id]
    assert "abandoned" not in sweep(keys)
    keys.world.clock.advance(5 * 60)
    assert sweep(keys)["abandoned"] == 1


def test_more_than_one_run_can_look_at_is_looked_at_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """In one project, and whatever the time between two runs: nobody is left out for ever."""
    monkeypatch.setattr(credentials_due, "MOST_RESOURCES", 2)
    for minutes in (15, 60):
        keys = Keys()
        for index in range(12):
            name = f"apples-{index:02}"
            keys.world.resources.rows[ResourceKey(*OF[:2], name)] = resource_row(name=name)
        del keys.world.resources.rows[KEY]
        for _ in range(60):
            assert sweep(keys)["looked"] == 2
            keys.world.clock.advance(minutes * 60)
        started = {json.loads(each.input)["name"] for each in keys.world.rotations.by_name.values()}
        assert len(started) == 12


def test_a_secret_that_was_revealed_is_deleted() -> None:
    """The reveal could not."""
    keys = Keys()
    run = keys.rotation()
    run.until_probed()
    run.finish()
    keys.world.handovers.revealed[run.id] = keys.world.clock.iso()
    assert sweep(keys)["secrets"] == 1
    assert keys.world.secrets.secrets == {}
    assert keys.row.keys[0].handed_over_at is not None


def test_one_users_trouble_is_no_others() -> None:
    """It is counted, logged, and the next one looked at."""
    keys = having()
    other = resource_row(name="pears")
    keys.world.resources.rows[ResourceKey(*OF[:2], "pears")] = other
    keys.rows.fail("get", ServiceUnavailableError("No answer."))
    assert sweep(keys)["failed"] == 1
    assert sweep(keys)["looked"] == 2


def test_nothing_is_minted_for_access_that_has_ended_by_itself() -> None:
    """It is switched off instead; a key could not be probed."""
    keys = Keys()
    keys.world.resources.rows[KEY] = resource_row(spec={"description": "Apples", "expiresAt": "2026-11-23T08:00:00Z"})
    assert "first" not in sweep(keys)
    keys.world.resources.rows[KEY] = resource_row()
    keys.with_first_key()
    spec = {"description": "Apples", "expiresAt": "2026-11-23T08:00:00Z", "rotateEveryDays": 1}
    keys.world.resources.rows[KEY] = resource_row(spec=spec)
    keys.world.clock.advance(2 * DAY)
    assert "rotating" not in sweep(keys)
