"""The last runs of reconcile, in memory."""

from stowage.domain.findings import Findings


class FakeReconcileRuns:
    """Port `ReconcileRuns`; `runs` are by project and beginning."""

    def __init__(self) -> None:
        self.runs: dict[tuple[str, str], Findings] = {}

    def keep(self, project: str, findings: Findings, *, begun_at: str | None) -> None:
        """Keep a run's findings; a repeat replaces them."""
        self.runs[project, begun_at or findings.tried_at] = findings

    def list_newest(self, project: str, *, limit: int) -> tuple[Findings, ...]:
        """Give the newest runs, newest first."""
        found = sorted((key, run) for key, run in self.runs.items() if key[0] == project)
        return tuple(run for _, run in reversed(found))[:limit]
