"""What reconcile reads and mends, in memory: the stacks of FakeStacks, the rows of FakeResources."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from stowage.catalog.metadata import spec_from_template
from stowage.domain.drift import Drift, DriftedResource
from stowage.domain.errors import StowageError
from stowage.domain.findings import Findings
from stowage.domain.kinds import Template
from stowage.domain.ports import NO_REFERENCE_CHANGES, ReferenceChanges, ResourceKey
from stowage.domain.projects import Project
from stowage.domain.resources import Resource, ResourceRow
from stowage.domain.stacks import Stack
from stowage.domain.survey import Listing, Origin, StackSummary
from tests.unit.fakes.projects import FakeProjects
from tests.unit.fakes.resources import FakeResources
from tests.unit.fakes.stacks import FakeStacks

PAGE = 100


@dataclass
class FakeSurvey:
    """Port `StackSurvey`; `calls` lists what was asked, `refusals` what a stack's name is answered with instead."""

    stacks: FakeStacks
    calls: list[str] = field(default_factory=list)
    refusals: dict[str, StowageError] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    detections: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By a stack's id: what the last detection found, and when."""
    found: dict[str, tuple[DriftedResource, ...]] = field(default_factory=dict)

    def list_stacks(self, project: Project) -> Listing:
        """Give the project's stacks that are not deleted."""
        found = [
            each.stack
            for each in self.stacks.by_id.values()
            if each.account == project.account
            and each.stack.status != "DELETE_COMPLETE"
            and each.stack.name not in self.unlisted
        ]
        pages = max(1, -(-len(found) // PAGE))
        self.calls += ["ListStacks"] * pages
        return Listing(tuple(map(self._summary, found)), pages)

    def describe(self, project: Project, stack_id: str) -> Stack | None:
        """Give the stack."""
        self._ask("DescribeStacks", stack_id)
        return self.stacks.describe(project, stack_id, person="reconcile")

    def origin_of(self, _project: Project, stack_id: str) -> Origin | None:
        """Read the template's metadata."""
        self._ask("GetTemplate", stack_id)
        try:
            return spec_from_template(self.stacks.by_id[stack_id].template)
        except ValueError:
            return None

    def template_of(self, _project: Project, stack_id: str) -> Template | None:
        """Give the stack's template."""
        self._ask("GetTemplate", stack_id)
        known = self.stacks.by_id.get(stack_id)
        return None if known is None else known.template

    def detect_drift(self, _project: Project, stack_id: str) -> bool:
        """Note that a detection was begun."""
        self._ask("DetectStackDrift", stack_id)
        return True

    def drifted(self, _project: Project, stack_id: str) -> tuple[DriftedResource, ...]:
        """Give what the test has put into `found`."""
        self._ask("DescribeStackResourceDrifts", stack_id)
        return self.found[stack_id]

    def _ask(self, call: str, stack_id: str) -> None:
        self.calls.append(call)
        name = stack_id.split("/")[1] if stack_id.startswith("arn:") else stack_id
        if name in self.refusals:
            raise self.refusals[name]

    def _summary(self, stack: Stack) -> StackSummary:
        drift, checked_at = self.detections.get(stack.stack_id, ("NOT_CHECKED", None))
        return StackSummary(stack.stack_id, stack.name, stack.status, stack.updated_at or "", drift, checked_at)


@dataclass
class FakeLiveResources:
    """Port `LiveResources`; `there` is what stands, by type and name, or how its service refuses to tell."""

    there: dict[tuple[str, str], Mapping[str, JsonValue] | StowageError] = field(default_factory=dict)
    named_by: str = "Bucket"
    read_types: list[str] = field(default_factory=list)

    def read(
        self, _project: Project, resource_type: str, properties: Mapping[str, JsonValue]
    ) -> Mapping[str, JsonValue] | None:
        """Give what the test has put there."""
        self.read_types.append(resource_type)
        found = self.there.get((resource_type, str(properties[self.named_by])))
        if isinstance(found, StowageError):
            raise found
        return found


@dataclass
class FakeReconciliation:
    """Port `Reconciliation` on the rows of FakeResources, under the conditions of the real one."""

    resources: FakeResources
    projects: FakeProjects

    def rows(self, project: str) -> tuple[ResourceRow, ...]:
        """Give the project's rows."""
        return tuple(row for row in self.resources.rows.values() if row.project == project)

    def rebuild(self, row: ResourceRow) -> bool:
        """Write a row that is not there."""
        row_of = _key(row)
        if row_of in self.resources.rows:
            return False
        self.resources.rows[row_of] = row
        return True

    def settle(
        self, before: ResourceRow, after: ResourceRow, references: ReferenceChanges = NO_REFERENCE_CHANGES
    ) -> bool:
        """Write the row, if it is untouched."""
        row_of = _key(before)
        now = self.resources.rows.get(row_of)
        if now is None or now.resource.lock is not None or (now.fence, now.deleted) != (before.fence, before.deleted):
            return False
        kept: Resource = after.resource.model_copy(update={"referenced_by": now.resource.referenced_by})
        self.resources.rows[row_of] = after.model_copy(update={"resource": kept, "deleted": False})
        self.resources._drop(row_of, references)
        return True

    def note_drift(self, row_of: ResourceKey, drift: Drift | None, *, asked_at: str, fence: int) -> bool:
        """Keep it on the row, if it is untouched."""
        row = self.resources.rows.get(row_of)
        if row is None or row.deleted or row.resource.lock is not None or row.fence != fence:
            return False
        told = {} if drift is None else {"resource": row.resource.model_copy(update={"drift": drift})}
        self.resources.rows[row_of] = row.model_copy(update={"drift_asked_at": asked_at, **told})
        return True

    def put_findings(self, project: str, findings: Findings) -> bool:
        """Keep them on the project."""
        known = self.projects.get_project(project)
        if known is None:
            return False
        self.projects.put_project(known.model_copy(update={"reconcile": findings}))
        return True


def _key(row: ResourceRow) -> ResourceKey:
    return ResourceKey(row.project, row.resource.kind, row.resource.name)
