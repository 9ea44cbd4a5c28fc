"""Role, route, project: every cell of who may do what, against every route that the API has.

The rows are written by hand, the routes are the API's own: a route without a row fails, and so does a row without one.
"""

from dataclasses import dataclass
from typing import Any

import pytest

from api.call import Route
from api.routes import PROJECT, every_route
from stowage.catalog.registry import all_kinds
from stowage.domain.changes import Action, Change, ChangeStatus
from stowage.domain.credentials import RotationStep
from stowage.domain.kinds import Kind
from stowage.domain.onboarding import SignIn
from stowage.domain.projects import Person
from tests.unit.api.credentials import HANDOVER, ROTATION, STACK, handover, lay_user, running
from tests.unit.api.world import Reply, World
from tests.unit.fakes.kinds import crate, safe
from tests.unit.fakes.people import AUDITOR, MANAGER, OPERATOR, STRANGER, member, populated, project
from tests.unit.fakes.resources import resource_row

KINDS = (*all_kinds(), crate(), safe())
ROUTES = every_route(KINDS)
PEOPLE: dict[str, Person | None] = {
    "nobody": None,
    "auditor": AUDITOR,
    "manager": MANAGER,
    "operator": OPERATOR,
    "stranger": STRANGER,
}
PROJECTS = ("apollo", "hermes", "gemini", "nowhere")
"""In apollo everybody but the stranger has the role they are called by; so they have in hermes, whose managers keep
the members too. In gemini nobody of them is anything, and nowhere is no project."""
CHANGE = "chg-" + "1" * 32
STANDING = ("apollo", "hermes", "gemini")

# Who gets what: nobody (no token), auditor, manager, operator, stranger.
ANYWHERE = {
    "getHealth": (200, 200, 200, 200, 200),
    "getMe": (401, 200, 200, 200, 200),
    "listKinds": (401, 200, 200, 200, 200),
    "createSocketTicket": (401, 201, 201, 201, 201),
    "listProjects": (401, 200, 200, 200, 200),
    # Whoever has the link, and nobody by a role.
    "revealHandover": (404, 404, 404, 404, 404),
}
IN_PROJECT = {
    "getProject": (401, 200, 200, 200, 403),
    "listMembers": (401, 403, 403, 200, 403),
    "addMember": (401, 403, 403, 200, 403),
    "putMember": (401, 403, 403, 200, 403),
    "deleteMember": (401, 403, 403, 204, 403),
    "listReconciliations": (401, 200, 200, 200, 403),
    "reconcileProject": (401, 403, 403, 202, 403),
    "listResources": (401, 200, 200, 200, 403),
    "listChanges": (401, 200, 200, 200, 403),
    "getChange": (401, 200, 200, 200, 403),
    "listHistory": (401, 200, 200, 200, 403),
    # The change there has ended: whoever may stop it is told so.
    "stopChange": (401, 403, 409, 409, 403),
    "listNotices": (401, 200, 200, 200, 403),
    "read credentials": (401, 200, 200, 200, 403),
    "rotate credentials": (401, 403, 202, 202, 403),
    "advance a rotation": (401, 403, 202, 202, 403),
    "undo a rotation": (401, 403, 202, 202, 403),
    "list handovers": (401, 200, 200, 200, 403),
    "create a handover": (401, 403, 201, 201, 403),
    "read a handover": (401, 200, 200, 200, 403),
    "revoke a handover": (401, 403, 200, 200, 403),
    "GET a resource": (401, 200, 200, 200, 403),
    # What stands as asked can be neither retried nor repaired: whoever may is told so.
    "act on a resource": (401, 403, 409, 409, 403),
    # Nobody holds it there: whoever may break a lock is told so.
    "break a lock": (401, 403, 403, 409, 403),
    "PUT a resource": (401, 403, 202, 202, 403),
    "DELETE a resource": (401, 403, 202, 202, 403),
}
WHERE_MANAGERS_KEEP_MEMBERS = {
    **IN_PROJECT,
    "listMembers": (401, 403, 200, 200, 403),
    "addMember": (401, 403, 200, 200, 403),
    "putMember": (401, 403, 200, 200, 403),
    "deleteMember": (401, 403, 204, 204, 403),
}
ELSEWHERE = dict.fromkeys(IN_PROJECT, (401, 403, 403, 403, 403))
NOWHERE = dict.fromkeys(IN_PROJECT, (401, 404, 404, 404, 404))
TABLES = {"apollo": IN_PROJECT, "hermes": WHERE_MANAGERS_KEEP_MEMBERS, "gemini": ELSEWHERE, "nowhere": NOWHERE}
READS = ("get", "list", "find")


@dataclass(frozen=True)
class Cell:
    """One question, and the status that answers it."""

    route: Route
    who: str
    project: str
    status: int

    def __str__(self) -> str:
        """Name the cell."""
        return f"{self.route.operation}-{self.who}-{self.project}"


def row_of(route: Route) -> str:
    """Give the row that a route belongs to: its operation, or what it does to a resource of any kind."""
    return route.operation if route.kind is None else route.part or f"{route.method} a resource"


def cells() -> list[Cell]:
    """Give every cell."""
    found = []
    for route in ROUTES:
        inside = route.path.startswith(PROJECT)
        for place in PROJECTS if inside else ("-",):
            row = (TABLES[place] if inside else ANYWHERE).get(row_of(route), (0,) * len(PEOPLE))
            found += [Cell(route, who, place, status) for who, status in zip(PEOPLE, row, strict=True)]
    return found


def name_of(kind: Kind) -> str:
    """Give a name that the kind allows."""
    examples = kind.schema["$defs"]["name"].get("examples") or ["apples"]
    return str(examples[0])


def ask(world: World, cell: Cell) -> Reply:
    """Make the request of a cell, valid but for who makes it."""
    kind = cell.route.kind
    path = cell.route.path.replace("<project>", cell.project).replace("<change>", CHANGE).replace("<action>", "retry")
    path = path.replace("<person>", STRANGER.id if cell.route.method == "PUT" else AUDITOR.id)
    path = path.replace("<handover>", HANDOVER).replace("<rotation>", ROTATION)
    body: Any = {"token": "A" * 22} if cell.route.operation == "revealHandover" else None
    if kind is not None and cell.project in STANDING:
        lay_credentials(world, kind, cell)
    if cell.route.method == "PUT":
        body = {"role": "auditor"} if kind is None else kind.schema["examples"][0]
    if cell.route.operation == "addMember":
        body = {"email": STRANGER.email, "role": "auditor"}
    if kind is not None:
        path = path.replace("<name>", name_of(kind))
    return world.call(cell.route.method, path, person=PEOPLE[cell.who], json=body)


@pytest.fixture
def house() -> World:
    """Give the API with every kind, a resource of each and a change in every project."""
    world = World(*KINDS)
    people = populated()
    people.put_project(project("hermes", "333333333333", managers_may_manage_members=True))
    for (where, _), membership in list(people.memberships.items()):
        if where == "apollo":
            people.put_membership(member(project("hermes"), membership.person, membership.role))
    people.delete_membership("gemini", OPERATOR.id)
    world.fake_projects.__dict__.update(people.__dict__)
    world.fake_sign_ins.users[STRANGER.email] = SignIn(STRANGER.id, STRANGER.email, STRANGER.name, enabled=True)
    for each in people.list_projects():
        world.fake_projects.put_project(each.model_copy(update={"sftp_server_id": "s-0123456789abcdef0"}))
    for place in STANDING:
        for kind in KINDS:
            spec = kind.schema["examples"][0]
            row = resource_row(place, kind.kind, name_of(kind), spec=spec, stack_id=STACK)
            world.fake_resources.put(row)
        world.fake_changes.rows[place, CHANGE] = change_in(place)
    return world


def lay_credentials(world: World, kind: Kind, cell: Cell) -> None:
    """Lay a key and a handover of the resource, and the rotation that the route asks for."""
    step = {"advance a rotation": RotationStep.AWAITING_IDLE, "undo a rotation": RotationStep.UNDO_WINDOW}
    rotation = running(step[cell.route.part]) if cell.route.part in step else None
    name = name_of(kind)
    lay_user(world, kind=kind.kind, name=name, project=cell.project, rotation=rotation)
    world.fake_handovers.create(handover(project=cell.project, kind=kind.kind, name=name))


def change_in(place: str) -> Change:
    """Give an ended change of a project."""
    return Change(
        id=CHANGE,
        project=place,
        kind="crate",
        name="apples",
        action=Action.CREATE,
        status=ChangeStatus.SUCCEEDED,
        actor=MANAGER.email,
        actor_id=MANAGER.id,
        started_at="2026-11-23T08:00:00.000Z",
        ended_at="2026-11-23T08:01:00.000Z",
    )


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    """Who adds a route says in the tables above who may call it."""
    inside = {row_of(route) for route in ROUTES if route.path.startswith(PROJECT)}
    outside = {row_of(route) for route in ROUTES if not route.path.startswith(PROJECT)}

    assert inside == set(IN_PROJECT), "Add the route to IN_PROJECT (or remove its row): who may call it in a project?"
    assert outside == set(ANYWHERE), "Add the route to ANYWHERE (or remove its row): who may call it?"


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_a_cell(house: World, cell: Cell) -> None:
    """The status is the table's; who is refused has changed nothing."""
    reply = ask(house, cell)

    assert reply.status == cell.status, reply
    if cell.status >= 400:
        assert [call for call in house.calls if not call.partition(".")[2].startswith(READS)] == []
