"""The mirror: the rows of resources and of changes, which answer every read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from stowage.domain.changes import Change
from stowage.domain.resources import Resource, ResourceName, ResourceRow, StopWish


@dataclass(frozen=True, slots=True)
class ResourceKey:
    """Which resource."""

    project: str
    kind: str
    name: str

    @property
    def resource(self) -> ResourceName:
        """Name the resource within its project."""
        return ResourceName(kind=self.kind, name=self.name)


@dataclass(frozen=True, slots=True)
class ReferenceChanges:
    """What a change's end alters on the rows of the resources that its own resource names.

    `dropped` lose their mark that this resource names them; `touched` are all whose mark this change set or took.
    """

    dropped: tuple[ResourceName, ...] = ()
    touched: tuple[ResourceName, ...] = ()


NO_REFERENCE_CHANGES = ReferenceChanges()


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """A page of a project's resources; `seq` was read before the rows (invariant N2)."""

    items: tuple[dict[str, Any], ...]
    """Resources in their wire shape, ready for JSON: a list builds no model per row."""
    next_key: str | None
    """What to pass as `after` for the next page, as it is: opaque, the adapter's own; None at the end."""
    seq: int


class Resources(Protocol):
    """The mirror's resource rows, their lock and fence, and the project's sequence number."""

    def get(self, project: str, kind: str, name: str) -> ResourceRow | None:
        """Give the row, tombstones included, or None."""
        ...

    def get_all(self, project: str, names: Collection[ResourceName]) -> Mapping[ResourceName, ResourceRow]:
        """Give the rows of these resources, tombstones included; one without a row is left out."""
        ...

    def list_page(self, project: str, *, kind: str | None, limit: int, after: str | None) -> ResourcePage:
        """Give a page of the rows that are no tombstones, by kind and name; one DynamoDB query.

        Raises InvalidRequestError when `after` is no page's `next_key`.
        """
        ...

    def count(self, project: str, kind: str) -> int:
        """Count the rows of a kind that are no tombstones."""
        ...

    def store_wake_token(
        self, row_of: ResourceKey, *, change: str, fence: int, token: str, stack_id: str
    ) -> ResourceRow:
        """Keep the task token that wakes the sleeping execution, and give the row as it was. Raises LockLostError.

        What was heard of the stack before (`ResourceRow.heard`) is told by that row, and forgotten.
        """
        ...

    def note_begun(self, row_of: ResourceKey, *, change: str, fence: int, begun: bool) -> None:
        """Write down that the change may begin an operation on the stack, or that it began none after all.

        Raises LockLostError.
        """
        ...

    def wish_stop(self, row_of: ResourceKey, wish: StopWish) -> None:
        """Write down that a change is to be stopped. Conditional on its holding the lock.

        Raises LockLostError, also when a deletion has come to wait for its stack: that cannot be stopped.
        """
        ...

    def add_referrer(self, row_of: ResourceKey, referrer: ResourceName) -> bool:
        """Mark the resource as named by `referrer`; repeating it is harmless.

        Gives False, and marks nothing, when the resource does not stand (`STANDING`) or a deletion holds it.
        """
        ...

    def remove_referrers(
        self, row_of: ResourceKey, referrers: Collection[ResourceName], *, change: str, fence: int
    ) -> None:
        """Take marks from the resource that `change` holds under `fence`. Raises LockLostError."""
        ...

    def finish(
        self,
        row_of: ResourceKey,
        *,
        change: str,
        fence: int,
        resource: Resource,
        stack_id: str | None,
        stack_updated_at: str | None = None,
        deleted: bool,
        references: ReferenceChanges = NO_REFERENCE_CHANGES,
    ) -> None:
        """Write the resource as a change leaves it, and the marks it takes from others, if lock and fence are ours.

        `resource.lock` is ignored: the lock stays until ReleaseLock, and only after that may the change's end be told
        (`Changes.put_ended`). `resource.referenced_by` is ignored too: others write that; a tombstone has none.
        Of a deleted resource a tombstone stays, `verified_at` being when it was deleted.
        Repeating it is harmless. Raises LockLostError.
        """
        ...

    def release(
        self,
        row_of: ResourceKey,
        *,
        change: str,
        resource: Resource | None,
        ended: Change,
        references: ReferenceChanges = NO_REFERENCE_CHANGES,
    ) -> bool:
        """Free the lock that an ended execution left held, for recovery only (invariant L3).

        Conditional on the holder being `change`; writes the change's end and, if given, the resource's status with
        it, and takes the marks from others. Gives False when that change holds nothing (any more).
        """
        ...

    def advance_seq(self, project: str, by: int) -> int:
        """Add to the project's sequence number and give the new one."""
        ...

    def get_seq(self, project: str) -> int:
        """Give the project's sequence number; 0 before the first message."""
        ...


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes of a project to list; times ISO 8601, `since` inclusive, `until` exclusive."""

    resource: tuple[str, str] | None = None
    kind: str | None = None
    action: str | None = None
    status: str | None = None
    actor: str | None = None
    outcome: str | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class ChangePage:
    """A page of changes, newest first; `next_key` is opaque, as a ResourcePage's is."""

    items: tuple[Change, ...]
    next_key: str | None


class Changes(Protocol):
    """The change rows: what `GET …/changes` answers from."""

    def get(self, project: str, change: str) -> Change | None:
        """Give the change (without states), or None."""
        ...

    def put_started(self, change: Change) -> None:
        """Write a running change unless its row exists; never overwrites an end."""
        ...

    def put_ended(self, change: Change) -> None:
        """Write an ended change, whole; a repeat is harmless."""
        ...

    def list_page(self, project: str, which: ChangeFilter, *, limit: int, after: str | None) -> ChangePage:
        """Give a page of changes, newest first; eventually consistent (an index).

        Raises InvalidRequestError when `after` is no page's `next_key`.
        """
        ...
