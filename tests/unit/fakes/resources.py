"""The mirror's resource rows in memory, under the conditions of the real ones."""

from collections.abc import Collection
from dataclasses import replace

from stowage.domain.changes import Action, Change, ChangeRequest
from stowage.domain.errors import LockLostError
from stowage.domain.merge import Sight, describe, mark_of_description
from stowage.domain.ports import NO_REFERENCE_CHANGES, ReferenceChanges, ResourceKey, ResourcePage
from stowage.domain.resources import (
    IN_PROGRESS,
    STANDING,
    Lock,
    Resource,
    ResourceName,
    ResourceRow,
    ResourceStatus,
    StopWish,
)
from tests.unit.fakes.changes import FakeChanges


def _sort_key(row: ResourceRow) -> str:
    return f"RESOURCE#{row.resource.kind}#{row.resource.name}"


def _left(resource: Resource, change: str, row: ResourceRow, *, deleted: bool) -> Resource:
    """Give what a change leaves of the resource; a tombstone has neither spec, outputs nor marks."""
    gone = {"status": ResourceStatus.DELETED, "spec": {}, "outputs": {}, "referenced_by": ()} if deleted else {}
    return resource.model_copy(update={"change": change, "referenced_by": row.resource.referenced_by, **gone})


class FakeResources:
    """Port `Resources`; `rows` is the table, `changes` takes part in its one transaction, `release`."""

    def __init__(self, changes: FakeChanges | None = None) -> None:
        self.changes = changes or FakeChanges()
        self.rows: dict[ResourceKey, ResourceRow] = {}
        self.seqs: dict[str, int] = {}
        self.sights: dict[ResourceKey, Sight] = {}

    def get(self, project: str, kind: str, name: str) -> ResourceRow | None:
        """Give the row, tombstones included, or None."""
        return self.rows.get(ResourceKey(project, kind, name))

    def get_all(self, project: str, names: Collection[ResourceName]) -> dict[ResourceName, ResourceRow]:
        """Give the rows that there are."""
        found = {each: self.get(project, each.kind, each.name) for each in names}
        return {each: row for each, row in found.items() if row is not None}

    def list_page(self, project: str, *, kind: str | None, limit: int, after: str | None) -> ResourcePage:
        """Give the living rows by kind and name."""
        rows = sorted(
            (
                row
                for row in self.rows.values()
                if row.project == project and not row.deleted and kind in {None, row.resource.kind}
            ),
            key=_sort_key,
        )
        rows = [row for row in rows if after is None or _sort_key(row) > after]
        page = rows[:limit]
        return ResourcePage(
            items=tuple(row.resource.to_wire() for row in page),
            next_key=_sort_key(page[-1]) if len(rows) > limit else None,
            seq=self.get_seq(project),
        )

    def count(self, project: str, kind: str) -> int:
        """Count the living rows of a kind."""
        return sum(
            row.project == project and row.resource.kind == kind and not row.deleted for row in self.rows.values()
        )

    def store_wake_token(
        self, row_of: ResourceKey, *, change: str, fence: int, token: str, stack_id: str
    ) -> ResourceRow:
        """Keep the token, if lock and fence are the caller's."""
        row = self._held(row_of, change, fence)
        self.rows[row_of] = row.model_copy(update={"wake_token": token, "stack_id": stack_id, "heard": None})
        return row

    def note_begun(self, row_of: ResourceKey, *, change: str, fence: int, begun: bool) -> None:
        """Keep the note, if lock and fence are the caller's."""
        row = self._held(row_of, change, fence)
        self.rows[row_of] = row.model_copy(update={"begun": change if begun else None})

    def wish_stop(self, row_of: ResourceKey, wish: StopWish) -> None:
        """Keep the wish, while its change holds the lock and is no deletion under way."""
        row = self.rows.get(row_of)
        lock = None if row is None else row.resource.lock
        if row is None or lock is None or lock.change != wish.change:
            raise LockLostError(f"The change {wish.change} does not hold {row_of.name}.")
        if lock.action is Action.DELETE and row.wake_token is not None:
            raise LockLostError("The deletion is under way.")
        self.rows[row_of] = row.model_copy(update={"stop_wish": wish})

    def add_referrer(self, row_of: ResourceKey, referrer: ResourceName) -> bool:
        """Set the mark, if the resource stands and no deletion holds it."""
        row = self.rows.get(row_of)
        if row is None or row.deleted or row.resource.status not in STANDING:
            return False
        if row.resource.lock is not None and row.resource.lock.action is Action.DELETE:
            return False
        self._mark(row_of, {*row.resource.referenced_by, referrer})
        return True

    def remove_referrers(
        self, row_of: ResourceKey, referrers: Collection[ResourceName], *, change: str, fence: int
    ) -> None:
        """Take marks, if lock and fence are the caller's."""
        row = self._held(row_of, change, fence)
        self._mark(row_of, set(row.resource.referenced_by) - set(referrers))

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
        """Write the resource and take its marks, if lock and fence are the caller's; the lock stays."""
        row = self._held(row_of, change, fence)
        left = _left(resource, change, row, deleted=deleted)
        self.rows[row_of] = row.model_copy(
            update={
                "resource": self._described(row_of, left).model_copy(update={"lock": row.resource.lock}),
                "heard": None if self._is_newest(row_of, resource) else row.heard,
                "stack_id": stack_id,
                "stack_updated_at": stack_updated_at,
                "wake_token": None,
                "touched": references.touched,
                "deleted": deleted,
            }
        )
        self._drop(row_of, references)

    def release(
        self,
        row_of: ResourceKey,
        *,
        change: str,
        resource: Resource | None,
        ended: Change,
        references: ReferenceChanges = NO_REFERENCE_CHANGES,
    ) -> bool:
        """Free the lock, if `change` holds it."""
        row = self.rows.get(row_of)
        if row is None or row.resource.lock is None or row.resource.lock.change != change:
            return False
        if resource is None:
            freed, deleted = row.resource.model_copy(update={"lock": None}), row.deleted
        else:
            deleted = resource.status is ResourceStatus.DELETED
            freed = self._described(row_of, _left(resource, change, row, deleted=deleted))
            freed = freed.model_copy(update={"lock": None})
        freed_row = {"resource": freed, "wake_token": None, "stack_updated_at": None, "touched": references.touched}
        self.rows[row_of] = row.model_copy(update={**freed_row, "deleted": deleted})
        self._drop(row_of, references)
        self.changes.put_ended(ended)
        return True

    def advance_seq(self, project: str, by: int) -> int:
        """Count on and give the new number."""
        self.seqs[project] = self.get_seq(project) + by
        return self.seqs[project]

    def get_seq(self, project: str) -> int:
        """Give the number; 0 before the first message."""
        return self.seqs.get(project, 0)

    # What the machine's own DynamoDB states do, for tests that need their effect.

    def put(self, row: ResourceRow) -> None:
        """Lay a row into the table, as a given of the test."""
        self.rows[ResourceKey(row.project, row.resource.kind, row.resource.name)] = row

    def acquire_lock(self, request: ChangeRequest, started_at: str) -> ResourceRow | None:
        """Do what state AcquireLock does; None when its condition fails."""
        row_of = ResourceKey(request.project, request.kind, request.name)
        row = self.rows.get(row_of)
        lock = row.resource.lock if row else None
        if lock is not None and lock.change != request.change:
            return None
        if lock is None and row is not None and row.resource.version != request.expected_version:
            return None
        if lock is None and row is not None and row.deleted and request.action is not Action.CREATE:
            return None
        create = row is None or request.action is Action.CREATE
        resource = Resource(
            kind=request.kind,
            name=request.name,
            spec=request.spec if create or row is None else row.resource.spec,
            status=IN_PROGRESS[request.action],
            outputs={} if create or row is None else row.resource.outputs,
            lock=Lock(
                change=request.change,
                actor=request.actor,
                actor_id=request.actor_id,
                since=started_at,
                action=request.action,
            ),
            version=request.version,
            stack_status=None if create or row is None else row.resource.stack_status,
            verified_at=None if row is None else row.resource.verified_at,
            outcome=None,
            cause=None,
            change=request.change,
            referenced_by=row.resource.referenced_by if row else (),
        )
        self.rows[row_of] = ResourceRow(
            project=request.project,
            resource=resource,
            fence=(row.fence if row else 0) + 1,
            stack_id=None if create or row is None else row.stack_id,
            stack_updated_at=row.stack_updated_at if row else None,
            touched=row.touched if row else (),
            stop_wish=row.stop_wish if row else None,
            deleted=row is not None and row.deleted and not create,
        )
        return self.rows[row_of]

    def release_lock(self, row_of: ResourceKey, change: str, fence: int) -> None:
        """Do what state ReleaseLock does. Raises LockLostError where its condition fails."""
        row = self.rows.get(row_of)
        if row is None or row.fence != fence or (row.resource.lock and row.resource.lock.change != change):
            raise LockLostError(f"The change {change} does not hold {row_of.name} (any more).")
        self.rows[row_of] = row.model_copy(
            update={"resource": row.resource.model_copy(update={"lock": None}), "wake_token": None}
        )

    def sight_of(self, row_of: ResourceKey, stack_id: str | None = None) -> Sight:
        """Give what is known of the row's stack by events and descriptions."""
        row = self.rows[row_of]
        stack_id = stack_id or row.stack_id
        kept = self.sights.get(row_of, Sight(stack_id))
        if kept.stack_id != stack_id:
            kept = Sight(stack_id, mark=kept.mark, described=kept.described)
        return replace(kept, status=row.resource.stack_status)

    def _described(self, row_of: ResourceKey, left: Resource) -> Resource:
        """Let what a change has read of the stack take its place in the order of events."""
        known = self.sight_of(row_of)
        if left.verified_at is None:
            return left.model_copy(update={"stack_status": known.status})
        self.sights[row_of] = describe(known, left.stack_status, at=left.verified_at)
        return left.model_copy(update={"stack_status": self.sights[row_of].status})

    def _is_newest(self, row_of: ResourceKey, left: Resource) -> bool:
        return left.verified_at is not None and self.sights[row_of].mark == mark_of_description(left.verified_at)

    def _drop(self, referrer: ResourceKey, references: ReferenceChanges) -> None:
        for each in references.dropped:
            row_of = ResourceKey(referrer.project, each.kind, each.name)
            self._mark(row_of, set(self.rows[row_of].resource.referenced_by) - {referrer.resource})

    def _mark(self, row_of: ResourceKey, referrers: Collection[ResourceName]) -> None:
        row = self.rows[row_of]
        marks = tuple(sorted(referrers, key=ResourceName.sort_key))
        self.rows[row_of] = row.model_copy(
            update={"resource": row.resource.model_copy(update={"referenced_by": marks})}
        )

    def _held(self, row_of: ResourceKey, change: str, fence: int) -> ResourceRow:
        row = self.rows.get(row_of)
        if row is None or not row.holds(change, fence):
            raise LockLostError(f"The change {change} does not hold {row_of.name} (any more).")
        return row


def resource_row(project: str, kind: str, name: str, **fields: object) -> ResourceRow:
    """Give a row at rest, ACTIVE and at version 1 unless told otherwise.

    Fields of the resource and of the row (fence, stack_id, stack_updated_at, wake_token, touched, deleted) may both be
    given.
    """
    of_row = (
        "fence",
        "stack_id",
        "stack_updated_at",
        "wake_token",
        "heard",
        "touched",
        "stop_wish",
        "drift_asked_at",
        "deleted",
    )
    row = {key: fields.pop(key) for key in of_row if key in fields}
    resource = Resource.model_validate(
        {
            "kind": kind,
            "name": name,
            "spec": {},
            "status": ResourceStatus.ACTIVE,
            "outputs": {},
            "lock": None,
            "version": 1,
            "stack_status": "CREATE_COMPLETE",
            "verified_at": "2026-11-23T08:00:00.000Z",
            "outcome": "SUCCEEDED",
            "cause": None,
            "change": "chg-" + "0" * 32,
            **fields,
        }
    )
    return ResourceRow.model_validate({"project": project, "resource": resource, "fence": 1, **row})
