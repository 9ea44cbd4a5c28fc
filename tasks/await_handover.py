"""State AwaitHandover of machine rotate_credentials: sleeps until somebody was shown the new key.

Reads the credentials' row; adds the task token to it and answers the token once the key is handed over. First the
token, then the look, both in one write: whoever hands the key over after it finds the token, whoever did before is
seen. Idempotent: a token takes one answer.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.credentials import Credentials, RotationStep
from stowage.domain.custody import Custodian
from stowage.domain.errors import CredentialError, HandoverNotOpenedError
from stowage.domain.ports import Clock, Handovers, Waits
from stowage.domain.rotation import end_of_wait, later
from stowage.domain.rotation_requests import Teller, WaitRequest
from stowage.domain.rotation_waits import answer, refuse
from stowage.domain.task_requests import Nothing

LONGEST_HOURS = 30 * 24


def await_handover(
    request: WaitRequest,
    *,
    custodian: Custodian,
    handovers: Handovers,
    waits: Waits,
    clock: Clock,
    teller: Teller,
) -> Nothing:
    """Store the token and look; answer it if the key is handed over, or nobody has opened it in 30 days.

    Raises RotationSupersededError.
    """
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    now = to_iso(clock.now())
    revealed_at = handovers.revealed_at(request.id)
    begins = False

    def sleep(row: Credentials) -> Credentials:
        nonlocal begins
        rotation, key = row.rotation, row.key_of(request.id)
        if rotation is None or key is None:
            raise CredentialError(f"The rotation {request.id} has no key.")
        begins = rotation.step is not RotationStep.AWAITING_HANDOVER
        due_at = later(now, hours=LONGEST_HOURS) if begins else rotation.due_at
        # A reveal that could not mark the key has shown it nevertheless.
        marked = row.with_key(key.access_key_id, handed_over_at=key.handed_over_at or revealed_at)
        return marked.with_rotation(step=RotationStep.AWAITING_HANDOVER, due_at=due_at, wake_token=request.task_token)

    row = custody.rewrite_held(request.id, sleep)
    if begins:
        teller.tell_changed(request.of)
    result = end_of_wait(row)
    if result is not None:
        answer(waits, request, result)
    elif row.rotation is not None and row.rotation.due_at is not None and now >= row.rotation.due_at:
        refuse(waits, request, HandoverNotOpenedError("Nobody opened a handover of the new key within 30 days."))
    return Nothing()


@task(WaitRequest)
def handler(request: WaitRequest) -> Nothing:
    """Run the state; its result goes by the token, not by this answer."""
    return await_handover(
        request,
        custodian=bootstrap.custodian(),
        handovers=bootstrap.handovers(),
        waits=bootstrap.waits(),
        clock=bootstrap.clock(),
        teller=bootstrap.teller(),
    )
