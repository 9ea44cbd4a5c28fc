"""State AwaitOldKeyIdle of machine rotate_credentials: sleeps until the old key is due and not used any more.

Reads the old key's last use from IAM; adds it and the task token to the credentials' row, and answers the token when
the time is come. The order is AwaitHandover's. Idempotent: a token takes one answer, a notice is one a day.
"""

from stowage.adapters import bootstrap
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.credentials import AccessKey, Credentials, RotationStep
from stowage.domain.custody import Custodian, Custody
from stowage.domain.errors import CredentialError, UserMissingError
from stowage.domain.notices import NoticeCode
from stowage.domain.ports import Clock, LastUse, Waits
from stowage.domain.rotation import WaitResult, end_of_wait, later
from stowage.domain.rotation_requests import Teller, WaitRequest
from stowage.domain.rotation_waits import answer
from stowage.domain.task_requests import Nothing

IDLE_HOURS = 24
"""So long the old key must not have been used. IAM tells a use up to some hours late."""
LONGEST_HOURS = 30 * 24
"""So long after its time a key that is used still is waited for; then it is deactivated, which can be taken back."""
DAY = len("2026-11-23")


def await_old_key_idle(
    request: WaitRequest, *, custodian: Custodian, waits: Waits, clock: Clock, teller: Teller
) -> Nothing:
    """Store the token and the old key's last use, and look; answer the token if the wait is over.

    Raises RotationSupersededError.
    """
    custody = custodian.of(*request.of, person=request.rotation.actor_id)
    now = to_iso(clock.now())
    seen = custody.held(request.id)
    old = seen.old_key(request.id)
    used = None if old is None else _last_use(custody, old)

    def sleep(row: Credentials) -> Credentials:
        rotation, key = row.rotation, row.key_of(request.id)
        if rotation is None or key is None or key.handed_over_at is None:
            raise CredentialError(f"The rotation {request.id} has no key that was handed over.")
        begins = rotation.step is not RotationStep.AWAITING_IDLE
        due_at = later(key.handed_over_at, hours=request.rotation.overlap_hours) if begins else rotation.due_at
        if old is not None:
            row = row.with_key(old.access_key_id, last_used_checked_at=now)
        if old is not None and used is not None:
            row = row.with_key(old.access_key_id, last_used_at=used.at, last_used_service=used.service)
        return row.with_rotation(step=RotationStep.AWAITING_IDLE, due_at=due_at, wake_token=request.task_token)

    row = custody.rewrite_held(request.id, sleep)
    if _shown(row) != _shown(seen):
        teller.tell_changed(request.of)
    due_at = (row.rotation and row.rotation.due_at) or now
    result = end_of_wait(row)
    if result is None and old is not None and now >= due_at and _is_used(used, now):
        if now < later(due_at, hours=LONGEST_HOURS):
            _tell_used(request, teller, now)
            return Nothing()
        result = WaitResult()
    if result is None and (old is None or now >= due_at):
        result = WaitResult()
    if result is not None:
        answer(waits, request, result)
    return Nothing()


def _last_use(custody: Custody, old: AccessKey) -> LastUse | None:
    try:
        return custody.keys.last_use(custody.project, custody.user, old.access_key_id, person=custody.person)
    except UserMissingError:
        return None


def _is_used(used: LastUse | None, now: str) -> bool:
    return used is not None and later(used.at, hours=IDLE_HOURS) > now


def _shown(row: Credentials) -> tuple[object, ...]:
    """Give what people see of the wait; that IAM was asked again is nothing to tell them of."""
    rotation = row.rotation
    keys = tuple(key.model_copy(update={"last_used_checked_at": None}) for key in row.keys)
    return (keys, None if rotation is None else (rotation.step, rotation.due_at))


def _tell_used(request: WaitRequest, teller: Teller, now: str) -> None:
    teller.give(
        NoticeCode.OLD_KEY_STILL_USED,
        request.of,
        about=f"{request.id}/{now[:DAY]}",
        text=f"The old key of {request.rotation.name} is used still, although its successor was handed over. "
        f"It is kept until it has not been used for {IDLE_HOURS} hours, 30 days at most.",
    )


@task(WaitRequest)
def handler(request: WaitRequest) -> Nothing:
    """Run the state; its result goes by the token, not by this answer."""
    return await_old_key_idle(
        request,
        custodian=bootstrap.custodian(),
        waits=bootstrap.waits(),
        clock=bootstrap.clock(),
        teller=bootstrap.teller(),
    )
