"""POST …/{name}/actions/{action}: what else may be done with a resource than to change or delete it.

Which of them are legal, the resource's state tells (`nextActions`); each becomes a change like any other.
"""

from dataclasses import dataclass

from api.access import require_asker, require_writer
from api.body_fields import read_fields
from api.call import Call
from api.execution_truth import request_of
from api.http import Answer
from api.legality import require_legal
from api.projects import quota_of
from api.request_change import Plan
from api.resource_writes import accept_wish
from api.spec_check import SpecCheck
from stowage.domain.changes import Action, Mode, Spec
from stowage.domain.errors import ActionNotLegalError, ExecutionNotFoundError, InvalidSpecError, NotFoundError
from stowage.domain.kinds import Kind
from stowage.domain.next_actions import NextAction
from stowage.domain.ports import Executions
from stowage.domain.projects import Membership, Project
from stowage.domain.resources import ResourceRow, ResourceStatus

ANEW = frozenset({NextAction.RETRY, NextAction.RECREATE})
"""They ask for a spec once more: as a PUT, under the rules of today."""
BY_MODE: dict[NextAction, tuple[Action, Mode]] = {
    NextAction.FORGET: (Action.DELETE, Mode.FORGET),
    NextAction.EMPTY_AND_DELETE: (Action.DELETE, Mode.EMPTY_AND_DELETE),
    NextAction.RETAIN: (Action.DELETE, Mode.RETAIN),
    NextAction.CONTINUE_ROLLBACK: (Action.UPDATE, Mode.CONTINUE_ROLLBACK),
    NextAction.REPAIR: (Action.UPDATE, Mode.REPAIR),
}
CONFIRMED: dict[NextAction, str] = {
    NextAction.EMPTY_AND_DELETE: "everything in it is removed for good",
    NextAction.RETAIN: "it stays in the project's account, and Stowage does not care for it any more",
}
"""What is for kinds alone that hold something, and needs the resource's name repeated; with what it means."""
WORDS = {action.value: action for action in (*ANEW, *BY_MODE)}


@dataclass(frozen=True, slots=True)
class Planner:
    """Turns an action into a change of the resource as it stands."""

    action: NextAction
    check: SpecCheck
    project: Project | None
    executions: Executions

    def plan(self, row: ResourceRow) -> Plan:
        """Give what the change does. Raises ActionNotLegalError, and InvalidSpecError for a spec of former times."""
        resource = row.resource
        require_legal(resource, self.action.value, {self.action})
        if self.action in BY_MODE:
            action, mode = BY_MODE[self.action]
            return Plan(action, {} if action is Action.DELETE else resource.spec, mode)
        spec = self._accepted(self._spec_of_last(row), resource.name)
        creates = self.action is NextAction.RECREATE or resource.status is ResourceStatus.CREATE_FAILED
        return Plan(Action.CREATE if creates else Action.UPDATE, spec)

    def _spec_of_last(self, row: ResourceRow) -> Spec:
        """Give the spec to ask for again: the row's own, or, of an update that was rolled back, its change's."""
        resource = row.resource
        if self.action is NextAction.RECREATE or resource.status is ResourceStatus.CREATE_FAILED:
            return resource.spec
        try:
            last = None if resource.change is None else request_of(self.executions.describe(resource.change))
        except ExecutionNotFoundError:
            last = None
        if last is None or last.action is Action.DELETE or last.mode is not None:
            raise ActionNotLegalError(
                "What was asked for last is not known any more, or was no new spec: change the resource instead.",
                (NextAction.UPDATE.value, NextAction.DELETE.value),
            )
        return last.spec

    def _accepted(self, spec: Spec, name: str) -> Spec:
        project = self.project
        accepted = self.check.accept(name, spec, mandatory_tags=project.mandatory_tags if project else ())
        if project is not None:
            self.check.check_request(project, name, accepted)
        return accepted


class ResourceActions:
    """The actions of one kind's resources."""

    def __init__(self, kind: Kind) -> None:
        self._check = SpecCheck(kind)

    def post_action(self, call: Call) -> Answer:
        """Answer POST …/{name}/actions/{action}."""
        action = WORDS.get(call.request.parameters["action"])
        membership, project = self._who(call, action)
        if action is None or (action in CONFIRMED and self._check.kind.contents is None):
            raise NotFoundError(f"There is no action {call.request.parameters['action']!r} of this kind.")
        name = call.request.parameters["name"]
        if action in CONFIRMED:
            body = read_fields(call.request, {"confirm": lambda _: None}, required=("confirm",))
            if body["confirm"] != name:
                raise InvalidSpecError((("/confirm", f"must be the name {name!r}: {CONFIRMED[action]}."),))
        else:
            read_fields(call.request, {"confirm": lambda _: None} if self._check.kind.contents else {})
        planner = Planner(action, self._check, project, call.ports.executions())
        quota = quota_of(self._check.kind, project) if project is not None else 0
        return accept_wish(call, membership, self._check, verb=action.value, spec={}, quota=quota, plan=planner.plan)

    def _who(self, call: Call, action: NextAction | None) -> tuple[Membership, Project | None]:
        """Give who asks; a project that is closing takes no action that asks for a spec anew."""
        project, projects = call.request.parameters["project"], call.ports.projects()
        if action in ANEW:
            return require_asker(project, call.person, projects=projects)
        return require_writer(project, call.person, projects=projects), None
