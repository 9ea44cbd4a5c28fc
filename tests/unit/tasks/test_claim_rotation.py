"""State ClaimRotation of rotate_credentials."""

import pytest

from stowage.domain.credentials import RotationReason
from stowage.domain.errors import RotationRefusedError, ThrottledError
from stowage.domain.handovers import HandoverStatus
from stowage.domain.resources import ResourceStatus
from tests.unit.fakes import people
from tests.unit.tasks.rotation import KEY, OF, Keys, link_to, resource_row


def test_a_claim_makes_the_row_of_the_present_incarnation() -> None:
    """A row of a user who was deleted speaks of nobody: its keys are forgotten."""
    keys = Keys()
    keys.with_first_key()
    keys.world.resources.rows[KEY] = resource_row("another-stack")
    keys.rotation(RotationReason.FIRST).claim()
    assert keys.row.stack_id == "another-stack"
    assert keys.row.keys == ()
    assert keys.row.rotation is not None


def test_a_claim_that_is_repeated_is_the_same() -> None:
    """A lost answer costs nothing."""
    keys = Keys()
    run = keys.rotation()
    run.claim()
    before = keys.row
    run.claim()
    assert keys.row == before


@pytest.mark.parametrize("row", [{"closed": True}, {"suspended": True}])
def test_a_user_who_is_off_or_being_deleted_is_refused(row: dict[str, bool]) -> None:
    """Nothing is minted for nobody, nor a key that could not be probed."""
    keys = Keys()
    keys.with_first_key()
    keys.world.rows.put(keys.row.model_copy(update=row))
    with pytest.raises(RotationRefusedError):
        keys.rotation().claim()


@pytest.mark.parametrize("status", sorted(set(ResourceStatus) - {"ACTIVE", "UPDATING", "ROLLED_BACK"}))
def test_a_user_who_does_not_stand_is_refused(status: ResourceStatus) -> None:
    """There is no IAM user to give a key."""
    keys = Keys()
    keys.world.resources.rows[KEY] = resource_row(status=status)
    with pytest.raises(RotationRefusedError, match="not in use"):
        keys.rotation().claim()


def test_a_project_without_the_role_is_refused() -> None:
    """Its baseline is older than access keys."""
    keys = Keys()
    keys.world.projects.put_project(people.project())
    with pytest.raises(RotationRefusedError, match="upgrade"):
        keys.rotation().claim()


def test_a_kind_without_keys_is_refused() -> None:
    """Whoever started it asked for the wrong thing."""
    keys = Keys()
    run = keys.rotation()
    run.asked = run.asked.model_copy(update={"kind": "bucket"})
    with pytest.raises(RotationRefusedError):
        run.claim()


def test_a_second_first_minting_is_refused() -> None:
    """The user has a key that nobody has seen, or somebody has."""
    keys = Keys()
    keys.with_first_key()
    with pytest.raises(RotationRefusedError, match="has a key"):
        keys.rotation(RotationReason.FIRST).claim()
    assert keys.world.rows.get(*OF) == keys.row


def test_the_credentials_are_not_taken_from_a_rotation_that_has_only_just_begun() -> None:
    """Step Functions may not know it yet; one that is unknown minutes later has ended, long ago."""
    keys = Keys()
    keys.with_first_key()
    holder = keys.rotation()
    holder.claim()
    del keys.world.rotations.by_name[holder.id]
    another = keys.rotation()
    with pytest.raises(RotationRefusedError, match="runs since"):
        another.claim()
    keys.world.clock.advance(5 * 60)
    another.claim()
    assert keys.row.held_by(another.id)


@pytest.mark.parametrize("claimed", [False, True], ids=["by this state", "by the API before"])
def test_whoever_rotates_takes_back_the_open_links_to_the_old_key(claimed: bool) -> None:  # noqa: FBT001 -- a parameter
    """A link that leaked opens nothing from now on; one to the new key, made beforehand, is let be."""
    keys = Keys()
    first = keys.rotation(RotationReason.FIRST)
    first.until_probed()
    first.finish()
    leaked = link_to(keys, first.id)
    run = keys.rotation()
    fresh = link_to(keys, run.id, id="hnd-" + "d" * 32)
    if claimed:
        keys.world.rows.put(keys.row.model_copy(update={"rotation": run.asked.claim(run.started_at)}))

    run.claim()

    rows = keys.world.handovers.rows
    assert (rows[leaked.id].status, rows[leaked.id].revoked_at) == (HandoverStatus.REVOKED, keys.world.clock.iso())
    assert rows[fresh.id].status is HandoverStatus.WAITING


def test_links_that_could_not_be_taken_back_are_when_the_claim_is_repeated() -> None:
    """The state is repeated although the row is its own already."""
    keys = Keys()
    first = keys.rotation(RotationReason.FIRST)
    first.until_probed()
    first.finish()
    leaked = link_to(keys, first.id)
    revoke, run = keys.world.handovers.revoke, keys.rotation()

    def slow(*_: object, **__: object) -> None:
        keys.world.handovers.revoke = revoke  # type: ignore[method-assign]
        raise ThrottledError("slow down")

    keys.world.handovers.revoke = slow  # type: ignore[method-assign]
    with pytest.raises(ThrottledError):
        run.claim()
    run.claim()

    assert keys.world.handovers.rows[leaked.id].status is HandoverStatus.REVOKED
