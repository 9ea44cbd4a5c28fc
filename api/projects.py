"""GET /v1/projects/{project}: one project, as its members see it."""

from api.access import read_member
from api.call import Call
from api.http import Answer, answer
from stowage.domain.ports import Projects
from stowage.domain.projects import Role
from stowage.domain.wire import WireModel


class ProjectDetail(WireModel):
    """A project and the caller's role in it; nothing that opens its account (no external id, no roles)."""

    id: str
    name: str
    role: Role
    account: str
    region: str
    baseline_version: int
    managers_may_manage_members: bool


def describe_project(project: str, person: str, *, projects: Projects) -> ProjectDetail:
    """Give the project to a member. Raises NotFoundError or ForbiddenError."""
    member, row = read_member(project, person, projects=projects)
    return ProjectDetail(
        id=row.id,
        name=row.name,
        role=member.role,
        account=row.account,
        region=row.region,
        baseline_version=row.baseline_version,
        managers_may_manage_members=row.managers_may_manage_members,
    )


def get_project(call: Call) -> Answer:
    """Answer GET /v1/projects/{project}."""
    detail = describe_project(call.request.parameters["project"], call.person, projects=call.ports.projects())
    return answer(200, detail.to_wire())
