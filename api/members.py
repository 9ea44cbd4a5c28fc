"""GET, POST, PUT and DELETE /v1/projects/{project}/members: who is in a project, and as what.

A membership is read anew for every request and before every socket message, so that a change takes effect at once.
"""

import re

from pydantic import JsonValue

from api.access import require_keeper
from api.body_fields import read_fields
from api.call import Call
from api.http import Answer, answer
from api.strict_json import parse_json
from api.surviving import surviving
from stowage.adapters.log import logger
from stowage.domain.errors import ForbiddenError, InvalidSpecError, LastOperatorError, NotFoundError
from stowage.domain.ports import Projects
from stowage.domain.projects import Membership, Person, Role
from stowage.domain.wire import WireModel

EMAIL = re.compile(r"[^\s\"\\\\@]+@[^\s\"\\\\@]+\.[^\s\"\\\\@]+")
"""No quotation mark and no backslash: it stands between quotation marks in Cognito's filter."""
EMAIL_LENGTH = 254


class MemberRole(WireModel):
    """What a PUT of a member says."""

    role: Role


class Member(WireModel):
    """A person in a project, and as what."""

    person: Person
    role: Role


class MemberList(WireModel):
    """A project's members, by person id; never more than one page."""

    items: tuple[Member, ...]
    cursor: str | None = None


def change_member(
    keeper: Membership, person: str, role: Role | None, *, projects: Projects
) -> tuple[Membership | None, Membership | None]:
    """Give somebody a role in the keeper's project, or with None take them out; gives the membership before and after.

    What permits the change is checked again as it is written, so that two operators who remove each other at once
    cannot leave the project without one. A role that somebody has already is not written again.

    Raises NotFoundError (no such person, or none to take out), ForbiddenError (a manager touches an operator),
    LastOperatorError, ConcurrentUpdateError.
    """
    before = projects.get_membership(keeper.project, person)
    if role is None and before is None:
        raise NotFoundError(f"Nobody with the id {person!r} is a member of {keeper.project!r}.")
    if keeper.role is not Role.OPERATOR and Role.OPERATOR in {role, before and before.role}:
        raise ForbiddenError("Only an operator makes or unmakes an operator.")
    after = None
    if role is not None:
        known = projects.get_person(person)
        if known is None:
            raise NotFoundError(f"Nobody has the id {person!r}; new people are invited by an operator.")
        after = Membership(project=keeper.project, project_name=keeper.project_name, person=known, role=role)
    if role is not (before and before.role):
        projects.change_membership(before, after, witness=_witness(keeper, before, projects))
    return before, after


def _witness(keeper: Membership, before: Membership | None, projects: Projects) -> Membership | None:
    """Give the membership, not the changed one, that must stand for the change to be right; None if there is none.

    It is the keeper's own, and where an operator steps down, that of an operator who stays.
    """
    if before is None or before.person.id != keeper.person.id:
        return keeper
    if before.role is not Role.OPERATOR:
        return None
    for member in projects.list_members(keeper.project):
        if member.role is Role.OPERATOR and member.person.id != keeper.person.id:
            return member
    raise LastOperatorError(f"You are the last operator of {keeper.project!r}: make somebody else one first.")


def get_members(call: Call) -> Answer:
    """Answer GET …/members."""
    keeper = _keeper(call)
    members = call.ports.projects().list_members(keeper.project)
    items = tuple(Member(person=member.person, role=member.role) for member in members)
    return answer(200, MemberList(items=items).to_wire())


def post_member(call: Call) -> Answer:
    """Answer POST …/members: let somebody in who signs in with this e-mail address."""
    keeper = _keeper(call)
    body = read_fields(call.request, {"email": _email, "role": _role}, required=("email", "role"))
    email, role = str(body["email"]), Role(str(body["role"]))
    person = _find_person(email, call)
    _change(call, keeper, role, person.id)
    return answer(200, Member(person=person, role=role).to_wire())


def _email(value: JsonValue) -> str | None:
    right = isinstance(value, str) and len(value) <= EMAIL_LENGTH and EMAIL.fullmatch(value) is not None
    return None if right else "must be an e-mail address."


def _role(value: JsonValue) -> str | None:
    return None if isinstance(value, str) and value in set(Role) else f"must be one of {', '.join(Role)}."


def _find_person(email: str, call: Call) -> Person:
    """Give who signs in with this address, as they are known here. Raises NotFoundError."""
    sign_ins, projects = call.ports.sign_ins(), call.ports.projects()
    user = sign_ins.find(email) or (sign_ins.find(email.lower()) if email != email.lower() else None)
    if user is None or not user.enabled:
        raise NotFoundError(f"Nobody signs in to Stowage as {email}; new people are invited by an operator.")
    person = projects.get_person(user.id)
    if person is None:
        person = Person(id=user.id, email=user.email, name=user.name)
        projects.put_person(person)
    return person


def put_member(call: Call) -> Answer:
    """Answer PUT …/members/{person}: let somebody in, or change their role."""
    keeper = _keeper(call)
    role = parse_role(parse_json(call.request.json_text()))
    person = _change(call, keeper, role, call.request.parameters["person"])
    return answer(200, Member(person=person, role=role).to_wire())


def delete_member(call: Call) -> Answer:
    """Answer DELETE …/members/{person}: take somebody out of the project."""
    keeper, person = _keeper(call), call.request.parameters["person"]
    _change(call, keeper, None, person)
    with surviving("the pages of who was taken out could not be told", person):
        call.ports.notifier().tell_removed(keeper.project, person)
    return Answer(204, headers={"cache-control": "no-store"})


def parse_role(body: JsonValue) -> Role:
    """Read a PUT's body. Raises InvalidSpecError with a pointer for each fault."""
    if not isinstance(body, dict):
        raise InvalidSpecError((("", 'The body must be a JSON object: {"role": …}.'),))
    faults = [("", "The body has the field role alone.")] if body.keys() - {"role"} else []
    role = body.get("role")
    if not isinstance(role, str) or role not in set(Role):
        faults.append(("/role", f"must be one of {', '.join(Role)}."))
    if faults:
        raise InvalidSpecError(tuple(faults))
    return Role(str(role))


def _keeper(call: Call) -> Membership:
    return require_keeper(call.request.parameters["project"], call.person, projects=call.ports.projects())


def _change(call: Call, keeper: Membership, role: Role | None, person: str) -> Person:
    """Make the change, and write into the log who (the request's person) made of whom what, by ids alone."""
    before, after = change_member(keeper, person, role, projects=call.ports.projects())
    logger().info(
        "a membership was changed" if role is not (before and before.role) else "a membership stands already",
        member=person,
        former_role=before.role.value if before else None,
        role=role.value if role else None,
    )
    changed = after or before
    if changed is None:  # change_member raises sooner
        raise NotFoundError(f"Nobody has the id {person!r}.")
    return changed.person
