"""What people keep in resources: looked for before a deletion, and removed where a person has confirmed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stowage.domain.projects import Project


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a store holds: objects' versions, delete markers and unfinished uploads; `more` than were counted."""

    count: int
    more: bool

    def __str__(self) -> str:
        """Give it for a sentence: S3 has no call that counts, so that one page must do."""
        return f"{self.count:,}{'+' if self.more else ''} objects, old versions, delete markers or unfinished uploads"


@dataclass(frozen=True, slots=True)
class Removal:
    """How many were removed, and whether any remain."""

    removed: int
    more: bool


class Contents(Protocol):
    """The stores in a project's account, reached with a session narrowed to one of them; `person` is who asked."""

    def look(self, project: Project, store: str, *, person: str) -> Amount:
        """Count what the store holds, by one page; a store that does not exist holds nothing."""
        ...

    def remove(self, project: Project, store: str, *, person: str, until: datetime) -> Removal:
        """Remove versions, delete markers and unfinished uploads, page by page until then; repeating it is harmless.

        Raises BucketNotEmptyError for what S3 does not let go: Object Lock's retention, a legal hold.
        """
        ...
