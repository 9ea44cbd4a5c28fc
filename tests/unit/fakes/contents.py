"""What people keep in resources, in memory."""

from datetime import datetime

from stowage.domain.ports import Amount, Removal
from stowage.domain.projects import Project

PAGE = 1_000


class FakeContents:
    """Port `Contents`: `held` is how much each store holds, `kept` until when Object Lock keeps some of it.

    `raises` is what a call ends in.
    """

    def __init__(self) -> None:
        self.held: dict[str, int] = {}
        self.kept: str | None = None
        self.raises: Exception | None = None
        self.people: list[str] = []

    def look(self, project: Project, store: str, *, person: str, locked: bool = False) -> Amount:
        """Count up to a page; what Object Lock keeps is told only where it is asked for."""
        self._called(person)
        assert project.account
        held = self.held.get(store, 0)
        return Amount(min(held, PAGE), more=held > PAGE, kept=self.kept if locked else None)

    def remove(self, project: Project, store: str, *, person: str, until: datetime) -> Removal:
        """Remove a page; one page is all that time is for."""
        self._called(person)
        assert project.account
        assert until.tzinfo is not None
        held = self.held.get(store, 0)
        self.held[store] = max(0, held - PAGE)
        return Removal(min(held, PAGE), more=self.held[store] > 0)

    def _called(self, person: str) -> None:
        self.people.append(person)
        if self.raises is not None:
            raise self.raises
