"""What stands in a project, and what is about to: asked before something is taken from under it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from stowage.domain.changes import ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.ports import ChangeFilter, Changes, Clock, Projects, Resources
from stowage.domain.projects import Project

REQUEST_SECONDS = 30
"""After so long no request runs that read the project before it was changed: the API's function ends after 25 s."""
CHANGE_DAYS = 2
"""No change runs for longer; older ones need not be looked at."""
NAMED = 20
PAGE = 100


@dataclass(frozen=True, slots=True)
class Mirror:
    """What the hub knows of its projects."""

    projects: Projects
    resources: Resources
    changes: Changes
    clock: Clock


def standing(project: Project, resources: Resources, kind: str | None = None) -> Iterator[str]:
    """Give the project's resources, of one kind or of all, each with its status."""
    after: str | None = None
    while True:
        page = resources.list_page(project.id, kind=kind, limit=PAGE, after=after)
        yield from (f"{row['kind']} {row['name']} ({row['status']})" for row in page.items)
        after = page.next_key
        if after is None:
            return


def running(project: Project, mirror: Mirror, kind: str | None = None) -> Iterator[str]:
    """Give the running changes; a creation that has just begun has no resource's row yet."""
    which = ChangeFilter(since=to_iso(mirror.clock.now() - timedelta(days=CHANGE_DAYS)))
    after: str | None = None
    while True:
        page = mirror.changes.list_page(project.id, which, limit=PAGE, after=after)
        yield from (
            f"{change.id} ({change.action} {change.kind} {change.name})"
            for change in page.items
            if change.status is ChangeStatus.RUNNING and kind in {None, change.kind}
        )
        after = page.next_key
        if after is None:
            return


def named(things: Sequence[str]) -> str:
    """Give the first of many for a sentence, with the number of the others."""
    more = f" and {len(things) - NAMED} more" if len(things) > NAMED else ""
    return f"{', '.join(things[:NAMED])}{more}"
