"""Members and roles: kept by operators, by managers where the project says so, and never without an operator."""

import json
from io import StringIO
from typing import Any

import pytest

from stowage.domain.errors import ConcurrentUpdateError, ServiceUnavailableError
from stowage.domain.projects import Membership, Person, Role
from tests.unit.api.world import World
from tests.unit.fakes.people import AUDITOR, MANAGER, OPERATOR, STRANGER, member, project

MEMBERS = "/v1/projects/apollo/members"
SECOND = Person(id="11111111-aaaa-4aaa-8aaa-000000000005", email="olga@example.com", name="Olga Operator")


def role_of(world: World, person: Person) -> Role | None:
    """Give the person's role in apollo, by the row."""
    found = world.fake_projects.get_membership("apollo", person.id)
    return found.role if found else None


def let_managers_keep(world: World) -> None:
    """Let apollo's managers keep the members too."""
    world.fake_projects.put_project(project(managers_may_manage_members=True))


def add_second_operator(world: World) -> Membership:
    """Give apollo a second operator."""
    world.fake_projects.put_person(SECOND)
    second = member(project(), SECOND, Role.OPERATOR)
    world.fake_projects.put_membership(second)
    return second


def test_members_are_listed_with_their_roles(world: World) -> None:
    """One page: each person with id, e-mail and name, and the role."""
    reply = world.call("GET", MEMBERS, person=OPERATOR)

    assert reply.status == 200
    assert reply.json == {
        "items": [
            {"person": person.to_wire(), "role": role}
            for person, role in ((MANAGER, "manager"), (OPERATOR, "operator"), (AUDITOR, "auditor"))
        ],
        "cursor": None,
    }


def test_an_operator_lets_somebody_in_who_may_read_at_once(world: World) -> None:
    """The stranger's next request is a member's; the answer is the member."""
    path = f"{MEMBERS}/{STRANGER.id}"
    before = world.call("GET", "/v1/projects/apollo/resources", person=STRANGER).status

    reply = world.call("PUT", path, person=OPERATOR, json={"role": "auditor"})

    assert (before, reply.status) == (403, 200)
    assert reply.json == {"person": STRANGER.to_wire(), "role": "auditor"}
    assert world.call("GET", "/v1/projects/apollo/resources", person=STRANGER).status == 200
    assert world.fake_projects.memberships["apollo", STRANGER.id].project_name == "Apollo"


def test_a_role_that_is_taken_away_is_gone_at_once(world: World) -> None:
    """A manager made auditor writes no more; taken out, not even reads."""
    path = f"{MEMBERS}/{MANAGER.id}"

    assert world.call("PUT", path, person=OPERATOR, json={"role": "auditor"}).status == 200
    assert world.put(person=MANAGER).slug == "forbidden"
    reply = world.call("DELETE", path, person=OPERATOR)
    assert (reply.status, reply.text) == (204, "")
    assert world.call("GET", "/v1/projects/apollo", person=MANAGER).slug == "forbidden"
    world.assert_nothing_begun()


def test_who_is_taken_out_is_told_so_on_every_open_page_and_nobody_else_is(world: World) -> None:
    """Two pages of theirs hear it, another member's does not; a page that is gone is forgotten."""
    for page, person in (("one", MANAGER), ("two", MANAGER), ("gone", MANAGER), ("other", AUDITOR)):
        world.fake_sockets.add(page, person.id, expires_at=0)
        world.fake_sockets.subscribe(page, person.id, ("apollo",), expires_at=0)
    world.fake_connections.gone.add("gone")

    assert world.call("DELETE", f"{MEMBERS}/{MANAGER.id}", person=OPERATOR).status == 204

    told = {
        "type": "error",
        "code": "forbidden",
        "detail": "You are not a member of these projects.",
        "projects": ["apollo"],
    }
    assert world.fake_connections.messages("one") == world.fake_connections.messages("two") == [told]
    assert world.fake_connections.messages("other") == []
    assert {each.connection for each in world.fake_sockets.subscribers("apollo")} == {"one", "two", "other"}


def test_a_removal_stands_though_its_pages_cannot_be_told(world: World) -> None:
    """Whoever is out is out: that a page was not reached is logged, and no error."""
    world.spies["sockets"].fail("subscribers", ServiceUnavailableError("DynamoDB did not answer."))

    assert world.call("DELETE", f"{MEMBERS}/{MANAGER.id}", person=OPERATOR).status == 204

    assert role_of(world, MANAGER) is None


def test_the_same_role_again_writes_nothing(world: World) -> None:
    """A repeated PUT answers like the first one and costs no write, the last operator's own included."""
    for person, role in ((MANAGER, "manager"), (OPERATOR, "operator")):
        assert world.call("PUT", f"{MEMBERS}/{person.id}", person=OPERATOR, json={"role": role}).status == 200

    assert "FakeProjects.change_membership" not in world.calls


@pytest.mark.parametrize(
    ("method", "person"), [("PUT", "nobody"), ("DELETE", "nobody"), ("DELETE", STRANGER.id), ("PUT", "x" * 129)]
)
def test_who_is_not_there_is_404(world: World, method: str, person: str) -> None:
    """A person whom Stowage does not know is not invited here; somebody who is no member cannot be taken out."""
    reply = world.call(method, f"{MEMBERS}/{person}", person=OPERATOR, json={"role": "manager"})

    assert (reply.status, reply.slug) == (404, "not-found")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/role"]),
        ({"role": "owner"}, ["/role"]),
        ({"role": "OPERATOR"}, ["/role"]),
        ({"role": None}, ["/role"]),
        ({"role": ["operator"]}, ["/role"]),
        ({"role": "auditor", "a/b": 1}, [""]),
        ({"rôle": "auditor"}, ["", "/role"]),
        ([], [""]),
        ("auditor", [""]),
    ],
)
def test_an_invalid_role_is_422_with_a_pointer(world: World, body: object, pointers: list[str]) -> None:
    """One field, three values; nothing is written for anything else."""
    reply = world.call("PUT", f"{MEMBERS}/{STRANGER.id}", person=OPERATOR, body=json.dumps(body))

    assert (reply.status, reply.slug) == (422, "invalid-spec")
    assert [fault["pointer"] for fault in reply.json["errors"]] == pointers
    assert role_of(world, STRANGER) is None


@pytest.mark.parametrize(("method", "body"), [("PUT", {"role": "manager"}), ("DELETE", None)])
def test_the_last_operator_stays(world: World, method: str, body: Any) -> None:
    """Nobody leaves a project without an operator; with a second one, the first may go."""
    path = f"{MEMBERS}/{OPERATOR.id}"

    refused = world.call(method, path, person=OPERATOR, json=body)
    assert (refused.status, refused.slug) == (409, "last-operator")
    assert role_of(world, OPERATOR) is Role.OPERATOR

    add_second_operator(world)
    assert world.call(method, path, person=OPERATOR, json=body).status in {200, 204}
    assert role_of(world, OPERATOR) is (Role.MANAGER if body else None)


@pytest.mark.parametrize(("mine", "others"), [("OPERATOR", "SECOND"), ("SECOND", "OPERATOR")])
def test_two_operators_who_remove_each_other_leave_one(world: World, mine: str, others: str) -> None:
    """The second one's membership is checked as the row is written: whoever comes later is told to try again."""
    add_second_operator(world)
    people = {"OPERATOR": OPERATOR, "SECOND": SECOND}
    change = world.fake_projects.change_membership

    def overtaken(*args: Any, **kwargs: Any) -> None:
        world.fake_projects.memberships.pop(("apollo", people[mine].id))
        change(*args, **kwargs)

    world.fake_projects.change_membership = overtaken  # type: ignore[method-assign]
    reply = world.call("DELETE", f"{MEMBERS}/{people[others].id}", person=people[mine])

    assert (reply.status, reply.slug) == (503, "unavailable")
    assert role_of(world, people[others]) is Role.OPERATOR


def test_an_operator_may_not_step_down_when_the_other_one_has_just_gone(world: World) -> None:
    """The one who was to stay is checked as the row is written."""
    second = add_second_operator(world)
    world.fake_projects.delete_membership("apollo", SECOND.id)

    with pytest.raises(ConcurrentUpdateError):
        world.fake_projects.change_membership(member(project(), OPERATOR, Role.OPERATOR), None, witness=second)

    assert role_of(world, OPERATOR) is Role.OPERATOR


def test_managers_keep_the_members_where_the_project_says_so(world: World) -> None:
    """They let in, change and take out auditors and managers, themselves included."""
    let_managers_keep(world)

    assert world.call("GET", MEMBERS, person=MANAGER).status == 200
    assert world.call("PUT", f"{MEMBERS}/{STRANGER.id}", person=MANAGER, json={"role": "manager"}).status == 200
    assert world.call("DELETE", f"{MEMBERS}/{AUDITOR.id}", person=MANAGER).status == 204
    assert world.call("DELETE", f"{MEMBERS}/{MANAGER.id}", person=MANAGER).status == 204
    assert (role_of(world, STRANGER), role_of(world, AUDITOR), role_of(world, MANAGER)) == (Role.MANAGER, None, None)


@pytest.mark.parametrize(
    ("method", "person", "role"),
    [
        ("PUT", MANAGER, "operator"),
        ("PUT", STRANGER, "operator"),
        ("PUT", OPERATOR, "manager"),
        ("PUT", OPERATOR, "operator"),
        ("DELETE", OPERATOR, None),
    ],
)
def test_a_manager_neither_makes_nor_unmakes_an_operator(
    world: World, method: str, person: Person, role: str | None
) -> None:
    """Not even where managers keep the members: they could otherwise make themselves one."""
    let_managers_keep(world)
    before = role_of(world, person)

    reply = world.call(method, f"{MEMBERS}/{person.id}", person=MANAGER, json={"role": role} if role else None)

    assert (reply.status, reply.slug) == (403, "forbidden")
    assert role_of(world, person) is before


def test_the_log_tells_who_made_of_whom_what_by_ids_alone(world: World, log: StringIO) -> None:
    """One line per change: the caller, the member, both roles, the project; no e-mail address and no name."""
    world.call("PUT", f"{MEMBERS}/{MANAGER.id}", person=OPERATOR, json={"role": "auditor"})

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    [told] = [line for line in lines if line.get("message") == "a membership was changed"]
    assert (told["person"], told["member"], told["project"]) == (OPERATOR.id, MANAGER.id, "apollo")
    assert (told["former_role"], told["role"]) == ("manager", "auditor")
    assert "@" not in json.dumps(told)
