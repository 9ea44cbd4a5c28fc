"""What reconcile needs: a project's stacks, read only, and rows that are put right without a lock (ADR 0014)."""

from collections.abc import Mapping
from typing import Protocol

from pydantic import JsonValue

from stowage.domain.drift import Drift, DriftedResource
from stowage.domain.findings import Findings
from stowage.domain.kinds import Template
from stowage.domain.ports.mirror import NO_REFERENCE_CHANGES, ReferenceChanges, ResourceKey
from stowage.domain.projects import Project
from stowage.domain.resources import ResourceRow
from stowage.domain.stacks import Stack
from stowage.domain.survey import Listing, Origin


class StackSurvey(Protocol):
    """CloudFormation in a project's account, in one session that changes nothing."""

    def list_stacks(self, project: Project) -> Listing:
        """Give all of Stowage's stacks that are not deleted; one call for each hundred of the account's."""
        ...

    def describe(self, project: Project, stack_id: str) -> Stack | None:
        """Give the stack, or None when there is none (any more)."""
        ...

    def origin_of(self, project: Project, stack_id: str) -> Origin | None:
        """Give what the stack's own template says it was asked for, or None when it tells none."""
        ...

    def template_of(self, project: Project, stack_id: str) -> Template | None:
        """Give the stack's own template as it was submitted, or None when there is none, or none in JSON."""
        ...

    def detect_drift(self, project: Project, stack_id: str) -> bool:
        """Begin a detection, whose result a later listing tells; False where one runs or the status forbids it."""
        ...

    def drifted(self, project: Project, stack_id: str) -> tuple[DriftedResource, ...]:
        """Give the resources in which the last detection found drift."""
        ...


class LiveResources(Protocol):
    """Resources in a project's account, asked of their own services; nothing changed."""

    def read(
        self, project: Project, resource_type: str, properties: Mapping[str, JsonValue]
    ) -> Mapping[str, JsonValue] | None:
        """Give a resource's properties as a template would write them, or None where there is no such resource.

        `resource_type` is CloudFormation's name of it; which one it is stands in `properties`, the template's own.
        One call.
        """
        ...


class Reconciliation(Protocol):
    """The mirror's rows as reconcile reads and mends them: never under a lock, never over another writer."""

    def rows(self, project: str) -> tuple[ResourceRow, ...]:
        """Give every row of the project, tombstones included."""
        ...

    def rebuild(self, row: ResourceRow) -> bool:
        """Write a row that was lost; False, and nothing written, if there is one."""
        ...

    def settle(
        self, before: ResourceRow, after: ResourceRow, references: ReferenceChanges = NO_REFERENCE_CHANGES
    ) -> bool:
        """Write a row as its stack shows it, and take its marks from others.

        On condition that nobody holds it or has held it since it was read: no lock, and the fence of `before`. A
        tombstone stays one only if `after` is. False, and nothing written, where that fails.
        """
        ...

    def note_drift(self, row_of: ResourceKey, drift: Drift | None, *, asked_at: str, fence: int) -> bool:
        """Keep when a detection was begun and, unless None, what was found.

        On condition that nobody holds the row or has held it since it was read with this fence: what was found is of
        the stack as it was then. False, and nothing written, where that fails, and for a row that is gone.
        """
        ...

    def put_findings(self, project: str, findings: Findings) -> bool:
        """Keep what a run found on the project's row; False for a project that is gone."""
        ...
