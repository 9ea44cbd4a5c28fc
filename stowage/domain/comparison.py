"""What a row and its stack say of each other, and what is to be done about it (docs/adr/0014-reconcile.md).

Pure, and decided from the row and from the stack's line in a listing alone: most pairs agree and cost no call.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from stowage.domain.resources import Resource, ResourceRow, ResourceStatus, stack_name
from stowage.domain.settlement import GONE
from stowage.domain.stacks import Stack, resource_status
from stowage.domain.survey import Origin, StackSummary

UNSUBMITTED = "REVIEW_IN_PROGRESS"
NEVER_MADE = frozenset({ResourceStatus.CREATING, ResourceStatus.CREATE_FAILED})
"""Statuses of a resource that has not stood yet: without a stack it has failed, and is not missing."""


class Verdict(StrEnum):
    """What is to be done about a row and its stack."""

    AGREE = "AGREE"
    """Nothing."""
    WAIT = "WAIT"
    """Nothing now: an operation runs on the stack."""
    ASK_HOLDER = "ASK_HOLDER"
    """The row is locked: whether its execution has ended, Step Functions tells."""
    ADOPT = "ADOPT"
    """There is a stack and no row, or only a tombstone: the row is made from the stack."""
    REFRESH = "REFRESH"
    """The row is older than its stack, or of another incarnation: it is written as the stack shows it."""
    CONFIRM_GONE = "CONFIRM_GONE"
    """The row's stack is not listed: if it cannot be described either, it is gone."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A stack's name, with the row and the stack that are called so."""

    name: str
    row: ResourceRow | None
    stack: StackSummary | None

    @property
    def verdict(self) -> Verdict:
        """Tell what is to be done about it."""
        return compare(self.row, self.stack)


def pairs(rows: Iterable[ResourceRow], stacks: Iterable[StackSummary]) -> tuple[Pair, ...]:
    """Give rows and stacks by the stack's name, sorted; no two resources share one."""
    row_of = {stack_name(row.resource.kind, row.resource.name): row for row in rows}
    stack_of = {stack.name: stack for stack in stacks}
    return tuple(Pair(name, row_of.get(name), stack_of.get(name)) for name in sorted(row_of.keys() | stack_of.keys()))


def compare(row: ResourceRow | None, stack: StackSummary | None) -> Verdict:
    """Tell what is to be done about a row and the stack of its name, as a listing of those that are not deleted has it.

    An unexecuted creation (REVIEW_IN_PROGRESS) has made nothing: without a row it is nobody's.
    """
    if row is not None and row.resource.lock is not None:
        return Verdict.ASK_HOLDER
    if stack is not None and stack.running:
        return Verdict.WAIT
    if row is None or row.deleted:
        return Verdict.AGREE if stack is None or stack.status == UNSUBMITTED else Verdict.ADOPT
    if stack is None:
        return Verdict.AGREE if _known_gone(row.resource) else Verdict.CONFIRM_GONE
    return Verdict.AGREE if _agree(row, stack) else Verdict.REFRESH


def _known_gone(resource: Resource) -> bool:
    known = resource.stack_status in {None, GONE}
    return known and resource.status in {ResourceStatus.CREATE_FAILED, ResourceStatus.MISSING}


def _agree(row: ResourceRow, stack: StackSummary) -> bool:
    resource = row.resource
    return (row.stack_id, resource.stack_status, row.stack_updated_at, resource.status) == (
        stack.stack_id,
        stack.status,
        stack.updated_at,
        resource_status(stack.status, resource.status),
    )


def without_stack(row: ResourceRow, *, stack_status: str | None, verified_at: str) -> ResourceRow:
    """Give the row of a resource whose stack is gone: MISSING, or CREATE_FAILED if it never stood."""
    resource = row.resource
    never_stood = row.stack_id is None or resource.status in NEVER_MADE
    status = ResourceStatus.CREATE_FAILED if never_stood else ResourceStatus.MISSING
    told: dict[str, object] = {
        "status": status,
        "stack_status": stack_status,
        "outputs": {},
        "verified_at": verified_at,
        "drift": None,
    }
    return row.model_copy(update={"resource": resource.model_copy(update=told), "stack_updated_at": None})


def as_stack(row: ResourceRow, stack: Stack, origin: Origin | None, *, verified_at: str) -> ResourceRow:
    """Give the row as its stack at rest shows it; `origin` is what the stack's template tells, None for nothing.

    The version never falls: a spec that was accepted and rolled back has used its number up.
    """
    resource = row.resource
    told: dict[str, object] = {
        "status": resource_status(stack.status, resource.status),
        "stack_status": stack.status,
        "outputs": stack.outputs,
        "spec": resource.spec if origin is None else origin.spec,
        "version": resource.version if origin is None else max(resource.version, origin.version),
        "verified_at": verified_at,
    }
    found = {"stack_id": stack.stack_id, "stack_updated_at": stack.updated_at, "deleted": False}
    return row.model_copy(update={"resource": resource.model_copy(update=told), **found})


def from_stack(project: str, origin: Origin, stack: Stack, *, fence: int, verified_at: str) -> ResourceRow:
    """Give the row of a resource that only its stack tells of (invariant M3)."""
    empty = Resource(
        kind=origin.kind,
        name=origin.name,
        spec=origin.spec,
        status=ResourceStatus.ACTIVE,
        outputs={},
        lock=None,
        version=origin.version,
        stack_status=None,
        verified_at=None,
        outcome=None,
        cause=None,
        change=None,
    )
    return as_stack(ResourceRow(project=project, resource=empty, fence=fence), stack, origin, verified_at=verified_at)


def is_seen(before: ResourceRow, after: ResourceRow) -> bool:
    """Tell whether anybody could see the difference, or a change could act on it: what counts as a mismatch."""

    def told(row: ResourceRow) -> tuple[object, ...]:
        shown = row.resource.model_copy(update={"verified_at": None, "drift": None, "lock": None})
        return shown, row.stack_id, row.deleted

    return told(before) != told(after)
