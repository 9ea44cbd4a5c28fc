"""Every route of the API, once: the resolver serves this list, the OpenAPI document describes it."""

from api.call import Route
from api.changes import ChangesView
from api.health import get_health
from api.kinds import KindsView
from api.me import get_me, get_projects
from api.members import delete_member, get_members, put_member
from api.projects import ProjectView
from api.resource_writes import ResourceWrites
from api.resources import ResourcesView, ResourceView
from api.socket_tickets import post_socket_ticket
from stowage.domain.kinds import Kind

PROJECT = "/v1/projects/<project>"


def routes_of(kinds: tuple[Kind, ...]) -> tuple[Route, ...]:
    """Give the routes; a kind brings its own three."""
    changes = ChangesView(kinds)
    return (
        Route("GET", "/v1/health", "getHealth", get_health, public=True),
        Route("GET", "/v1/me", "getMe", get_me),
        Route("GET", "/v1/kinds", "listKinds", KindsView(kinds).get_kinds),
        Route("POST", "/v1/socket-tickets", "createSocketTicket", post_socket_ticket),
        Route("GET", "/v1/projects", "listProjects", get_projects),
        Route("GET", PROJECT, "getProject", ProjectView(kinds).get_project),
        Route("GET", f"{PROJECT}/members", "listMembers", get_members),
        Route("PUT", f"{PROJECT}/members/<person>", "putMember", put_member),
        Route("DELETE", f"{PROJECT}/members/<person>", "deleteMember", delete_member),
        Route("GET", f"{PROJECT}/resources", "listResources", ResourcesView(kinds).get_resources),
        Route("GET", f"{PROJECT}/changes", "listChanges", changes.get_changes),
        Route("GET", f"{PROJECT}/changes/<change>", "getChange", changes.get_change),
        *(route for kind in kinds for route in _routes_of_kind(kind)),
    )


def _routes_of_kind(kind: Kind) -> tuple[Route, ...]:
    path = f"{PROJECT}/{kind.path}/<name>"
    name = "".join(word.capitalize() for word in kind.kind.split("-"))
    writes = ResourceWrites(kind)
    return (
        Route("GET", path, f"get{name}", ResourceView(kind).get_resource, kind=kind),
        Route("PUT", path, f"put{name}", writes.put_resource, kind=kind),
        Route("DELETE", path, f"delete{name}", writes.delete_resource, kind=kind),
    )
