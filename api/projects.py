"""GET /v1/projects/{project}: one project, as its members see it."""

from api.access import read_member
from api.call import Call
from api.http import Answer, answer
from stowage.domain.findings import Findings
from stowage.domain.kinds import Kind
from stowage.domain.ports import Projects
from stowage.domain.projects import Project, Role
from stowage.domain.wire import WireModel


class ProjectDetail(WireModel):
    """A project and the caller's role in it; nothing that opens its account (no external id, no roles).

    `reconcile` is what the last comparison of its stacks with the mirror found, null before the first one.
    """

    id: str
    name: str
    role: Role
    account: str
    region: str
    baseline_version: int
    managers_may_manage_members: bool
    quotas: dict[str, int]
    mandatory_tags: tuple[str, ...]
    reconcile: Findings | None


def quota_of(kind: Kind, project: Project) -> int:
    """Give how many resources of a kind a project may have."""
    return project.quotas.get(kind.kind, kind.quota)


def describe_project(project: str, person: str, kinds: tuple[Kind, ...], *, projects: Projects) -> ProjectDetail:
    """Give the project to a member, with the quota of every kind. Raises NotFoundError or ForbiddenError."""
    member, row = read_member(project, person, projects=projects)
    return ProjectDetail(
        id=row.id,
        name=row.name,
        role=member.role,
        account=row.account,
        region=row.region,
        baseline_version=row.baseline_version,
        managers_may_manage_members=row.managers_may_manage_members,
        quotas={kind.kind: quota_of(kind, row) for kind in kinds},
        mandatory_tags=row.mandatory_tags,
        reconcile=row.reconcile,
    )


class ProjectView:
    """One project, and what its kinds may be asked for."""

    def __init__(self, kinds: tuple[Kind, ...]) -> None:
        self._kinds = kinds

    def get_project(self, call: Call) -> Answer:
        """Answer GET /v1/projects/{project}."""
        project = call.request.parameters["project"]
        detail = describe_project(project, call.person, self._kinds, projects=call.ports.projects())
        return answer(200, detail.to_wire())
