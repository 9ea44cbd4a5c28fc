"""GET …/reconciliations: what the last runs of reconcile found; POST …/reconcile: compare the project now."""

import hashlib

from api.access import check_member, require_operator
from api.call import Call
from api.http import Answer, answer
from api.parallel import read_both
from api.queries import parse_limit, refuse_unknown
from stowage.adapters.log import logger
from stowage.domain.changes import canonical_json
from stowage.domain.clock import to_iso
from stowage.domain.errors import ConcurrentUpdateError, ExecutionExistsError, NotFoundError
from stowage.domain.findings import Findings
from stowage.domain.wire import WireModel

LIMIT = 50
MAXIMUM = 100
MINUTE = len("2026-11-23T09:00")


class ReconciliationList(WireModel):
    """The newest runs, newest first."""

    items: tuple[Findings, ...]


class ReconcileRun(WireModel):
    """A run of reconcile for one project: its execution's name, and when it began."""

    id: str
    started_at: str


class ReconcileStarted(WireModel):
    """A run was begun, or is under way already."""

    run: ReconcileRun


def get_reconciliations(call: Call) -> Answer:
    """Answer GET …/reconciliations."""
    project, query = call.request.parameters["project"], call.request.query
    refuse_unknown(query, "limit")
    limit = parse_limit(query, default=LIMIT, maximum=MAXIMUM)
    projects, runs = call.ports.projects(), call.ports.reconcile_runs()
    membership, found = read_both(
        lambda: projects.get_membership(project, call.person), lambda: runs.list_newest(project, limit=limit)
    )
    check_member(membership, project, projects=projects)
    return answer(200, ReconciliationList(items=found).to_wire())


def post_reconcile(call: Call) -> Answer:
    """Answer POST …/reconcile: begin a run for the project, or give the one that such a request began before.

    Its name derives from the last findings: until a run has ended, and told its own, asking again is asking for the
    same. A run that ended without telling any keeps its name; the next one's derives from the minute as well.
    """
    project = call.request.parameters["project"]
    require_operator(project, call.person, projects=call.ports.projects())
    row = call.ports.projects().get_project(project)
    if row is None:
        raise NotFoundError(f"There is no project {project!r}.")
    last = row.reconcile.tried_at if row.reconcile else None
    minute = to_iso(call.ports.clock().now())[:MINUTE]
    machine, asked = call.ports.reconciles(), canonical_json({"project": project})
    for about in ([last], [last, minute]):
        name = f"now-{project}-{hashlib.sha256(canonical_json(about).encode()).hexdigest()[:16]}"
        try:
            started_at = machine.start(name, asked)
        except ExecutionExistsError:
            continue
        logger().info("A run of reconcile was asked for", run=name)
        return answer(202, ReconcileStarted(run=ReconcileRun(id=name, started_at=started_at)).to_wire())
    raise ConcurrentUpdateError("A run has just ended: repeat the request.")
