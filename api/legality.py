"""What a resource's state allows, held against what somebody asks for: one refusal for PUT, DELETE and every action."""

from collections.abc import Set as AbstractSet

from stowage.domain.errors import ActionNotLegalError
from stowage.domain.next_actions import NextAction
from stowage.domain.resources import Resource

BY_VERB: dict[str, tuple[str, frozenset[NextAction]]] = {
    "put": ("A new spec", frozenset({NextAction.UPDATE, NextAction.RECREATE})),
    "delete": ("A deletion", frozenset({NextAction.DELETE, NextAction.FORGET})),
}
"""How a verb is called, and the actions any of which makes it legal: a PUT of what is missing makes it anew, a DELETE
of what has no stack forgets it."""


def require_legal(resource: Resource, what: str, any_of: AbstractSet[NextAction]) -> None:
    """Raise ActionNotLegalError, with what is legal instead, unless the resource offers one of these."""
    offered = resource.next_actions
    if not any_of.isdisjoint(offered):
        return
    legal = tuple(each.value for each in offered)
    possible = ", ".join(legal) or "nothing, until an operator has mended it"
    raise ActionNotLegalError(
        f"{what} is not possible for {resource.name!r} as it stands ({resource.status.value}, its stack "
        f"{resource.stack_status or 'unknown'}). Possible now: {possible}.",
        legal,
    )
