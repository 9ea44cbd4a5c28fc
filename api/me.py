"""GET /v1/me and GET /v1/projects: who am I, and where may I work."""

from collections.abc import Mapping
from typing import Any

from api.call import Call
from api.http import Answer, answer
from api.parallel import read_both
from stowage.domain.findings import Findings
from stowage.domain.ports import Projects
from stowage.domain.projects import Membership, Person, Role
from stowage.domain.wire import WireModel


class ProjectSummary(WireModel):
    """A project that the caller is a member of."""

    id: str
    name: str
    role: Role

    @classmethod
    def of(cls, membership: Membership) -> "ProjectSummary":
        """Give the summary of a membership."""
        return cls(id=membership.project, name=membership.project_name, role=membership.role)


class Me(WireModel):
    """The caller and their projects."""

    person: Person
    projects: tuple[ProjectSummary, ...]


class ListedProject(ProjectSummary):
    """One of the caller's projects, with what reconcile last found in it, null before its first run."""

    reconcile: Findings | None = None


class ProjectList(WireModel):
    """The caller's projects, by id; never more than one page."""

    items: tuple[ListedProject, ...]
    cursor: str | None = None


def describe_me(person: str, claims: Mapping[str, Any], *, projects: Projects) -> Me:
    """Give the person and their memberships; somebody without any project is somebody nevertheless.

    An access token carries no e-mail, so it comes from the person's row, or a membership, or not at all.
    """
    row, memberships = read_both(lambda: projects.get_person(person), lambda: projects.list_memberships(person))
    known = row or (memberships[0].person if memberships else None)
    return Me(
        person=known or Person(id=person, email="", name=str(claims.get("username", ""))),
        projects=tuple(map(ProjectSummary.of, memberships)),
    )


def get_me(call: Call) -> Answer:
    """Answer GET /v1/me."""
    me = describe_me(call.person, call.request.claims, projects=call.ports.projects())
    return answer(200, me.to_wire())


def get_projects(call: Call) -> Answer:
    """Answer GET /v1/projects."""
    projects = call.ports.projects()
    memberships, rows = read_both(lambda: projects.list_memberships(call.person), projects.list_projects)
    found = {row.id: row.reconcile for row in rows}
    items = (
        ListedProject(id=each.project, name=each.project_name, role=each.role, reconcile=found.get(each.project))
        for each in memberships
    )
    return answer(200, ProjectList(items=tuple(items)).to_wire())
