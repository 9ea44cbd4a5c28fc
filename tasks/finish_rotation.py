"""State FinishRotation of machine rotate_credentials: gives the user's credentials free again.

Reads the credentials' row; takes the claim from it and adds how the rotation ended, and a notice. Idempotent: an end
that stands is not written again.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.credentials import RotationOutcome, RotationReason
from stowage.domain.custody import Custodian
from stowage.domain.notices import NoticeCode
from stowage.domain.ports import Clock
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.task_requests import Nothing


def finish_rotation(request: RotationTaskRequest, *, custodian: Custodian, clock: Clock, teller: Teller) -> Nothing:
    """End the rotation SUCCEEDED. Raises RotationSupersededError."""
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    row = custody.read()
    last = None if row is None else row.last_rotation
    if last is None or last.id != request.id or last.outcome is not RotationOutcome.SUCCEEDED:
        now = to_iso(clock.now())
        custody.rewrite_held(
            request.id, lambda current: current.with_rotation_ended(RotationOutcome.SUCCEEDED, None, now)
        )
    if request.rotation.reason is not RotationReason.FIRST:
        text = f"The rotation of {custody.name}'s keys has ended: the new key alone is in use."
        teller.give(NoticeCode.ROTATION_ENDED, request.of, about=request.id, text=text)
    teller.tell_changed(request.of)
    return Nothing()


@task(RotationTaskRequest)
def handler(request: RotationTaskRequest) -> Nothing:
    """Run the state."""
    return finish_rotation(request, custodian=bootstrap.custodian(), clock=bootstrap.clock(), teller=bootstrap.teller())
