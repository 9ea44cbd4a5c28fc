"""State RecordFindings of machine reconcile: keeps what was found in a project, and tells its members.

Reads the project's row; writes its findings, and a row of the run's own, for a week. Idempotent: the last run's
findings stand, a repeat is the same.
"""

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_findings
from stowage.adapters.task_handler import task
from stowage.domain.clock import to_iso
from stowage.domain.failures import sentence_of
from stowage.domain.findings import Counts, Findings, Progress, findings_of
from stowage.domain.notifications import Notifier
from stowage.domain.ports import Clock, Projects, ReconcileRuns, Reconciliation
from stowage.domain.task_requests import LoggedRequest
from stowage.domain.wire import WireModel


class Failure(WireModel):
    """Why a comparison broke off, as its state's Catch has it."""

    error: str
    cause: str


class FindingsRequest(LoggedRequest):
    """How far the run has come in the project, and why no farther; None: to its end."""

    project: str
    begun_at: str | None = None
    counts: Counts = Counts()
    cause: str | None = None
    failure: Failure | None = None

    def log_fields(self) -> dict[str, str]:
        """Give what every line of the log carries."""
        return {"project": self.project}


class Recorded(WireModel):
    """Whether every row of the project could be compared."""

    project: str
    compared: bool


def record_findings(
    request: FindingsRequest,
    *,
    projects: Projects,
    mirror: Reconciliation,
    runs: ReconcileRuns,
    notifier: Notifier,
    clock: Clock,
) -> tuple[Recorded, Findings]:
    """Keep the findings, and tell them; nothing is kept of a project that is not onboarded (any more)."""
    cause = request.cause
    if request.failure is not None:
        cause = sentence_of(request.failure.cause) or request.failure.error
    progress = Progress(project=request.project, begun_at=request.begun_at, counts=request.counts, cause=cause)
    project = projects.get_project(request.project)
    before = None if project is None else project.reconcile
    findings = findings_of(progress, before=before, tried_at=to_iso(clock.now()))
    if mirror.put_findings(request.project, findings):
        runs.keep(request.project, findings, begun_at=request.begun_at)
        notifier.announce_findings(request.project, findings)
    return Recorded(project=request.project, compared=cause is None), findings


@task(FindingsRequest)
def handler(request: FindingsRequest) -> Recorded:
    """Run with the process's ports."""
    recorded, findings = record_findings(
        request,
        projects=bootstrap.projects(),
        mirror=bootstrap.reconciliation(),
        runs=bootstrap.reconcile_runs(),
        notifier=bootstrap.notifier(),
        clock=bootstrap.clock(),
    )
    logger().info("The project was compared", compared=recorded.compared, findings=findings.to_wire())
    count_findings(findings)
    return recorded
