"""State ClaimRotation of machine rotate_credentials: takes the user's credentials for this rotation.

Reads the project, the resource and the credentials' row; adds the row, for the user's present incarnation, and the
claim on it; takes back the open links to older keys. Idempotent: a claim that is this rotation's own is not taken
again.
"""

from datetime import datetime

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.abandonment import abandon, broken_off, end_of
from stowage.domain.clock import to_iso
from stowage.domain.credentials import (
    Credentials,
    Rotation,
    RotationOutcome,
    RotationReason,
)
from stowage.domain.custody import Custodian, Custody
from stowage.domain.errors import (
    ConcurrentUpdateError,
    KindMissingError,
    ProjectMissingError,
    RotationRefusedError,
)
from stowage.domain.ports import Clock, Executions, Handovers, Resources
from stowage.domain.resources import IN_USE
from stowage.domain.rotation_requests import RotationTaskRequest, Teller
from stowage.domain.task_requests import Nothing


def claim_rotation(
    request: RotationTaskRequest,
    *,
    custodian: Custodian,
    resources: Resources,
    rotations: Executions,
    handovers: Handovers,
    clock: Clock,
    teller: Teller,
) -> Nothing:
    """Take the credentials. Raises RotationRefusedError with a sentence why not, and ConcurrentUpdateError."""
    asked = request.rotation
    try:
        custody = custodian.of(*request.of, person=asked.actor_id)
    except (KindMissingError, ProjectMissingError) as error:
        raise RotationRefusedError(str(error)) from error
    if custody.project.credentials_role_arn is None:
        raise RotationRefusedError(f"The project {asked.project} has no role for access keys: upgrade its baseline.")
    stack_id = _stack_id(request, resources)
    row = custody.read()
    now = to_iso(clock.now())
    if row is not None and row.stack_id == stack_id and row.held_by(request.id):
        custody.take_back_links(at=now, but=request.id)
        return Nothing()
    if row is not None and row.stack_id == stack_id and row.rotation is not None:
        _take_over(custody, row.rotation, rotations=rotations, handovers=handovers, now=clock.now())
        row = custody.read()
    claimed = _claimed(request, row, stack_id)
    custody.rows.put(claimed)
    custody.take_back_links(at=now, but=request.id)
    teller.tell_changed(request.of)
    return Nothing()


def _stack_id(request: RotationTaskRequest, resources: Resources) -> str:
    """Give the user's incarnation. Raises RotationRefusedError unless it stands."""
    found = resources.get(*request.of)
    if found is None or found.deleted or found.stack_id is None or found.resource.status not in IN_USE:
        raise RotationRefusedError(f"{request.rotation.name} is not in use, so that it has no keys to be rotated.")
    return found.stack_id


def _take_over(
    custody: Custody, holder: Rotation, *, rotations: Executions, handovers: Handovers, now: datetime
) -> None:
    """End the rotation that holds the row, if its execution has ended. Raises RotationRefusedError if it runs."""
    status = end_of(holder, rotations=rotations, now=now)
    if status is None:
        raise RotationRefusedError(f"The rotation {holder.id} of {custody.name} runs since {holder.started_at}.")
    cause = broken_off(status, holder.id)
    abandon(custody, holder.id, outcome=RotationOutcome.FAILED, cause=cause, at=to_iso(now), handovers=handovers)


def _claimed(request: RotationTaskRequest, row: Credentials | None, stack_id: str) -> Credentials:
    """Give the row with the claim. Raises RotationRefusedError."""
    asked = request.rotation
    rotation = asked.claim(request.started_at)
    if row is None or row.stack_id != stack_id:
        return Credentials(
            project=asked.project,
            kind=asked.kind,
            name=asked.name,
            stack_id=stack_id,
            revision=0 if row is None else row.revision,
            rotation=rotation,
        )
    if row.rotation is not None:
        raise ConcurrentUpdateError(f"The credentials of {asked.name} were taken by another rotation a moment ago.")
    if row.closed:
        raise RotationRefusedError(f"{asked.name} is being deleted.")
    if row.suspended:
        raise RotationRefusedError(f"{asked.name} is switched off: switch it on first.")
    if asked.reason is RotationReason.FIRST and any(key.ready_at is not None for key in row.keys):
        raise RotationRefusedError(f"{asked.name} has a key already.")
    return row.model_copy(update={"rotation": rotation})


@task(RotationTaskRequest)
def handler(request: RotationTaskRequest) -> Nothing:
    """Run the state."""
    return claim_rotation(
        request,
        custodian=bootstrap.custodian(),
        resources=bootstrap.resources(),
        rotations=bootstrap.rotations(),
        handovers=bootstrap.handovers(),
        clock=bootstrap.clock(),
        teller=bootstrap.teller(),
    )
