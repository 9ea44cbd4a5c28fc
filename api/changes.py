"""Reading changes: the history of a project, and one change with its states."""

import re
from collections.abc import Mapping

from api.access import check_member
from api.call import Call
from api.cursors import from_cursor, to_cursor
from api.execution_truth import change_of, request_of
from api.http import Answer, answer
from api.parallel import read_both
from api.queries import parse_limit, parse_time, refuse_unknown
from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.endings import as_ended
from stowage.domain.errors import ExecutionNotFoundError, InvalidRequestError, NotFoundError
from stowage.domain.kinds import Kind
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import ChangeFilter, ChangePage, Changes, Execution, Executions, Projects
from stowage.domain.wire import WireModel

LIMIT = 100
MAXIMUM = 1000
FILTERS = ("resource", "actor", "outcome", "since", "until")
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


def read_change(
    project: str, person: str, change: str, *, projects: Projects, changes: Changes, executions: Executions
) -> Change:
    """Give a change with its states to a member.

    The row tells it; without a row (yet), or when the row says RUNNING, its execution is asked: an execution may have
    ended without a task to write it down. The states are Step Functions' own, and gone 90 days after the end.

    Raises NotFoundError or ForbiddenError.
    """
    membership, row = read_both(lambda: projects.get_membership(project, person), lambda: changes.get(project, change))
    check_member(membership, project, projects=projects)
    return _with_states(_told(project, change, row, executions), executions)


def find_change(project: str, change: str, *, changes: Changes, executions: Executions) -> Change:
    """Give a change as it stands now, without its states. Raises NotFoundError."""
    return _told(project, change, changes.get(project, change), executions)


def _told(project: str, change: str, row: Change | None, executions: Executions) -> Change:
    if row is not None and row.status is not ChangeStatus.RUNNING:
        return row
    try:
        execution = executions.describe(change)
    except ExecutionNotFoundError:
        if row is None:
            raise _missing(project, change) from None
        return row
    return as_ended(row, execution) if row is not None else _from_execution(project, execution)


def _from_execution(project: str, execution: Execution) -> Change:
    """Give the change of an execution, if it is this project's: the id alone proves nothing."""
    request = request_of(execution)
    if request is None or request.project != project:
        raise _missing(project, execution.name)
    return change_of(request, execution)


def _with_states(change: Change, executions: Executions) -> Change:
    try:
        return change.model_copy(update={"states": executions.states(change.id)})
    except ExecutionNotFoundError:
        return change


def _missing(project: str, change: str) -> NotFoundError:
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

    def get_change(self, call: Call) -> Answer:
        """Answer GET /v1/projects/{project}/changes/{change}."""
        project, change = call.request.parameters["project"], call.request.parameters["change"]
        projects = call.ports.projects()
        if not CHANGE_ID.fullmatch(change):
            # Step Functions would refuse such a name; but who is no member still learns nothing else.
            check_member(projects.get_membership(project, call.person), project, projects=projects)
            raise _missing(project, change)
        found = read_change(
            project,
            call.person,
            change,
            projects=projects,
            changes=call.ports.changes(),
            executions=call.ports.executions(),
        )
        return answer(200, found.to_wire())

    def _filter(self, query: Mapping[str, str]) -> ChangeFilter:
        outcome, actor = query.get("outcome"), query.get("actor")
        if outcome is not None and outcome not in Outcome.__members__:
            raise InvalidRequestError(f"outcome must be one of {', '.join(Outcome)}.")
        if actor is not None and not 0 < len(actor) <= EMAIL_LENGTH:
            raise InvalidRequestError("actor must be the e-mail address, or the id, of a person.")
        since, until = parse_time(query, "since"), parse_time(query, "until")
        if since is not None and until is not None and since >= until:
            raise InvalidRequestError("since must be before until.")
        return ChangeFilter(self._resource(query.get("resource")), actor, outcome, since, until)

    def _resource(self, text: str | None) -> tuple[str, str] | None:
        if text is None:
            return None
        word, _, name = text.partition("/")
        if word not in self._kinds or not 0 < len(name) <= EMAIL_LENGTH:
            raise InvalidRequestError(
                f"resource must be a kind and a name, such as {next(iter(self._kinds))}/invoices."
            )
        return self._kinds[word], name
