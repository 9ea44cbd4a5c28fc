"""References between a project's resources: a user's grants name buckets (docs/adr/0012-references-on-the-row.md).

Which resources a spec names, its kind tells (`Kind.references`); which resources name one, its own row tells
(`Resource.referenced_by`). A mark on that row comes before anything that needs it and goes after it, so that there may
be one too many, never one too few. One too many is found by a look at who set it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from stowage.domain.changes import Action, ChangeRequest, Spec
from stowage.domain.errors import ReferenceMissingError, StillReferencedError
from stowage.domain.kinds import Fault, Kind, Reference
from stowage.domain.ports import NO_REFERENCE_CHANGES, ReferenceChanges, ResourceKey, Resources
from stowage.domain.resources import STANDING, Resource, ResourceName, ResourceRow, ResourceStatus

USERS_TOLD = 10
"""More names would make no sentence; the resource's `referencedBy` has them all."""

FindKind: TypeAlias = Callable[[str], Kind | None]


def named_by(kind: Kind, spec: Spec) -> Mapping[ResourceName, Reference]:
    """Give what a spec of this kind names, each resource with the first place that names it; {} names nothing."""
    found: dict[ResourceName, Reference] = {}
    for reference in kind.references(spec) if spec else ():
        found.setdefault(ResourceName(kind=reference.kind, name=reference.name), reference)
    return found


def held_by(kind: Kind, resource: Resource | None) -> frozenset[ResourceName]:
    """Give what a resource names as it stands: one that never stood, or is gone, names nothing whatever its spec."""
    gone = {ResourceStatus.CREATE_FAILED, ResourceStatus.MISSING, ResourceStatus.DELETED}
    if resource is None or resource.status in gone:
        return frozenset()
    return frozenset(named_by(kind, resource.spec))


def missing_faults(
    project: str, kind: Kind, spec: Spec, held: frozenset[ResourceName], *, resources: Resources
) -> tuple[Fault, ...]:
    """Give a fault for each resource that the spec begins to name and that does not stand.

    What the resource names already (`held`) is not asked for: a spec must stay changeable, to shut somebody out above
    all, though a bucket of its grants was removed behind Stowage's back.
    """
    fresh = {name: where for name, where in named_by(kind, spec).items() if name not in held}
    rows = resources.get_all(project, fresh.keys()) if fresh else {}
    faults = ((where.pointer, sentence_of(name, rows.get(name))) for name, where in fresh.items())
    return tuple((pointer, sentence) for pointer, sentence in faults if sentence is not None)


def sentence_of(name: ResourceName, row: ResourceRow | None) -> str | None:
    """Say why a resource cannot be named now, or give None when it can."""
    if row is None or row.deleted:
        return f"There is no {name} in this project: create it first."
    status, lock = row.resource.status, row.resource.lock
    if status is ResourceStatus.DELETING or (lock is not None and lock.action is Action.DELETE):
        return f"The {name} is being deleted: it cannot be named any more."
    if status is ResourceStatus.CREATING:
        return f"The {name} is still being created: try again when it stands."
    if status not in STANDING:
        return f"The {name} does not stand ({status.value}): create it again first."
    return None


def set_marks(change: ChangeRequest, row: ResourceRow, kind: Kind, *, resources: Resources) -> None:
    """Mark every resource that the change's spec names, before its stack does; repeating it is harmless.

    A mark that is there already is set again, which mends one that was lost; that the resource is gone is no hindrance
    then (see `missing_faults`). Raises ReferenceMissingError for one that the spec begins to name and that does not
    stand.
    """
    held = frozenset[ResourceName]() if change.action is Action.CREATE else frozenset(named_by(kind, row.resource.spec))
    me = ResourceName(kind=change.kind, name=change.name)
    missing = [
        name
        for name in named_by(kind, change.spec)
        if not resources.add_referrer(ResourceKey(change.project, name.kind, name.name), me) and name not in held
    ]
    if missing:
        rows = resources.get_all(change.project, missing)
        told = (sentence_of(name, rows.get(name)) or f"The {name} did not stand a moment ago." for name in missing)
        raise ReferenceMissingError(" ".join(told))


def users_of(row: ResourceRow, *, resources: Resources, find_kind: FindKind) -> tuple[ResourceName, ...]:
    """Give who names the resource in truth, each asked by its own row."""
    marks = row.resource.referenced_by
    rows = resources.get_all(row.project, marks) if marks else {}
    mine = ResourceName(kind=row.resource.kind, name=row.resource.name)
    return tuple(each for each in marks if _names(rows.get(each), mine, find_kind))


def _names(referrer: ResourceRow | None, named: ResourceName, find_kind: FindKind) -> bool:
    """Tell whether a resource names another: while a change of it runs, whatever its spec says yet."""
    if referrer is None or referrer.deleted:
        return False
    kind = find_kind(referrer.resource.kind)
    return referrer.resource.lock is not None or kind is None or named in held_by(kind, referrer.resource)


def require_unreferenced(
    change: ChangeRequest, fence: int, row: ResourceRow, *, resources: Resources, find_kind: FindKind
) -> None:
    """Refuse to delete what others name, and take away the marks of those that do so no more.

    The row must have been read under the deletion's lock: since then nobody can mark it any more.
    Raises StillReferencedError and LockLostError.
    """
    users = users_of(row, resources=resources, find_kind=find_kind)
    stale = [each for each in row.resource.referenced_by if each not in users]
    if stale:
        row_of = ResourceKey(change.project, change.kind, change.name)
        resources.remove_referrers(row_of, stale, change=change.change, fence=fence)
    if users:
        raise StillReferencedError(in_use_sentence(ResourceName(kind=change.kind, name=change.name), users))


def in_use_sentence(named: ResourceName, users: tuple[ResourceName, ...]) -> str:
    """Say who stands in the way of a deletion, and what to do."""
    told = ", ".join(map(str, users[:USERS_TOLD]))
    more = f" and {len(users) - USERS_TOLD} more" if len(users) > USERS_TOLD else ""
    return f"The {named} is still used by {told}{more}. Take it out of these, or delete them, and try again."


def marks_at_the_end(
    change: ChangeRequest,
    row: ResourceRow,
    left: Resource,
    *,
    resources: Resources,
    find_kind: FindKind,
    still_running: bool = False,
) -> ReferenceChanges:
    """Say which marks go at a change's end: all that its old and its new spec had set, but for what stands now.

    Args:
        change: the change.
        row: the resource's row before its end is written.
        left: the resource as the change leaves it.
        resources: the mirror.
        find_kind: gives a kind by its name.
        still_running: an operation may still run: then no mark goes, for either spec may come to stand.
    """
    kind = find_kind(change.kind)
    if kind is None:
        return NO_REFERENCE_CHANGES
    old = frozenset[ResourceName]() if change.action is Action.CREATE else frozenset(named_by(kind, row.resource.spec))
    new = frozenset[ResourceName]() if change.action is Action.DELETE else frozenset(named_by(kind, change.spec))
    # An outcome under the lock: an earlier attempt has written the end already, and the old spec is not there any more.
    before = row.touched if row.resource.outcome is not None else ()
    touched = (old ^ new).union(before)
    undecided = still_running or left.status is ResourceStatus.NEEDS_OPERATOR
    going = frozenset[ResourceName]() if undecided else (old | new) - held_by(kind, left)
    if not touched and not going:
        return NO_REFERENCE_CHANGES
    rows = resources.get_all(change.project, touched | going)
    me = ResourceName(kind=change.kind, name=change.name)
    dropped = (name for name in going if name in rows and me in rows[name].resource.referenced_by)
    return ReferenceChanges(dropped=_sorted(dropped), touched=_sorted(name for name in touched if name in rows))


def _sorted(names: Iterable[ResourceName]) -> tuple[ResourceName, ...]:
    return tuple(sorted(names, key=ResourceName.sort_key))
