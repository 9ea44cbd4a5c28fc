"""GET …/changes/{change}/history: the events of the change's execution, as Step Functions has written them down."""

from api.access import check_member
from api.call import Call
from api.changes import CHANGE_ID, find_change, missing
from api.cursors import from_cursor, to_cursor
from api.http import Answer, answer
from api.parallel import read_both
from api.queries import parse_limit, refuse_unknown
from stowage.domain.errors import ExecutionNotFoundError
from stowage.domain.history import HistoryEvent
from stowage.domain.ports import HistoryPage
from stowage.domain.wire import WireModel

LIMIT = 100
MAXIMUM = 200


class HistoryList(WireModel):
    """A page of events, oldest first; none once Step Functions has forgotten the execution, 90 days after its end."""

    items: tuple[HistoryEvent, ...]
    cursor: str | None


def get_history(call: Call) -> Answer:
    """Answer GET …/changes/{change}/history."""
    project, change, query = (
        call.request.parameters["project"],
        call.request.parameters["change"],
        call.request.query,
    )
    refuse_unknown(query, "limit", "cursor")
    limit = parse_limit(query, default=LIMIT, maximum=MAXIMUM)
    # Step Functions' own token is good for the same page size alone.
    scope = ("history", project, change, str(limit))
    after = from_cursor(query.get("cursor"), *scope)
    projects, changes = call.ports.projects(), call.ports.changes()
    known = CHANGE_ID.fullmatch(change) is not None
    membership, row = read_both(
        lambda: projects.get_membership(project, call.person), lambda: changes.get(project, change) if known else None
    )
    check_member(membership, project, projects=projects)
    if not known:
        raise missing(project, change)
    if row is None:
        # The id alone proves nothing: whose change it is, its execution tells.
        find_change(project, change, row, executions=call.ports.executions())
    try:
        page = call.ports.histories().events(change, limit=limit, after=after)
    except ExecutionNotFoundError:
        page = HistoryPage((), None)
    return answer(200, HistoryList(items=page.items, cursor=to_cursor(page.next_key, *scope)).to_wire())
