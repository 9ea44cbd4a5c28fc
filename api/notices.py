"""GET /v1/projects/{project}/notices: what the project's people should know although nobody asked."""

from api.access import check_member
from api.call import Call
from api.http import Answer, answer
from api.parallel import read_both
from api.queries import parse_limit, refuse_unknown
from stowage.domain.notices import NoticeCode
from stowage.domain.wire import WireModel

LIMIT = 50
MAXIMUM = 100


class ToldNotice(WireModel):
    """A notice of a project."""

    id: str
    code: NoticeCode
    kind: str
    name: str
    text: str
    at: str


class NoticeList(WireModel):
    """The newest notices, newest first."""

    items: tuple[ToldNotice, ...]


def get_notices(call: Call) -> Answer:
    """Answer GET …/notices; a notice of a moment ago may be missing."""
    project, query = call.request.parameters["project"], call.request.query
    refuse_unknown(query, "limit")
    limit = parse_limit(query, default=LIMIT, maximum=MAXIMUM)
    projects, notices = call.ports.projects(), call.ports.notices()
    membership, found = read_both(
        lambda: projects.get_membership(project, call.person), lambda: notices.list_newest(project, limit=limit)
    )
    check_member(membership, project, projects=projects)
    items = tuple(ToldNotice.model_validate(each.model_dump(exclude={"project"})) for each in found)
    return answer(200, NoticeList(items=items).to_wire())
