"""What is kept of changes beside their rows, and raw histories, in memory."""

from typing import TYPE_CHECKING

from stowage.domain.change_specs import ChangeSpecs
from stowage.domain.changes import Action
from stowage.domain.errors import ConcurrentUpdateError, ExecutionNotFoundError
from stowage.domain.ports import HistoryPage
from stowage.domain.usual import Durations

if TYPE_CHECKING:
    from stowage.domain.history import HistoryEvent


class FakeChangeDetails:
    """Port `ChangeDetails`."""

    def __init__(self) -> None:
        self.specs: dict[tuple[str, str], ChangeSpecs] = {}
        self.durations: dict[tuple[str, Action], Durations] = {}

    def keep_specs(self, project: str, change: str, specs: ChangeSpecs) -> None:
        """Keep them, unless they are kept already."""
        self.specs.setdefault((project, change), specs)

    def get_specs(self, project: str, change: str) -> ChangeSpecs | None:
        """Give what was kept, or None."""
        return self.specs.get((project, change))

    def get_durations(self, kind: str, action: Action) -> Durations:
        """Give what was learnt; nothing yet is an empty record."""
        return self.durations.get((kind, action), Durations(kind=kind, action=action))

    def put_durations(self, durations: Durations, *, seen: int) -> None:
        """Keep what was learnt, if nobody has since the revision `seen`."""
        if self.get_durations(durations.kind, durations.action).revision != seen:
            raise ConcurrentUpdateError("Somebody has learnt meanwhile.")
        self.durations[durations.kind, durations.action] = durations


class FakeHistories:
    """Port `Histories`: `by_name` holds the events; a page's key is where the next one begins."""

    def __init__(self) -> None:
        self.by_name: dict[str, tuple[HistoryEvent, ...]] = {}

    def events(self, name: str, *, limit: int, after: str | None) -> HistoryPage:
        """Give a page of events."""
        if name not in self.by_name:
            raise ExecutionNotFoundError(f"There is no execution {name}.")
        start, events = int(after or 0), self.by_name[name]
        end = start + limit
        return HistoryPage(events[start:end], str(end) if end < len(events) else None)
