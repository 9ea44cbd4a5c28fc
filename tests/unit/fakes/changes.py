"""Change rows in memory."""

from stowage.domain.changes import Change
from stowage.domain.ports import ChangeFilter, ChangePage


def _wanted(change: Change, which: ChangeFilter) -> bool:
    return (
        (which.resource is None or (change.kind, change.name) == which.resource)
        and (which.kind is None or change.kind == which.kind)
        and (which.action is None or change.action == which.action)
        and (which.status is None or change.status == which.status)
        and (which.actor is None or which.actor in {change.actor, change.actor_id})
        and (which.outcome is None or change.outcome == which.outcome)
        and (which.since is None or change.started_at >= which.since)
        and (which.until is None or change.started_at < which.until)
    )


class FakeChanges:
    """Port `Changes`; `rows` is the table."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Change] = {}

    def get(self, project: str, change: str) -> Change | None:
        """Give the change or None."""
        return self.rows.get((project, change))

    def put_started(self, change: Change) -> None:
        """Keep the running change unless its row exists."""
        self.rows.setdefault((change.project, change.id), change.model_copy(update={"states": ()}))

    def put_ended(self, change: Change) -> None:
        """Keep the ended change, whole."""
        self.rows[change.project, change.id] = change.model_copy(update={"states": ()})

    def list_page(self, project: str, which: ChangeFilter, *, limit: int, after: str | None) -> ChangePage:
        """Give the wanted changes, newest first; a page's key is `<startedAt>#<change>`."""
        found = {
            f"{change.started_at}#{change.id}": change
            for (of, _), change in self.rows.items()
            if of == project and _wanted(change, which)
        }
        keys = [key for key in sorted(found, reverse=True) if after is None or key < after]
        page = keys[:limit]
        return ChangePage(tuple(found[key] for key in page), page[-1] if len(keys) > limit else None)
