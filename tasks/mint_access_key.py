"""State MintAccessKey of machine rotate_credentials: makes sure of one new key, its secret in the project's store.

Reads the credentials' row and IAM's keys; adds a key in IAM, its secret in the store, then the key on the row.
Idempotent: a key that this rotation has on the row is enough; one that IAM has made and whose answer was lost, to the
task or to botocore, which then repeats the call by itself, is known by its age and deleted.
"""

from contextlib import suppress

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.abandonment import is_handed_over, may_be_dropped
from stowage.domain.clock import to_iso
from stowage.domain.credentials import KEYS_PER_USER, AccessKey, Credentials, KeyStatus, RotationStep
from stowage.domain.custody import Custodian, Custody
from stowage.domain.errors import ConcurrentUpdateError, KeyLimitError, RotationSupersededError, StowageError
from stowage.domain.ports import Clock, Handovers
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.task_requests import Nothing


def mint_access_key(
    request: RotationTaskRequest, *, custodian: Custodian, handovers: Handovers, clock: Clock, teller: Teller
) -> Nothing:
    """Mint the rotation's key, unless there is one.

    Raises RotationSupersededError, UserMissingError, and KeyLimitError where somebody else's keys fill both places.
    """
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    row, now = custody.held(request.id), to_iso(clock.now())
    # IAM may list for some seconds more what is deleted here.
    ours = frozenset(key.access_key_id for key in row.keys)
    if row.key_of(request.id) is None:
        row = _make_room(custody, row, request.id, handovers, now)
    if row.key_of(request.id) is None:
        _mint(request, custody, row, ours, now=now)
    custody.drop_orphans(request.id, request.started_at)
    custody.rewrite_held(request.id, lambda current: current.with_rotation(step=RotationStep.PROBING))
    custody.converge()
    teller.tell_changed(request.of)
    return Nothing()


def _make_room(custody: Custody, row: Credentials, rotation: str, handovers: Handovers, now: str) -> Credentials:
    """Clear away what rotations that failed have left, and give the row.

    Left are: a key that never was ready; one that nobody has seen beside one that somebody has; an old key that was
    deactivated already. Two keys that are both in use are a rotation that failed halfway: this one goes on with it,
    the newer key for its own. A link to a key that goes, or to its former name, opens nothing from then on.
    """
    seen = [key for key in row.keys if is_handed_over(key, handovers) and key.status is KeyStatus.ACTIVE]
    for key in row.keys:
        is_spare = bool(seen) and len(row.keys) >= KEYS_PER_USER and key not in seen
        is_off = key.status is KeyStatus.INACTIVE
        if key.ready_at is None or (is_spare and (is_off or may_be_dropped(key, handovers, now))):
            custody.drop(key.access_key_id)
    row = custody.held(rotation)
    if len(row.keys) < KEYS_PER_USER:
        return row
    newest = max(row.keys, key=lambda key: key.created_at)
    # A reveal that could not mark the key has shown it, under the rotation's name that it loses here.
    shown_at = newest.handed_over_at or handovers.withdraw(newest.rotation, at=now)
    return custody.rewrite_held(
        rotation,
        lambda current: current.with_key(newest.access_key_id, rotation=rotation, handed_over_at=shown_at),
    )


def _mint(request: RotationTaskRequest, custody: Custody, row: Credentials, ours: frozenset[str], *, now: str) -> None:
    """Mint, store, write down. What fails before it is written down leaves no key of which nobody has the secret."""
    custody.drop_orphans(request.id, request.started_at)
    _demand_room(request, custody, row, ours)
    try:
        minted = custody.keys.create(custody.project, custody.user, person=custody.person)
    except KeyLimitError as full:
        _demand_room(request, custody, row, ours)
        raise ConcurrentUpdateError(
            f"IAM counts a key of {custody.user} that was deleted a moment ago, or whose answer was lost."
        ) from full
    try:
        secret_id = custody.secrets.put(
            custody.project,
            custody.secret_name(request.id),
            minted,
            token=request.id,
            person=custody.person,
        )
    except StowageError:
        with suppress(StowageError):  # the repeat finds it by its age
            custody.delete_key(minted.access_key_id)
        raise
    key = AccessKey(
        access_key_id=minted.access_key_id,
        status=KeyStatus.ACTIVE,
        rotation=request.id,
        created_at=now,
        secret_id=secret_id,
    )
    try:
        custody.rewrite_held(request.id, lambda current: current.model_copy(update={"keys": (*current.keys, key)}))
    except RotationSupersededError:
        custody.delete_key(minted.access_key_id)
        custody.delete_secret(secret_id)
        raise


def _demand_room(request: RotationTaskRequest, custody: Custody, row: Credentials, ours: frozenset[str]) -> None:
    """Raise KeyLimitError where keys that somebody else has made leave no place, and no repeat could find one."""
    foreign = custody.foreign_keys(ours, request.started_at)
    if len(row.keys) + len(foreign) >= KEYS_PER_USER:
        raise KeyLimitError(
            f"{custody.user} has two access keys, and IAM allows no third. Not Stowage's: {', '.join(foreign)}. "
            f"Delete one of these in the account {custody.project.account} and ask for the rotation again."
        )


@task(RotationTaskRequest)
def handler(request: RotationTaskRequest) -> Nothing:
    """Run the state."""
    return mint_access_key(
        request,
        custodian=bootstrap.custodian(),
        handovers=bootstrap.handovers(),
        clock=bootstrap.clock(),
        teller=bootstrap.teller(),
    )
