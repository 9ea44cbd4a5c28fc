"""Every route of the API, once: the resolvers serve these lists, the OpenAPI document describes them."""

from collections.abc import Callable

from api.call import Address, Call, Route
from api.change_detail import get_change
from api.change_history import get_history
from api.changes import ChangesView
from api.credentials import CredentialsView
from api.handovers import HandoversView
from api.health import get_health
from api.http import Answer
from api.kinds import KindsView
from api.lock_break import LockView
from api.me import get_me, get_projects
from api.members import delete_member, get_members, post_member, put_member
from api.notices import get_notices
from api.open_handover import RevealView
from api.projects import ProjectView
from api.reconciliations import get_reconciliations, post_reconcile
from api.resource_actions import ResourceActions
from api.resource_writes import ResourceWrites
from api.resources import ResourcesView, ResourceView
from api.rotations import RotationsView
from api.socket_tickets import post_socket_ticket
from api.stop_change import post_stop
from stowage.domain.kinds import Kind

PROJECT = "/v1/projects/<project>"


def routes_of(kinds: tuple[Kind, ...]) -> tuple[Route, ...]:
    """Give the routes of the API's own function; a kind brings four, and eight more if it has credentials."""
    changes = ChangesView(kinds)
    return (
        Route("GET", "/v1/health", "getHealth", get_health, public=True),
        Route("GET", "/v1/me", "getMe", get_me),
        Route("GET", "/v1/kinds", "listKinds", KindsView(kinds).get_kinds),
        Route("POST", "/v1/socket-tickets", "createSocketTicket", post_socket_ticket),
        Route("GET", "/v1/projects", "listProjects", get_projects),
        Route("GET", PROJECT, "getProject", ProjectView(kinds).get_project),
        Route("GET", f"{PROJECT}/members", "listMembers", get_members),
        Route("POST", f"{PROJECT}/members", "addMember", post_member),
        Route("PUT", f"{PROJECT}/members/<person>", "putMember", put_member),
        Route("DELETE", f"{PROJECT}/members/<person>", "deleteMember", delete_member),
        Route("GET", f"{PROJECT}/resources", "listResources", ResourcesView(kinds).get_resources),
        Route("GET", f"{PROJECT}/changes", "listChanges", changes.get_changes),
        Route("GET", f"{PROJECT}/changes/<change>", "getChange", get_change),
        Route("GET", f"{PROJECT}/changes/<change>/history", "listHistory", get_history),
        Route("POST", f"{PROJECT}/changes/<change>/stop", "stopChange", post_stop),
        Route("GET", f"{PROJECT}/notices", "listNotices", get_notices),
        Route("GET", f"{PROJECT}/reconciliations", "listReconciliations", get_reconciliations),
        Route("POST", f"{PROJECT}/reconcile", "reconcileProject", post_reconcile),
        *(route for kind in kinds for route in _routes_of_kind(kind)),
    )


def reveal_routes(kinds: tuple[Kind, ...]) -> tuple[Route, ...]:
    """Give the routes of the public function: it alone may read a secret, and it can do nothing else."""
    reveal = RevealView(kinds).post_reveal
    return (Route("POST", "/v1/handovers/<handover>/reveal", "revealHandover", reveal, public=True),)


def lock_routes(kinds: tuple[Kind, ...]) -> tuple[Route, ...]:
    """Give the routes of the function that breaks locks: it may look at stacks, and operators alone are let in."""
    return tuple(
        Route(
            *_lock_address(kind),
            f"break{_word(kind)}Lock",
            LockView(kind).post_break,
            kind=kind,
            part="break a lock",
        )
        for kind in kinds
    )


def lock_addresses(kinds: tuple[Kind, ...]) -> tuple[Address, ...]:
    """Give the addresses of lock_routes alone: who names them reaches nothing of what serves them."""
    return tuple(_lock_address(kind) for kind in kinds)


def _lock_address(kind: Kind) -> Address:
    return Address("POST", f"{PROJECT}/{kind.path}/<name>/lock/break")


def every_route(kinds: tuple[Kind, ...]) -> tuple[Route, ...]:
    """Give what the gateway serves, by whichever function."""
    return (*routes_of(kinds), *reveal_routes(kinds), *lock_routes(kinds))


def _word(kind: Kind) -> str:
    """Give the kind's name as operations bear it: sftp-user is SftpUser."""
    return "".join(word.capitalize() for word in kind.kind.split("-"))


def _routes_of_kind(kind: Kind) -> tuple[Route, ...]:
    path = f"{PROJECT}/{kind.path}/<name>"
    name = _word(kind)
    writes = ResourceWrites(kind)
    return (
        Route("GET", path, f"get{name}", ResourceView(kind).get_resource, kind=kind),
        Route("PUT", path, f"put{name}", writes.put_resource, kind=kind),
        Route("DELETE", path, f"delete{name}", writes.delete_resource, kind=kind),
        Route(
            "POST",
            f"{path}/actions/<action>",
            f"act{name}",
            ResourceActions(kind).post_action,
            kind=kind,
            part="act on a resource",
        ),
        *_routes_of_credentials(kind, path, name),
    )


def _routes_of_credentials(kind: Kind, path: str, name: str) -> tuple[Route, ...]:
    """Give the routes of a kind whose resources have access keys."""
    if kind.credentials is None:
        return ()
    rules = kind.credentials
    keys, rotations, handovers = CredentialsView(kind, rules), RotationsView(kind, rules), HandoversView(kind, rules)
    rotation, handover = f"{path}/rotations/<rotation>", f"{path}/handovers/<handover>"

    def route(method: str, at: str, operation: str, part: str, serve: Callable[[Call], Answer]) -> Route:
        return Route(method, at, operation, serve, kind=kind, part=part)

    return (
        route("GET", f"{path}/credentials", f"get{name}Credentials", "read credentials", keys.get_credentials),
        route("POST", f"{path}/rotations", f"rotate{name}Credentials", "rotate credentials", rotations.post_rotation),
        route("POST", f"{rotation}/advance", f"advance{name}Rotation", "advance a rotation", rotations.post_advance),
        route("POST", f"{rotation}/undo", f"undo{name}Rotation", "undo a rotation", rotations.post_undo),
        route("GET", f"{path}/handovers", f"list{name}Handovers", "list handovers", handovers.get_handovers),
        route("POST", f"{path}/handovers", f"create{name}Handover", "create a handover", handovers.post_handover),
        route("GET", handover, f"get{name}Handover", "read a handover", handovers.get_handover),
        route("DELETE", handover, f"revoke{name}Handover", "revoke a handover", handovers.delete_handover),
    )
