"""What stack events and descriptions make of a row, in whatever order they come (invariant M1, ADR 0013).

Every fact carries a mark: when it held, by CloudFormation's clock (a description: when it was asked), the rank of its
status, its event's id. Of the stack, and of each resource in it, the fact of the highest mark stands; a description
takes all events before it along. That is the greatest of a set, whatever the order in which the set is seen: merging
is commutative, associative and idempotent. Marks are texts that compare as DynamoDB compares texts.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from stowage.domain.changes import Action
from stowage.domain.resources import ResourceRow
from stowage.domain.stack_events import StackEvent
from stowage.domain.stacks import token_of

RESOURCES_KEPT = 40
"""Of one stack; a kind's stack has a handful. Those with the first names are kept: no order of events decides."""

ENDED_RANK, DESCRIBED_RANK = 4, 9


@dataclass(frozen=True, slots=True)
class ResourceSight:
    """The newest that is known of one resource in a stack; `operation` tells operations apart, and is no token."""

    mark: str
    status: str
    type: str
    operation: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Sight:
    """The newest that is known of a row's stack, and of what is in it since it was last described.

    `stack_id` is the incarnation that the row speaks of, which changes alone write; `described` the mark of the last
    description.
    """

    stack_id: str | None
    mark: str = ""
    status: str | None = None
    operation: str = ""
    described: str = ""
    resources: Mapping[str, ResourceSight] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Tell whether an operation runs, by the newest that is known."""
        return self.status is not None and self.status.endswith("_IN_PROGRESS")

    def of_this_operation(self) -> dict[str, ResourceSight]:
        """Give the resources that the stack's newest operation has touched, by their logical ids."""
        return {name: self.resources[name] for name in sorted(self.resources) if self._is_newest(self.resources[name])}

    def _is_newest(self, resource: ResourceSight) -> bool:
        return resource.operation == self.operation or not self.operation


def rank_of(status: str) -> int:
    """Order statuses that are told for one and the same millisecond: what begins, what goes on, what ends."""
    if not status.endswith("_IN_PROGRESS"):
        return ENDED_RANK
    return ("CLEANUP" in status) + 2 * ("ROLLBACK" in status)


def mark_of(event: StackEvent) -> str:
    """Give an event's mark."""
    return f"{event.at}#{rank_of(event.status)}#{event.event_id}"


def mark_of_description(at: str) -> str:
    """Give the mark of a description that was asked for at `at` (ISO 8601, milliseconds)."""
    return f"{at}#{DESCRIBED_RANK}#"


def operation_of(token: str | None) -> str:
    """Give by what an operation's events are known: a digest, since a token may be used to act."""
    return "" if token is None else hashlib.sha256(token.encode()).hexdigest()[:12]


def is_stack_of(row: ResourceRow, stack_id: str, events: Iterable[StackEvent]) -> bool:
    """Tell whether the row speaks of this stack: by its id or, while none is written yet, by an event of its change.

    The first events come before AwaitStack has written the id; they carry the token of the lock's holder. A tombstone
    hears nothing more (invariant M2).
    """
    lock = row.resource.lock
    if row.deleted or row.stack_id is not None or lock is None:
        return not row.deleted and row.stack_id == stack_id
    tokens = {token_of(lock.change, action.value, row.fence) for action in Action}
    return any(event.token in tokens for event in events)


def merge(sight: Sight, event: StackEvent) -> Sight:
    """Give what is known with this event; of another incarnation, or older than the description, it adds nothing."""
    mark = mark_of(event)
    if event.stack_id != sight.stack_id or mark <= sight.described:
        return sight
    if event.of_the_stack:
        if mark <= sight.mark:
            return sight
        return replace(sight, mark=mark, status=event.status, operation=operation_of(event.token))
    known = sight.resources.get(event.logical_id)
    if known is not None and mark <= known.mark:
        return sight
    seen = ResourceSight(mark, event.status, event.resource_type, operation_of(event.token), event.reason)
    resources = {**sight.resources, event.logical_id: seen}
    return replace(sight, resources={name: resources[name] for name in sorted(resources)[:RESOURCES_KEPT]})


def merge_all(sight: Sight, events: Iterable[StackEvent]) -> Sight:
    """Give what is known with all of these events."""
    for event in events:
        sight = merge(sight, event)
    return sight


def describe(sight: Sight, status: str | None, *, at: str) -> Sight:
    """Give what is known with a description that was asked for at `at`; None: there is no stack."""
    mark = mark_of_description(at)
    if mark <= sight.described:
        return sight
    newer = {name: each for name, each in sight.resources.items() if each.mark > mark}
    described = replace(sight, described=mark, resources=newer)
    return described if mark <= sight.mark else replace(described, mark=mark, status=status, operation="")
