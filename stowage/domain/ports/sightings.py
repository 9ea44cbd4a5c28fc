"""What stack events write to the mirror: a group of attributes on a resource's row (invariants L4, M1)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from stowage.domain.merge import Sight
from stowage.domain.ports.mirror import ResourceKey
from stowage.domain.resources import ResourceRow
from stowage.domain.stack_events import StackEvent


@dataclass(frozen=True, slots=True)
class Sighted:
    """A row with what events made of it; `news` tells whether these very events changed anything."""

    row: ResourceRow
    sight: Sight
    news: bool


class Sightings(Protocol):
    """The rows of resources, by their stacks, as far as stack events write them."""

    def find(self, project: str, stack_name: str) -> ResourceKey | None:
        """Tell whose stack has this name in the project's account, or None; a tombstone counts."""
        ...

    def merge(self, row_of: ResourceKey, stack_id: str, events: Iterable[StackEvent]) -> Sighted | None:
        """Merge events of one stack into the row, and nothing else of it; in any order, and repeated, alike.

        Gives None, and writes nothing, when the row is a tombstone or knows no stack of this id (invariant M2).
        Raises ConcurrentUpdateError when others keep writing.
        """
        ...
