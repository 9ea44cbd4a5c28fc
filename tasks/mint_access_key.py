"""State MintAccessKey of machine rotate_credentials: makes sure of one new key, its secret in the project's store.

Reads the credentials' row and IAM's keys; adds a key in IAM, its secret in the store, then the key on the row.
Idempotent: a key that this rotation has on the row is enough; one that IAM has made and whose answer was lost is known
by its age, deleted, and minted again.
"""

from contextlib import suppress

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.abandonment import is_handed_over
from stowage.domain.clock import to_iso
from stowage.domain.credentials import KEYS_PER_USER, AccessKey, Credentials, KeyStatus, RotationStep
from stowage.domain.custody import Custodian, Custody
from stowage.domain.errors import KeyLimitError, RotationSupersededError, StowageError
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
    row = custody.held(request.id)
    if row.key_of(request.id) is None:
        row = _make_room(custody, row, request.id, handovers)
    if row.key_of(request.id) is None:
        _mint(request, custody, row, now=to_iso(clock.now()))
    custody.rewrite_held(request.id, lambda current: current.with_rotation(step=RotationStep.PROBING))
    custody.converge()
    teller.tell_changed(request.of)
    return Nothing()


def _make_room(custody: Custody, row: Credentials, rotation: str, handovers: Handovers) -> Credentials:
    """Clear away what rotations that failed have left, and give the row.

    Left are: a key that never was ready; one that nobody has seen beside one that somebody has; an old key that was
    deactivated already. Two keys that are both in use are a rotation that failed halfway: this one goes on with it,
    the newer key for its own.
    """
    seen = [key for key in row.keys if is_handed_over(key, handovers) and key.status is KeyStatus.ACTIVE]
    for key in row.keys:
        is_unseen_beside_another = bool(seen) and len(row.keys) >= KEYS_PER_USER and key not in seen
        if key.ready_at is None or is_unseen_beside_another:
            custody.drop(key.access_key_id)
    row = custody.held(rotation)
    if len(row.keys) < KEYS_PER_USER:
        return row
    newest = max(row.keys, key=lambda key: key.created_at)
    return custody.rewrite_held(
        rotation,
        lambda current: current.with_key(newest.access_key_id, rotation=rotation),
    )


def _mint(request: RotationTaskRequest, custody: Custody, row: Credentials, *, now: str) -> None:
    """Mint, store, write down. What fails before it is written down leaves no key of which nobody has the secret."""
    custody.drop_orphans(request.started_at)
    standing = custody.list_keys()
    if len(standing) >= KEYS_PER_USER:
        known = {key.access_key_id for key in row.keys}
        foreign = ", ".join(key.access_key_id for key in standing if key.access_key_id not in known)
        raise KeyLimitError(
            f"{custody.user} has two access keys, and IAM allows no third. Not Stowage's: {foreign or 'none'}. "
            f"Delete one of these in the account {custody.project.account} and ask for the rotation again."
        )
    minted = custody.keys.create(custody.project, custody.user, person=custody.person)
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
