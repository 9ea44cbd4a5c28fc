"""State ListProjects of machine reconcile: which projects this run looks at.

Reads the projects' rows; adds the items of the Map. Idempotent: it reads only. The one project that was asked for is
given as it is: whether it is onboarded, the Map's own states tell.
"""

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.domain.findings import Progress
from stowage.domain.ports import Clock, Projects
from stowage.domain.task_requests import LoggedRequest
from stowage.domain.wire import WireModel

MOST_PROJECTS = 1_000
"""Some twenty events each, of the 25,000 that an execution's history may have
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""
TURN_SECONDS = 15 * 60


class ProjectsRequest(LoggedRequest):
    """The one project to look at, None for all."""

    project: str | None = None


class ProjectList(WireModel):
    """The projects, each as its comparison begins."""

    projects: tuple[Progress, ...]


def list_projects(request: ProjectsRequest, *, projects: Projects, clock: Clock) -> ProjectList:
    """Give every project that is not being offboarded; of more than a run can look at, others in each run."""
    if request.project is not None:
        return ProjectList(projects=(Progress(project=request.project),))
    found = [project.id for project in projects.list_projects() if not project.closing]
    if len(found) > MOST_PROJECTS:
        logger().warning("There is more than one run can look at", projects=len(found))
        turn = int(clock.now().timestamp()) // TURN_SECONDS * MOST_PROJECTS % len(found)
        found = (found[turn:] + found[:turn])[:MOST_PROJECTS]
    return ProjectList(projects=tuple(Progress(project=each) for each in found))


@task(ProjectsRequest)
def handler(request: ProjectsRequest) -> ProjectList:
    """Run with the process's ports."""
    return list_projects(request, projects=bootstrap.projects(), clock=bootstrap.clock())
