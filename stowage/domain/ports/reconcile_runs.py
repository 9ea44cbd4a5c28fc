"""The last runs of reconcile in each project."""

from typing import Protocol

from stowage.domain.findings import Findings


class ReconcileRuns(Protocol):
    """What the runs of the last days have found, beside the last one's, which stands on the project."""

    def keep(self, project: str, findings: Findings, *, begun_at: str | None) -> None:
        """Keep a run's findings for some days; a repeat of the same run replaces them."""
        ...

    def list_newest(self, project: str, *, limit: int) -> tuple[Findings, ...]:
        """Give the newest runs, newest first."""
        ...
