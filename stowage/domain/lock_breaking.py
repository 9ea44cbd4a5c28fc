"""Breaking a lock: what recovery does by itself, asked for by an operator; never more than that (invariant L3)."""

from stowage.domain.errors import AccessDeniedError, LockNotBreakableError, ProjectMissingError, StackBusyError
from stowage.domain.recovery import Recovered, Recovery
from stowage.domain.resources import Lock, ResourceRow


def break_lock(row: ResourceRow, *, recovery: Recovery) -> Recovered:
    """Free the lock of a change that is over, whose stack is at rest, and write its end.

    Raises LockNotBreakableError, which says why, for a lock that nobody holds, or whose change or stack operation still
    runs, or may.
    """
    lock = row.resource.lock
    if lock is None:
        raise LockNotBreakableError(f"Nobody holds {row.resource.name!r}: there is nothing to break.")
    try:
        recovered = recovery.of_lock(row)
    except StackBusyError as busy:
        raise _kept(lock, f"{busy} It is freed by itself once that has ended.") from busy
    except (AccessDeniedError, ProjectMissingError) as unseen:
        raise _kept(lock, f"Whether its stack is at rest cannot be seen: {unseen}") from unseen
    if recovered is not None and recovered.freed:
        return recovered
    now = recovery.resources.get(row.project, row.resource.kind, row.resource.name)
    if now is None or now.resource.lock is None or now.resource.lock.change != lock.change:
        raise LockNotBreakableError(f"The change {lock.change} has just freed {row.resource.name!r} itself.")
    raise _kept(
        lock, f"The change {lock.change} of {lock.actor} still runs, since {lock.since}, or has only begun: stop it."
    )


def _kept(lock: Lock, sentence: str) -> LockNotBreakableError:
    return LockNotBreakableError(sentence, {name: str(value) for name, value in lock.to_wire().items()})
