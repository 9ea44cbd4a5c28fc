"""What a change of a user means for its keys: deleted before the user is, off while it is switched off (ADR 0011)."""

from stowage.domain.changes import Action, ChangeRequest
from stowage.domain.clock import day_of, to_iso
from stowage.domain.credentials import Credentials, EndedRotation, RotationOutcome
from stowage.domain.custody import Custodian, Custody
from stowage.domain.errors import ExecutionExistsError
from stowage.domain.ports import Clock, Executions, Resources
from stowage.domain.resources import IN_USE, ResourceRow
from stowage.domain.rotation import lacks_keys, start_first_rotation


def keep_keys_in_step(change: ChangeRequest, row: ResourceRow, *, custodian: Custodian, clock: Clock) -> None:
    """Bring a user's keys to what a change wishes, before CloudFormation is asked; idempotent.

    A deletion takes every key, whoever made it: IAM refuses to delete a user who has one. A user who is switched off
    is off at once, and on again as well. A kind without keys, and a project without the role for them, are let be.
    """
    custody = _custody(change, custodian)
    if custody is None:
        return
    if change.action is Action.DELETE:
        if row.stack_id is not None:
            close(custody, at=to_iso(clock.now()))
        return
    align(custody, row.stack_id, lets_in=custodian.lets_in(change.kind, change.spec))


def follow_ended_change(
    change: ChangeRequest, *, custodian: Custodian, resources: Resources, rotations: Executions, clock: Clock
) -> bool:
    """Bring a user's keys to what stands after a change, and start the first minting; tell whether it was started.

    A change that failed may have left another spec than it asked for. A deletion that failed has taken the keys: where
    the user stands as before, new ones are minted.
    """
    custody = _custody(change, custodian)
    if custody is None:
        return False
    row = resources.get(change.project, change.kind, change.name)
    if row is None or row.deleted or row.stack_id is None or row.resource.status not in IN_USE:
        return False
    if row.resource.lock is not None and row.resource.lock.change != change.change:
        return False  # another change is at it, and looks after the keys itself
    lets_in = custodian.lets_in(change.kind, row.resource.spec)
    credentials = align(custody, row.stack_id, lets_in=lets_in)
    now = clock.now()
    if not lets_in or custodian.is_over(change.kind, row.resource.spec, now):
        return False
    if not lacks_keys(credentials, row.stack_id):
        return False
    of, day = (change.project, change.kind, change.name), day_of(now)
    try:
        start_first_rotation(of, row.stack_id, day=day, rotations=rotations)
    except ExecutionExistsError:
        return False
    return True


def close(custody: Custody, *, at: str) -> None:
    """Delete all of a user's keys and their secrets, take their links back, and let no rotation mint another."""

    def shut(row: Credentials) -> Credentials:
        running = row.rotation
        if running is None:
            return row.model_copy(update={"closed": True})
        ended = EndedRotation(
            id=running.id, outcome=RotationOutcome.SUPERSEDED, cause="The user is being deleted.", ended_at=at
        )
        return row.model_copy(update={"closed": True, "rotation": None, "last_rotation": ended})

    row = custody.rewrite(shut)
    custody.take_back_links(at=at)
    for key in custody.list_keys():
        custody.delete_key(key.access_key_id)
    if row is None:
        return
    if row.last_rotation is not None:
        custody.delete_secret_of(row.last_rotation.id)
    for known in row.keys:
        custody.drop(known.access_key_id)


def align(custody: Custody, stack_id: str | None, *, lets_in: bool) -> Credentials | None:
    """Switch a user's keys off or on at once, and give the row; a user without a row has no key to be switched."""
    row = custody.read()
    if row is None or stack_id is None or row.stack_id != stack_id:
        return row

    def switch(current: Credentials) -> Credentials:
        if current.stack_id != stack_id:
            return current
        return current.model_copy(update={"suspended": not lets_in, "closed": False})

    row = custody.rewrite(switch)
    if row is not None and row.keys:
        # Also where the row said so already: the write before may have been all that was done.
        custody.converge()
    return row


def _custody(change: ChangeRequest, custodian: Custodian) -> Custody | None:
    if custodian.rules(change.kind) is None:
        return None
    custody = custodian.of(change.project, change.kind, change.name, person=change.actor_id)
    return custody if custody.project.credentials_role_arn is not None else None
