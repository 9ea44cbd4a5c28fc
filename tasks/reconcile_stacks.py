"""State ReconcileStacks of machine reconcile: compares a stretch of a project's stacks with its rows, and repairs.

Reads the project's rows and stacks, locks' executions, access keys; writes rows that differ, ends of changes, drift.
Idempotent: what was put right agrees the next time; every write is conditional (docs/adr/0014-reconcile.md).
"""

from stowage.adapters import bootstrap
from stowage.adapters.announcing import announce
from stowage.adapters.metrics import count_ended, note_lock_age
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.direct_checks import DirectChecks
from stowage.domain.drift_watch import DriftWatch
from stowage.domain.findings import Counts, Progress
from stowage.domain.reconciliation import Reconciler
from stowage.domain.recovery import Recovered, Recovery
from stowage.domain.resources import Lock
from stowage.domain.task_requests import LoggedRequest

STATE = "Reconcile"


class StretchRequest(LoggedRequest):
    """Where to go on: `cursor` and `begun_at` are None at first, `cause` what went wrong before."""

    project: str
    cursor: str | None = None
    begun_at: str | None = None
    counts: Counts = Counts()
    cause: str | None = None

    def log_fields(self) -> dict[str, str]:
        """Give what every line of the log carries."""
        return {"project": self.project}


def reconcile_stacks(request: StretchRequest, *, reconciler: Reconciler) -> Progress:
    """Do a stretch of the project's work, and give how far it has come."""
    return reconciler.stretch(
        Progress(
            project=request.project,
            cursor=request.cursor,
            begun_at=request.begun_at,
            counts=request.counts,
            cause=request.cause,
        )
    )


def on_closed(recovered: Recovered) -> None:
    """Count a change that was closed, unless its end was known, and tell the open pages."""
    if recovered.is_news:
        count_ended(recovered.ended)
    announce(bootstrap.notifier(), recovered.ended, STATE)


def on_kept(lock: Lock) -> None:
    """Measure a lock that stays: one older than any execution is an alarm."""
    note_lock_age(lock.since, bootstrap.clock().now())


def reconciler() -> Reconciler:
    """Give the reconciler of the process's ports."""
    recovery = Recovery(
        bootstrap.executions(),
        bootstrap.projects(),
        bootstrap.resources(),
        bootstrap.changes(),
        bootstrap.stacks(),
        bootstrap.clock(),
        kind_by_name,
    )
    watch = DriftWatch(
        bootstrap.stack_survey(),
        bootstrap.reconciliation(),
        DirectChecks(bootstrap.live_resources()),
        bootstrap.access_keys(),
        bootstrap.credential_rows(),
        bootstrap.clock(),
        kind_by_name,
    )
    return Reconciler(
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        mirror=bootstrap.reconciliation(),
        survey=bootstrap.stack_survey(),
        recovery=recovery,
        watch=watch,
        notifier=bootstrap.notifier(),
        clock=bootstrap.clock(),
        find_kind=kind_by_name,
        on_closed=on_closed,
        on_kept=on_kept,
    )


@task(StretchRequest)
def handler(request: StretchRequest) -> Progress:
    """Run with the process's ports."""
    return reconcile_stacks(request, reconciler=reconciler())
