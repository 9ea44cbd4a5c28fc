"""Notices in memory."""

from stowage.domain.notices import Notice, NoticeCode


class FakeNotices:
    """Port `Notices`; `rows` is the table."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Notice] = {}

    def put(self, notice: Notice) -> bool:
        """Keep the notice unless it is there."""
        return self.rows.setdefault((notice.project, notice.id), notice) is notice

    def list_newest(self, project: str, *, limit: int) -> tuple[Notice, ...]:
        """Give the project's newest notices, newest first."""
        mine = [notice for (of, _), notice in self.rows.items() if of == project]
        return tuple(sorted(mine, key=lambda notice: (notice.at, notice.id), reverse=True)[:limit])

    @property
    def codes(self) -> list[NoticeCode]:
        """Give the codes of all notices, in the order they came."""
        return [notice.code for notice in self.rows.values()]
