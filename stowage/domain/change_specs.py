"""What a change asked for, and what stood before it: kept when it begins, for whoever looks at it later."""

from dataclasses import dataclass

from stowage.domain.changes import RECOVERIES, Action, ChangeRequest, Spec


@dataclass(frozen=True, slots=True)
class ChangeSpecs:
    """The spec that a change asked for, and the one that stood before it.

    None: it asked for none (a deletion, a recovery), none stood (a creation).
    """

    spec: Spec | None
    before: Spec | None


def specs_of(request: ChangeRequest, standing: Spec | None) -> ChangeSpecs:
    """Give what is kept of a change that begins; `standing` is the resource's spec, None where none is known."""
    asks_for_none = request.action is Action.DELETE or request.mode in RECOVERIES
    before = None if request.action is Action.CREATE else standing
    return ChangeSpecs(spec=None if asks_for_none else request.spec, before=before)
