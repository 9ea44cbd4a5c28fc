"""What reconcile reads of a project's stacks: a line for each, and what a stack tells of its own origin (ADR 0014)."""

from dataclasses import dataclass

from stowage.domain.changes import Spec
from stowage.domain.stacks import Stack


@dataclass(frozen=True, slots=True)
class Origin:
    """The request that a stack was rendered from, as its template tells it (invariant M3)."""

    kind: str
    name: str
    version: int
    spec: Spec


@dataclass(frozen=True, slots=True)
class StackSummary:
    """A stack as ListStacks tells it.

    `updated_at` is when its last update began, or its creation before the first one; `drift` and `drift_checked_at`
    what the last detection of drift found (IN_SYNC, DRIFTED, UNKNOWN; NOT_CHECKED before the first), and when. Times
    are ISO 8601, UTC.
    """

    stack_id: str
    name: str
    status: str
    updated_at: str
    drift: str = "NOT_CHECKED"
    drift_checked_at: str | None = None

    @property
    def running(self) -> bool:
        """Tell whether an operation runs on it; an unexecuted change set (REVIEW_IN_PROGRESS) is none."""
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Listing:
    """All stacks of Stowage's in a project's account, but the baseline; and how many calls it took."""

    stacks: tuple[StackSummary, ...]
    calls: int


def bears_name(stack: Stack, project: str, kind: str, name: str) -> bool:
    """Tell by its tags whether a stack is this resource, not merely one of that name."""
    asked = {"stowage:project": project, "stowage:kind": kind, "stowage:name": name}
    return all(stack.tags.get(key) == value for key, value in asked.items())
