"""State ReactivateOldKey of machine rotate_credentials: takes the deactivation of the old key back.

Reads the credentials' row; adds the old key's status and the new wait to the row, then to IAM. Idempotent: a wait that
has begun is not begun again.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.credentials import Credentials, KeyStatus, RotationStep
from stowage.domain.custody import Custodian
from stowage.domain.ports import Clock
from stowage.domain.rotation import later
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.task_requests import Nothing

SHORTEST_HOURS = 24
"""Whoever has taken a deactivation back wants the old key for a while, however short the overlap was to be."""


def reactivate_old_key(request: RotationTaskRequest, *, custodian: Custodian, clock: Clock, teller: Teller) -> Nothing:
    """Make the old key active again and let the wait for it begin anew. Raises RotationSupersededError."""
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    hours = max(request.rotation.overlap_hours, SHORTEST_HOURS)
    due_at = later(to_iso(clock.now()), hours=hours)

    def reactivate(row: Credentials) -> Credentials:
        old = row.old_key(request.id)
        if old is not None:
            row = row.with_key(old.access_key_id, status=KeyStatus.ACTIVE)
        if row.rotation is None or row.rotation.step is RotationStep.AWAITING_IDLE:
            return row
        return row.with_rotation(
            step=RotationStep.AWAITING_IDLE, due_at=due_at, hurried=False, undone=False, wake_token=None
        )

    custody.rewrite_held(request.id, reactivate)
    custody.converge()
    teller.tell_changed(request.of)
    return Nothing()


@task(RotationTaskRequest)
def handler(request: RotationTaskRequest) -> Nothing:
    """Run the state."""
    return reactivate_old_key(
        request, custodian=bootstrap.custodian(), clock=bootstrap.clock(), teller=bootstrap.teller()
    )
