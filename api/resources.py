"""Reading resources: two DynamoDB reads in parallel, never CloudFormation."""

import hashlib

from api.access import check_member
from api.call import Call
from api.cursors import from_cursor, to_cursor
from api.http import Answer, answer, dump
from api.parallel import read_both
from api.preconditions import names_tag, version_tag
from api.queries import parse_limit, refuse_unknown
from stowage.domain.errors import InvalidRequestError, NotFoundError
from stowage.domain.kinds import Kind
from stowage.domain.ports import Projects, ResourcePage, Resources
from stowage.domain.resources import Resource

LIMIT = 2000
"""Default and maximum: a project's whole inventory is one page, unless it is larger than DynamoDB's 1 MB
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html)."""


def list_resources(
    project: str,
    person: str,
    *,
    kind: str | None,
    limit: int,
    after: str | None,
    projects: Projects,
    resources: Resources,
) -> ResourcePage:
    """Give a page to a member, with the sequence number read before it. Raises NotFoundError or ForbiddenError."""
    membership, page = read_both(
        lambda: projects.get_membership(project, person),
        lambda: resources.list_page(project, kind=kind, limit=limit, after=after),
    )
    check_member(membership, project, projects=projects)
    return page


def read_resource(
    project: str, person: str, kind: Kind, name: str, *, projects: Projects, resources: Resources
) -> Resource:
    """Give the resource to a member. Raises NotFoundError, also for a deleted one, or ForbiddenError."""
    membership, row = read_both(
        lambda: projects.get_membership(project, person), lambda: resources.get(project, kind.kind, name)
    )
    check_member(membership, project, projects=projects)
    if row is None or row.deleted:
        raise NotFoundError(f"There is no {kind.title.lower()} {name!r} in {project!r}.")
    return row.resource


class ResourcesView:
    """The list of a project's resources; knows which kinds there are to filter by."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self._names = tuple(kind.kind for kind in kinds)

    def get_resources(self, call: Call) -> Answer:
        """Answer GET /v1/projects/{project}/resources; 304 when nothing changed since the ETag was given."""
        request = call.request
        project, kind = request.parameters["project"], request.query.get("kind")
        refuse_unknown(request.query, "kind", "limit", "cursor")
        if kind is not None and kind not in self._names:
            raise InvalidRequestError(f"kind must be one of {', '.join(self._names)}.")
        scope = ("resources", project, kind)
        page = list_resources(
            project,
            call.person,
            kind=kind,
            limit=parse_limit(request.query, default=LIMIT, maximum=LIMIT),
            after=from_cursor(request.query.get("cursor"), *scope),
            projects=call.ports.projects(),
            resources=call.ports.resources(),
        )
        body = dump({"items": page.items, "cursor": to_cursor(page.next_key, *scope), "seq": page.seq})
        # Of the whole body: a row can change without a message, when reconcile has looked at it.
        etag = f'W/"{page.seq}-{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
        headers = {"etag": etag, "cache-control": "private, no-cache"}
        if names_tag(request.headers.get("if-none-match"), etag):
            return Answer(304, "", headers)
        return Answer(200, body, headers)


class ResourceView:
    """One resource of one kind."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def get_resource(self, call: Call) -> Answer:
        """Answer GET …/{name}.

        The ETag speaks of the version alone, which is what If-Match of a write compares; the status may change under
        the same version, so that this route never answers 304.
        """
        parameters = call.request.parameters
        resource = read_resource(
            parameters["project"],
            call.person,
            self._kind,
            parameters["name"],
            projects=call.ports.projects(),
            resources=call.ports.resources(),
        )
        return answer(200, resource.to_wire(), {"etag": version_tag(resource.version)})
