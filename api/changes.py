"""GET …/changes: the changes of a project; and finding one of them."""

import re
from collections.abc import Mapping
from enum import StrEnum

from api.access import check_member
from api.call import Call
from api.cursors import from_cursor, to_cursor
from api.execution_truth import change_of, request_of
from api.http import Answer, answer
from api.parallel import read_both
from api.queries import parse_limit, parse_time, refuse_unknown
from stowage.domain.changes import Action, Change, ChangeStatus
from stowage.domain.endings import as_ended
from stowage.domain.errors import ExecutionNotFoundError, InvalidRequestError, NotFoundError
from stowage.domain.kinds import Kind
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import ChangeFilter, ChangePage, Changes, Execution, Executions, Projects
from stowage.domain.wire import WireModel

LIMIT = 100
MAXIMUM = 1000
FILTERS = ("resource", "kind", "action", "status", "actor", "outcome", "since", "until")
CHANGE_ID = re.compile(r"chg-[0-9a-f]{32}")
EMAIL_LENGTH = 254


class ChangeList(WireModel):
    """A page of changes, newest first, each without its states."""

    items: tuple[Change, ...]
    cursor: str | None


def list_changes(
    project: str,
    person: str,
    which: ChangeFilter,
    *,
    limit: int,
    after: str | None,
    projects: Projects,
    changes: Changes,
) -> ChangePage:
    """Give a page of changes to a member. Raises NotFoundError or ForbiddenError."""
    membership, page = read_both(
        lambda: projects.get_membership(project, person),
        lambda: changes.list_page(project, which, limit=limit, after=after),
    )
    check_member(membership, project, projects=projects)
    return page


def find_change(project: str, change: str, row: Change | None, *, executions: Executions) -> Change:
    """Give a change as it stands now, without its states: as its row tells it, or while that does not, its execution.

    Raises NotFoundError.
    """
    if row is not None and row.status is not ChangeStatus.RUNNING:
        return row
    try:
        execution = executions.describe(change)
    except ExecutionNotFoundError:
        if row is None:
            raise missing(project, change) from None
        return row
    return as_ended(row, execution) if row is not None else _from_execution(project, execution)


def _from_execution(project: str, execution: Execution) -> Change:
    """Give the change of an execution, if it is this project's: the id alone proves nothing."""
    request = request_of(execution)
    if request is None or request.project != project:
        raise missing(project, execution.name)
    return change_of(request, execution)


def missing(project: str, change: str) -> NotFoundError:
    """Give the refusal of a change that is not there."""
    return NotFoundError(f"There is no change {change!r} in {project!r}.")


class ChangesView:
    """The project's changes; knows which kinds there are to filter by."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        # Both are said: `bucket/invoices` as in a resource, `buckets/invoices` as in its URL.
        self._kinds = {word: kind.kind for kind in kinds for word in (kind.kind, kind.path)}

    def get_changes(self, call: Call) -> Answer:
        """Answer GET /v1/projects/{project}/changes."""
        query, project = call.request.query, call.request.parameters["project"]
        refuse_unknown(query, *FILTERS, "limit", "cursor")
        scope = ("changes", project, *(query.get(name) for name in FILTERS))
        page = list_changes(
            project,
            call.person,
            self._filter(query),
            limit=parse_limit(query, default=LIMIT, maximum=MAXIMUM),
            after=from_cursor(query.get("cursor"), *scope),
            projects=call.ports.projects(),
            changes=call.ports.changes(),
        )
        return answer(200, ChangeList(items=page.items, cursor=to_cursor(page.next_key, *scope)).to_wire())

    def _filter(self, query: Mapping[str, str]) -> ChangeFilter:
        actor = query.get("actor")
        outcome = _one_of(query, "outcome", Outcome)
        action, status = _one_of(query, "action", Action), _one_of(query, "status", ChangeStatus)
        if actor is not None and not 0 < len(actor) <= EMAIL_LENGTH:
            raise InvalidRequestError("actor must be the e-mail address, or the id, of a person.")
        since, until = parse_time(query, "since"), parse_time(query, "until")
        if since is not None and until is not None and since >= until:
            raise InvalidRequestError("since must be before until.")
        resource, kind = self._resource(query.get("resource")), self._kind(query.get("kind"))
        if resource is not None and kind not in {None, resource[0]}:
            raise InvalidRequestError("resource is of another kind than kind says.")
        return ChangeFilter(resource, kind, action, status, actor, outcome, since, until)

    def _kind(self, word: str | None) -> str | None:
        if word is None:
            return None
        if word not in self._kinds:
            raise InvalidRequestError(f"kind must be one of {', '.join(dict.fromkeys(self._kinds.values()))}.")
        return self._kinds[word]

    def _resource(self, text: str | None) -> tuple[str, str] | None:
        if text is None:
            return None
        word, _, name = text.partition("/")
        if word not in self._kinds or not 0 < len(name) <= EMAIL_LENGTH:
            raise InvalidRequestError(
                f"resource must be a kind and a name, such as {next(iter(self._kinds))}/invoices."
            )
        return self._kinds[word], name


def _one_of(query: Mapping[str, str], name: str, words: type[StrEnum]) -> str | None:
    """Give a parameter that must be one of these words. Raises InvalidRequestError."""
    word = query.get(name)
    if word is not None and word not in set(words):
        raise InvalidRequestError(f"{name} must be one of {', '.join(words)}.")
    return word
