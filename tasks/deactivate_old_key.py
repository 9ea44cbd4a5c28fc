"""State DeactivateOldKey of machine rotate_credentials: switches the old key off, which can be taken back.

Reads the credentials' row and IAM's keys; adds the old key's status and the undo window to the row, then to IAM, and a
notice. Idempotent: a window that is open is not opened again.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.credentials import Credentials, KeyStatus, RotationStep
from stowage.domain.custody import Custodian, Custody
from stowage.domain.errors import CredentialError
from stowage.domain.notices import NoticeCode
from stowage.domain.ports import Clock
from stowage.domain.rotation import later
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.task_requests import Nothing


def deactivate_old_key(request: RotationTaskRequest, *, custodian: Custodian, clock: Clock, teller: Teller) -> Nothing:
    """Make the old key inactive, only while the new one is ready, handed over, and active in IAM.

    Raises RotationSupersededError, and CredentialError where the user would be left without a key.
    """
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    due_at = later(to_iso(clock.now()), hours=request.rotation.undo_hours)
    _demand_new_key(request, custody)

    def deactivate(row: Credentials) -> Credentials:
        new, old = row.key_of(request.id), row.old_key(request.id)
        if new is None or new.ready_at is None or new.handed_over_at is None or new.status is not KeyStatus.ACTIVE:
            raise CredentialError(f"The old key of {custody.name} stays: the new one is not in use.")
        if row.rotation is None or row.rotation.step is RotationStep.UNDO_WINDOW:
            return row
        if old is not None:
            row = row.with_key(old.access_key_id, status=KeyStatus.INACTIVE)
        return row.with_rotation(
            step=RotationStep.UNDO_WINDOW, due_at=due_at, hurried=False, undone=False, wake_token=None
        )

    row = custody.rewrite_held(request.id, deactivate)
    custody.converge()
    until = row.rotation.due_at if row.rotation is not None else due_at
    teller.give(
        NoticeCode.OLD_KEY_DEACTIVATED,
        request.of,
        about=f"{request.id}/{until}",
        text=f"The old key of {custody.name} is switched off. Until {until} that can be taken back.",
    )
    teller.tell_changed(request.of)
    return Nothing()


def _demand_new_key(request: RotationTaskRequest, custody: Custody) -> None:
    """Look at IAM itself: somebody may have switched the new key off or deleted it there."""
    row = custody.held(request.id)
    new = row.key_of(request.id)
    standing = {key.access_key_id: key.status for key in custody.list_keys()}
    if new is None or standing.get(new.access_key_id) is not row.effective(new):
        raise CredentialError(f"The old key of {custody.name} stays: the new one is not in IAM, or switched off there.")


@task(RotationTaskRequest)
def handler(request: RotationTaskRequest) -> Nothing:
    """Run the state."""
    return deactivate_old_key(
        request, custodian=bootstrap.custodian(), clock=bootstrap.clock(), teller=bootstrap.teller()
    )
