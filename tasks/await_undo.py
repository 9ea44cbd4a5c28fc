"""State AwaitUndo of machine rotate_credentials: sleeps while the old key's deactivation can be taken back.

Reads the credentials' row; adds the task token to it and answers the token when the window is over, or somebody has
taken the deactivation back. The order is AwaitHandover's. Idempotent: a token takes one answer.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.credentials import Credentials, RotationStep
from stowage.domain.custody import Custodian
from stowage.domain.errors import CredentialError
from stowage.domain.ports import Clock, Waits
from stowage.domain.rotation import WaitResult, end_of_wait
from stowage.domain.rotation_requests import WaitRequest
from stowage.domain.rotation_waits import answer
from stowage.domain.task_requests import Nothing


def await_undo(request: WaitRequest, *, custodian: Custodian, waits: Waits, clock: Clock) -> Nothing:
    """Store the token and look; answer it if the window is over. Raises RotationSupersededError.

    The window is closed in the write that finds nobody's wish to go back: a wish that comes later is refused.
    """
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    now = to_iso(clock.now())

    def sleep(row: Credentials) -> Credentials:
        rotation = row.rotation
        if rotation is None or rotation.step not in {RotationStep.UNDO_WINDOW, RotationStep.DELETING}:
            raise CredentialError(f"The rotation {request.id} has deactivated no key.")
        is_over = rotation.hurried or (rotation.due_at is not None and now >= rotation.due_at)
        closes = is_over and not rotation.undone
        step = RotationStep.DELETING if closes else rotation.step
        return row.with_rotation(step=step, wake_token=request.task_token)

    row = custody.rewrite_held(request.id, sleep)
    is_closed = row.rotation is not None and row.rotation.step is RotationStep.DELETING
    result = WaitResult() if is_closed else end_of_wait(row)
    if result is not None:
        answer(waits, request, result)
    return Nothing()


@task(WaitRequest)
def handler(request: WaitRequest) -> Nothing:
    """Run the state; its result goes by the token, not by this answer."""
    return await_undo(request, custodian=bootstrap.custodian(), waits=bootstrap.waits(), clock=bootstrap.clock())
