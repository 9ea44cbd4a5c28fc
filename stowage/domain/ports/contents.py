"""What people keep in resources: looked for before a deletion, and removed where a person has confirmed it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stowage.domain.projects import Project


@dataclass(frozen=True, slots=True)
class Amount:
    """How much a store holds: objects' versions, delete markers and unfinished uploads; `more` than were counted.

    `kept` says until when nobody can remove at least one of them ("until 2027-01-31", "while its legal hold stands"),
    where that was asked for and is so.
    """

    count: int
    more: bool
    kept: str | None = None

    def __str__(self) -> str:
        """Give it for a sentence: S3 has no call that counts, so that one page must do."""
        if self.count == 1 and not self.more:
            amount = "1 object, old version, delete marker or unfinished upload"
        else:
            plus = "+" if self.more else ""
            amount = f"{self.count:,}{plus} objects, old versions, delete markers or unfinished uploads"
        return amount if self.kept is None else f"{amount}, at least one of which Object Lock keeps {self.kept}"


@dataclass(frozen=True, slots=True)
class Removal:
    """How many were removed, and whether any remain."""

    removed: int
    more: bool


class Contents(Protocol):
    """The stores in a project's account, reached with a session narrowed to one of them; `person` is who asked."""

    def look(self, project: Project, store: str, *, person: str, locked: bool = False) -> Amount:
        """Count what the store holds, by one page; a store that does not exist holds nothing.

        Of one that is `locked` the newest few of that page are asked whether Object Lock keeps them: what it keeps is
        known before anything is removed, though not all of it.
        """
        ...

    def remove(self, project: Project, store: str, *, person: str, until: datetime) -> Removal:
        """Remove versions, delete markers and unfinished uploads, page by page until then; repeating it is harmless.

        Raises BucketNotEmptyError for what S3 does not let go: Object Lock's retention, a legal hold.
        """
        ...
