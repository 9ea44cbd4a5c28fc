"""Letting somebody in by e-mail address: a look-up of who can sign in already."""

import pytest

from stowage.domain.onboarding import SignIn
from stowage.domain.projects import Person, Role
from tests.unit.api.world import Reply, World
from tests.unit.fakes.people import OPERATOR, STRANGER

NEW = SignIn("sub-of-nora", "nora@example.com", "Nora New", enabled=True)


def add(world: World, body: object) -> Reply:
    """Ask as an operator."""
    return world.call("POST", "/v1/projects/apollo/members", person=OPERATOR, json=body)


def test_who_can_sign_in_becomes_a_member(world: World) -> None:
    """Also if no project has known them before, and if the address is written in capitals."""
    world.fake_sign_ins.users[NEW.email] = NEW

    reply = add(world, {"email": "Nora@Example.com", "role": "manager"})

    person = Person(id=NEW.id, email=NEW.email, name=NEW.name)
    assert (reply.status, reply.json) == (200, {"person": person.to_wire(), "role": "manager"})
    membership = world.fake_projects.get_membership("apollo", NEW.id)
    assert membership is not None
    assert membership.role is Role.MANAGER
    assert world.fake_projects.get_person(NEW.id) == person


def test_who_is_known_keeps_their_name(world: World) -> None:
    """The person's row is the truth about it."""
    world.fake_sign_ins.users[STRANGER.email] = SignIn(STRANGER.id, STRANGER.email, "Another Name", enabled=True)

    reply = add(world, {"email": STRANGER.email, "role": "auditor"})

    assert reply.json["person"]["name"] == STRANGER.name


@pytest.mark.parametrize("enabled", [None, False])
def test_who_cannot_sign_in_is_not_found(world: World, enabled: bool | None) -> None:  # noqa: FBT001
    """The sentence says who invites new people."""
    if enabled is not None:
        world.fake_sign_ins.users[NEW.email] = SignIn(NEW.id, NEW.email, NEW.name, enabled=enabled)

    reply = add(world, {"email": NEW.email, "role": "manager"})

    assert (reply.status, reply.slug) == (404, "not-found")
    assert "invited by an operator" in reply.json["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": 'a"@example.com', "role": "manager"}, "/email"),
        ({"email": 'a@example.com" or email = "b@example.com', "role": "manager"}, "/email"),
        ({"email": "a\\@example.com", "role": "manager"}, "/email"),
        ({"email": "nobody", "role": "manager"}, "/email"),
        ({"email": "a@" + "b" * 300 + ".com", "role": "manager"}, "/email"),
        ({"email": None, "role": "manager"}, "/email"),
        ({"role": "manager"}, "/email"),
        ({"email": NEW.email, "role": "king"}, "/role"),
        ({"email": NEW.email}, "/role"),
        ({"email": NEW.email, "role": "manager", "name": "N"}, ""),
    ],
)
def test_a_wrong_field_is_told(world: World, body: dict[str, object], pointer: str) -> None:
    """Nothing that could end the look-up's filter comes into it."""
    reply = add(world, body)

    assert (reply.status, [fault["pointer"] for fault in reply.json["errors"]]) == (422, [pointer])
    assert "FakeSignIns.find" not in world.calls
