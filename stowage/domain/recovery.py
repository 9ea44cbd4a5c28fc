"""What an execution that ended has left open: its lock and its end, closed by whoever finds it (invariants L2, L3).

The listener of ended executions comes here with an event, reconcile with a lock that it has found held. Both are hints:
whether the execution has ended, and how, Step Functions is asked; whether an operation still runs, CloudFormation is.
Idempotent: a lock is freed only from the hands of its own change, an end is written once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from stowage.domain.changes import Action, Change, ChangeRequest, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.endings import ENDED, as_ended
from stowage.domain.errors import ExecutionNotFoundError, ProjectMissingError, StackBusyError
from stowage.domain.outcomes import Outcome
from stowage.domain.ports import Changes, Clock, Executions, Projects, ResourceKey, Resources, Stacks
from stowage.domain.references import FindKind, marks_at_the_end
from stowage.domain.resources import Resource, ResourceRow, stack_name
from stowage.domain.settlement import settled, standing_spec
from stowage.domain.stacks import is_ours

UNKNOWN_FOR = timedelta(minutes=15)
"""How old a lock must be whose execution Step Functions does not know. AcquireLock is a state of that execution, which
DescribeExecution, eventually consistent, may not tell of at once
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html)."""


@dataclass(frozen=True, slots=True)
class Recovered:
    """A change that was closed: how it ended, whether a lock was freed, and whether its end was not known before."""

    ended: Change
    freed: bool
    is_news: bool


@dataclass(frozen=True, slots=True)
class Recovery:
    """Closes what is still open of a change whose execution has ended."""

    executions: Executions
    projects: Projects
    resources: Resources
    changes: Changes
    stacks: Stacks
    clock: Clock
    find_kind: FindKind

    def of_execution(self, name: str) -> Recovered | None:
        """Free the lock and write the end of the change `name`, as far as either is still open; None: neither was.

        Raises StackBusyError while an operation runs on the stack: the lock stays. Raises ExecutionNotFoundError.
        """
        execution = self.executions.describe(name)
        if execution.status not in ENDED:
            return None
        request = ChangeRequest.model_validate_json(execution.input)
        row = self.resources.get(request.project, request.kind, request.name)
        written = self.changes.get(request.project, request.change)
        change = written or Change.started(request, execution.started_at)
        ended = change if change.status is not ChangeStatus.RUNNING else as_ended(change, execution)
        freed = row is not None and self._free(request, row, ended)
        if not freed and ended == written:
            return None
        if not freed:
            self.changes.put_ended(ended)
        return Recovered(ended, freed=freed, is_news=ended != written)

    def of_lock(self, row: ResourceRow) -> Recovered | None:
        """Free a lock that is found held, if its execution has ended; None while it runs, or may yet be found.

        An execution that Step Functions does not know has never begun, or ended 90 days ago: a lock of its own that is
        old enough is freed as well. Raises StackBusyError while an operation runs on the stack.
        """
        lock = row.resource.lock
        if lock is None:
            return None
        try:
            return self.of_execution(lock.change)
        except ExecutionNotFoundError:
            if datetime.fromisoformat(lock.since) > self.clock.now() - UNKNOWN_FOR:
                return None
        request = _request_of(row)
        written = self.changes.get(row.project, lock.change)
        change = written or Change.started(request, lock.since)
        sentence = "Step Functions knows no execution of this change: it has never begun, or is long over."
        lost = change.ended(ChangeStatus.FAILED, Outcome.INTERNAL_ERROR, sentence, to_iso(self.clock.now()))
        ended = change if change.status is not ChangeStatus.RUNNING else lost
        if not self._free(request, row, ended):
            return None
        return Recovered(ended, freed=True, is_news=ended != written)

    def _free(self, request: ChangeRequest, row: ResourceRow, ended: Change) -> bool:
        """Free the lock from the hands of this change, and write its end and the stack's truth with it."""
        if row.resource.lock is None or row.resource.lock.change != request.change:
            return False
        resource = self._truth(request, row)
        told = {"outcome": ended.outcome, "cause": ended.cause, "change": ended.id}
        return self.resources.release(
            ResourceKey(request.project, request.kind, request.name),
            change=request.change,
            resource=resource.model_copy(update=told),
            ended=ended,
            references=marks_at_the_end(request, row, resource, resources=self.resources, find_kind=self.find_kind),
        )

    def _truth(self, request: ChangeRequest, row: ResourceRow) -> Resource:
        """Give the resource as its stack shows it. Raises StackBusyError while an operation runs."""
        project = self.projects.get_project(request.project)
        if project is None:
            raise ProjectMissingError(f"The project {request.project} is not onboarded.")
        which = row.stack_id or stack_name(request.kind, request.name)
        asked_at = to_iso(self.clock.now())
        stack = self.stacks.describe(project, which, person=request.actor_id)
        if stack is not None and not is_ours(stack, request):
            stack = None
        if stack is not None and stack.running:
            raise StackBusyError(f"The change {request.change} is over, but its stack is still in {stack.status}.")
        spec = standing_spec(project, stack, person=request.actor_id, stacks=self.stacks)
        return settled(row.resource, request, stack, spec=spec, verified_at=asked_at)


def _request_of(row: ResourceRow) -> ChangeRequest:
    """Give what a change without an execution must have asked for, as its lock tells."""
    resource, lock = row.resource, row.resource.lock
    if lock is None:
        raise ValueError("The row has no lock.")
    return ChangeRequest(
        change=lock.change,
        project=row.project,
        kind=resource.kind,
        name=resource.name,
        action=lock.action,
        spec={} if lock.action is Action.DELETE else resource.spec,
        expected_version=resource.version - (lock.action is not Action.DELETE),
        version=resource.version,
        actor=lock.actor,
        actor_id=lock.actor_id,
        request="",
    )
