"""What is kept of a change beside its row: what it asked for, what stood before, how long its states took."""

from dataclasses import dataclass
from typing import Protocol

from stowage.domain.change_specs import ChangeSpecs
from stowage.domain.changes import Action
from stowage.domain.history import HistoryEvent
from stowage.domain.usual import Durations


class ChangeDetails(Protocol):
    """Rows that no list reads."""

    def keep_specs(self, project: str, change: str, specs: ChangeSpecs) -> None:
        """Keep them, unless they are kept already."""
        ...

    def get_specs(self, project: str, change: str) -> ChangeSpecs | None:
        """Give what was kept, or None."""
        ...

    def get_durations(self, kind: str, action: Action) -> Durations:
        """Give what was learnt of this kind and action; nothing yet is an empty record."""
        ...

    def put_durations(self, durations: Durations, *, seen: int) -> None:
        """Keep what was learnt, if nobody has since the revision `seen`. Raises ConcurrentUpdateError."""
        ...


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of an execution's events, oldest first; `next_key` is opaque, as a ResourcePage's is."""

    items: tuple[HistoryEvent, ...]
    next_key: str | None


class Histories(Protocol):
    """The raw histories of the executions of change_resource."""

    def events(self, name: str, *, limit: int, after: str | None) -> HistoryPage:
        """Give a page of events without any task token.

        Raises ExecutionNotFoundError, and InvalidRequestError when `after` is no page's `next_key` (any more).
        """
        ...
