"""GET, PUT and DELETE /v1/projects/{project}/members: who is in a project, and as what.

A membership is read anew for every request and before every socket message, so that a change takes effect at once.
"""

from pydantic import JsonValue

from api.access import require_keeper
from api.call import Call
from api.http import Answer, answer
from api.strict_json import parse_json
from stowage.adapters.log import logger
from stowage.domain.errors import ForbiddenError, InvalidSpecError, LastOperatorError, NotFoundError
from stowage.domain.ports import Projects
from stowage.domain.projects import Membership, Person, Role
from stowage.domain.wire import WireModel


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


def put_member(call: Call) -> Answer:
    """Answer PUT …/members/{person}: let somebody in, or change their role."""
    keeper = _keeper(call)
    role = parse_role(parse_json(call.request.json_text()))
    person = _change(call, keeper, role)
    return answer(200, Member(person=person, role=role).to_wire())


def delete_member(call: Call) -> Answer:
    """Answer DELETE …/members/{person}: take somebody out of the project."""
    _change(call, _keeper(call), None)
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


def _change(call: Call, keeper: Membership, role: Role | None) -> Person:
    """Make the change, and write into the log who (the request's person) made of whom what, by ids alone."""
    person = call.request.parameters["person"]
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
