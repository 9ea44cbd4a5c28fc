"""What a request is told of references before it begins; the machine decides anew, under the lock."""

from api.spec_check import SpecCheck
from stowage.domain.changes import Action, Spec
from stowage.domain.errors import InvalidSpecError, ResourceInUseError
from stowage.domain.ports import Resources
from stowage.domain.references import FindKind, held_by, in_use_sentence, missing_faults, users_of
from stowage.domain.resources import ResourceName, ResourceRow


def check_named(
    project: str, check: SpecCheck, spec: Spec, action: Action, row: ResourceRow | None, *, resources: Resources
) -> None:
    """Refuse a spec that begins to name what does not stand. Raises InvalidSpecError with a pointer to each."""
    standing = row.resource if row is not None and action is Action.UPDATE else None
    held = held_by(check.kind, standing)
    if faults := missing_faults(project, check.kind, spec, held, resources=resources):
        raise InvalidSpecError(faults)


def check_unused(row: ResourceRow, *, resources: Resources, find_kind: FindKind) -> None:
    """Refuse to delete what others name. Raises ResourceInUseError, which names them."""
    if users := users_of(row, resources=resources, find_kind=find_kind):
        named = ResourceName(kind=row.resource.kind, name=row.resource.name)
        raise ResourceInUseError(in_use_sentence(named, users), tuple((user.kind, user.name) for user in users))
