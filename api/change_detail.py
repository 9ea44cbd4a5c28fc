"""GET …/changes/{change}: one change with its states, its specs, and what such changes usually take."""

from api.access import check_member
from api.call import Call
from api.changes import CHANGE_ID, find_change, missing
from api.execution_truth import request_of
from api.http import Answer, answer
from api.parallel import read_both
from stowage.domain.change_specs import ChangeSpecs, specs_of
from stowage.domain.changes import Change, ChangeState, ChangeStatus, Spec
from stowage.domain.errors import ExecutionNotFoundError
from stowage.domain.ports import ChangeDetails, Changes, Executions, Projects, Resources
from stowage.domain.resources import StopWish
from stowage.domain.usual import Durations, Usual


class ToldState(ChangeState):
    """A state, and what it usually took in past changes of the kind and action, null while too few are known."""

    usual: Usual | None = None


class ChangeDetail(Change):
    """A change as it is read by itself.

    `spec` is what it asked for, null for a deletion and for what brings back a former state; `before` what stood until
    then, null for a creation. Either is null, too, where it was not kept. `usual` is what such a change took in the
    past, from its first state to its last. `stop` tells who wants a running change stopped, null if nobody does.
    """

    states: tuple[ToldState, ...] = ()
    spec: Spec | None = None
    before: Spec | None = None
    usual: Usual | None = None
    stop: StopWish | None = None


def read_change(
    project: str,
    person: str,
    change: str,
    *,
    projects: Projects,
    changes: Changes,
    executions: Executions,
    details: ChangeDetails,
    resources: Resources,
) -> ChangeDetail:
    """Give a change with all that is known of it to a member.

    The row tells it; without a row (yet), or when the row says RUNNING, its execution is asked: an execution may have
    ended without a task to write it down. The states are Step Functions' own, and gone 90 days after the end.

    Raises NotFoundError or ForbiddenError.
    """
    membership, row = read_both(lambda: projects.get_membership(project, person), lambda: changes.get(project, change))
    check_member(membership, project, projects=projects)
    told = find_change(project, change, row, executions=executions)
    states, (specs, durations, stop) = read_both(
        lambda: _states(change, executions),
        lambda: (
            details.get_specs(project, change),
            details.get_durations(told.kind, told.action),
            _stop_of(told, resources),
        ),
    )
    return _detail(told, states, specs or _asked(change, executions), durations, stop)


def _stop_of(change: Change, resources: Resources) -> StopWish | None:
    """Give who wants it stopped: that stands on the resource's row, as long as it runs."""
    if change.status is not ChangeStatus.RUNNING:
        return None
    row = resources.get(change.project, change.kind, change.name)
    return None if row is None else row.stop_of(change.id)


def _detail(
    change: Change, states: tuple[ChangeState, ...], specs: ChangeSpecs, durations: Durations, stop: StopWish | None
) -> ChangeDetail:
    fields = change.model_dump(exclude={"states"})
    shown = tuple(ToldState(**state.model_dump(), usual=durations.of_state(state.name)) for state in states)
    return ChangeDetail(
        **fields,
        states=shown,
        spec=specs.spec,
        before=specs.before,
        usual=durations.of_whole() if shown else None,
        stop=stop,
    )


def _states(change: str, executions: Executions) -> tuple[ChangeState, ...]:
    try:
        return executions.states(change)
    except ExecutionNotFoundError:
        return ()


def _asked(change: str, executions: Executions) -> ChangeSpecs:
    """Give what the execution was asked for, where nothing was kept."""
    try:
        request = request_of(executions.describe(change))
    except ExecutionNotFoundError:
        request = None
    return ChangeSpecs(None, None) if request is None else specs_of(request, None)


def get_change(call: Call) -> Answer:
    """Answer GET /v1/projects/{project}/changes/{change}."""
    project, change = call.request.parameters["project"], call.request.parameters["change"]
    projects = call.ports.projects()
    if not CHANGE_ID.fullmatch(change):
        # Step Functions would refuse such a name; but who is no member still learns nothing else.
        check_member(projects.get_membership(project, call.person), project, projects=projects)
        raise missing(project, change)
    found = read_change(
        project,
        call.person,
        change,
        projects=projects,
        changes=call.ports.changes(),
        executions=call.ports.executions(),
        details=call.ports.change_details(),
        resources=call.ports.resources(),
    )
    return answer(200, found.to_wire())
