"""State SubmitStackOperation of machine change_resource: asks CloudFormation for the change's one operation.

Reads the resource's row, the rows of who names it, and the project; adds marks to the rows of what its spec names, and
an operation on its stack in the project's account, in the person's name, and before that a note of it to its own row.
Idempotent: a repeat carries the same token,
sets the same marks, and whatever it finds on the stack it reads before it acts.
"""

from datetime import timedelta

from stowage.adapters import bootstrap
from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.catalog.registry import kind_by_name
from stowage.domain.access import keep_keys_in_step
from stowage.domain.changes import RECOVERIES, Action, Mode
from stowage.domain.clock import to_iso
from stowage.domain.custody import Custodian
from stowage.domain.errors import KindMissingError, LockLostError, PermanentError, ProjectMissingError, StoppedError
from stowage.domain.kinds import deadline_seconds
from stowage.domain.ports import Clock, Contents, Projects, Resources, Stacks
from stowage.domain.references import FindKind, require_unreferenced, set_marks
from stowage.domain.submission import Submission, SubmittedOperation
from stowage.domain.task_requests import LockedTaskRequest


def submit_stack_operation(
    request: LockedTaskRequest,
    *,
    projects: Projects,
    resources: Resources,
    stacks: Stacks,
    custodian: Custodian,
    contents: Contents,
    clock: Clock,
    find_kind: FindKind = kind_by_name,
) -> SubmittedOperation:
    """Submit the change's operation, if the lock is still this execution's own.

    Raises LockLostError, StoppedError, NameTakenError, TemplateTooLargeError, StackMissingError,
    StackNeedsOperatorError, StackDeleteFailedError, AccessDeniedError, ReferenceMissingError, StillReferencedError,
    BucketNotEmptyError, ContentsRemainError; and, to be repeated after a pause, StackBusyError and LeftoverStackError.
    """
    change = request.change
    row = resources.get(change.project, change.kind, change.name)
    if row is None or not row.holds(change.change, request.fence):
        raise LockLostError(f"The change {change.change} does not hold {change.name} any more.")
    project = projects.get_project(change.project)
    if project is None:
        raise ProjectMissingError(f"The project {change.project} is not onboarded.")
    submission = Submission(request, row, project, stacks, resources, _log_denial)
    wish = row.stop_of(change.change)
    if wish is not None and not submission.has_begun():
        raise StoppedError(f"Stopped by {wish.actor}, before anything was done.")
    kind = find_kind(change.kind)
    if change.action is Action.DELETE:
        require_unreferenced(change, request.fence, row, resources=resources, find_kind=find_kind)
        rules = kind.contents if kind is not None else None
        if rules is not None and change.mode not in {Mode.FORGET, Mode.RETAIN}:
            submission.look_into(contents, rules)
        keep_keys_in_step(change, row, custodian=custodian, clock=clock)
        if change.mode is Mode.RETAIN and rules is not None:
            submitted = submission.retain(contents, rules)
        else:
            submitted = submission.forget() if change.mode is Mode.FORGET else submission.delete()
    else:
        if kind is None:
            raise KindMissingError(f"There is no kind {change.kind}.")
        set_marks(change, row, kind, resources=resources)
        keep_keys_in_step(change, row, custodian=custodian, clock=clock)
        if change.mode in RECOVERIES:
            submitted = submission.recover()
        else:
            submitted = submission.create(kind) if change.action is Action.CREATE else submission.update(kind)
    seconds = deadline_seconds(kind.usual_seconds if kind else None)
    return submitted.model_copy(update={"deadline_at": to_iso(clock.now() + timedelta(seconds=seconds))})


def _log_denial(denied: PermanentError) -> None:
    logger().warning("What the resource holds cannot be seen", error=type(denied).__name__, sentence=str(denied))


@task(LockedTaskRequest)
def handler(request: LockedTaskRequest) -> SubmittedOperation:
    """Run the state."""
    return submit_stack_operation(
        request,
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        stacks=bootstrap.stacks(),
        custodian=bootstrap.custodian(),
        contents=bootstrap.contents(),
        clock=bootstrap.clock(),
    )
