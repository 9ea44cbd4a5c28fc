"""Listener of EventBridge's "Step Functions Execution Status Change": ends what an ended execution left open.

Of a change: its lock, its end, and the keys of the user that it was about, whose first minting begins when it is done.
Of a rotation: its claim on the user's credentials. From a change that succeeded it learns how long its states took.

No Catch runs when an execution is aborted, times out or meets States.Runtime, so that its lock and its change would
stay open (invariants L2, L3). The event is a hint only: whether the execution has ended, and how, Step Functions is
asked; whether an operation still runs, CloudFormation is. A success frees its lock itself, but its NotifySucceeded may
have failed before it wrote the end, for a notification never fails a change: for the many whose end is written, one
read is all.

While one runs, the lock is kept and the event goes back to its queue: it comes again, ten times PollSeconds later and
for hours, until the stack is at rest. What still fails then lies in the dead letters, where an operator sees it.
Idempotent: a lock is freed only from the hands of its own change, an end is written once.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from listeners.queue_messages import OneQueueMessage
from stowage.adapters import bootstrap
from stowage.adapters.announcing import announce
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_ended, count_rotation
from stowage.catalog.registry import kind_by_name
from stowage.domain.abandonment import abandon, broken_off, tell_failure
from stowage.domain.access import follow_ended_change
from stowage.domain.changes import ChangeRequest, ChangeStatus
from stowage.domain.clock import to_iso
from stowage.domain.credentials import RotationOutcome
from stowage.domain.custody import Custodian
from stowage.domain.endings import ENDED
from stowage.domain.errors import ExecutionNotFoundError, StackBusyError, StowageError
from stowage.domain.failures import sentence_of
from stowage.domain.learning import learn_durations
from stowage.domain.notifications import Notifier
from stowage.domain.ports import Changes, Clock, Executions, Handovers, Projects, Resources, Stacks
from stowage.domain.recovery import Recovery
from stowage.domain.references import FindKind
from stowage.domain.rotation import RotationRequest
from stowage.domain.rotation_requests import Teller

STATE = "ExecutionEnded"
ROTATION = "rot-"
"""How the names of rotate_credentials' executions begin; a change's begin with chg-."""


class ExecutionDetail(BaseModel):
    """The part of the event that is used; AWS adds members to it over time, so that others are let be.

    `input` is missing where it would make the event too long
    (https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html).
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    name: str
    status: Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"]
    input: str | None = None


class ExecutionStatusChanged(BaseModel):
    """https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", hide_input_in_errors=True)

    source: Literal["aws.states"]
    detail_type: Literal["Step Functions Execution Status Change"] = Field(alias="detail-type")
    detail: ExecutionDetail


def leaves_nothing_open(ended: ExecutionDetail, *, changes: Changes) -> bool:
    """Tell, at the price of one read, that there is nothing to do: it succeeded, and its change has its end."""
    if ended.status not in ENDED:
        return True
    if ended.status != "SUCCEEDED" or ended.input is None:
        return False
    request = ChangeRequest.model_validate_json(ended.input)
    written = changes.get(request.project, request.change)
    return written is not None and written.status is not ChangeStatus.RUNNING


def execution_ended(
    name: str,
    *,
    executions: Executions,
    projects: Projects,
    resources: Resources,
    changes: Changes,
    stacks: Stacks,
    notifier: Notifier,
    clock: Clock,
    find_kind: FindKind = kind_by_name,
) -> bool:
    """Free the lock and write the end of the change `name`, as far as either is still open; tell whether either was.

    Raises StackBusyError while an operation runs on the stack: the lock stays.
    """
    recovery = Recovery(executions, projects, resources, changes, stacks, clock, find_kind)
    try:
        recovered = recovery.of_execution(name)
    except ExecutionNotFoundError:
        return False
    if recovered is None:
        return False
    if recovered.is_news:
        count_ended(recovered.ended)
    announce(notifier, recovered.ended, STATE)
    return True


def rotation_ended(
    name: str, *, rotations: Executions, custodian: Custodian, handovers: Handovers, clock: Clock, teller: Teller
) -> bool:
    """Free the credentials that an execution of rotate_credentials has left held; tell whether it had."""
    try:
        execution = rotations.describe(name)
    except ExecutionNotFoundError:
        return False
    if execution.status not in ENDED or execution.status == "SUCCEEDED":
        return False
    request = RotationRequest.model_validate_json(execution.input)
    of = (request.project, request.kind, request.name)
    custody = custodian.of(*of, person=request.actor_id)
    stopped = sentence_of(execution.cause) if execution.status == "ABORTED" else None  # an operator's own words
    cause = stopped or broken_off(execution.status, name)
    at, outcome = to_iso(clock.now()), RotationOutcome.FAILED
    if not abandon(custody, name, outcome=outcome, cause=cause, at=at, handovers=handovers):
        return False
    count_rotation(outcome)
    tell_failure(teller, of, name, outcome, cause)
    return True


def handle(ended: ExecutionDetail) -> None:
    """Handle one event with the process's ports. Raises StackBusyError while an operation runs on the stack."""
    if ended.name.startswith(ROTATION):
        acted = rotation_ended(
            ended.name,
            rotations=bootstrap.rotations(),
            custodian=bootstrap.custodian(),
            handovers=bootstrap.handovers(),
            clock=bootstrap.clock(),
            teller=bootstrap.teller(),
        )
        logger().info("The listener is done", acted=acted)
        return
    _handle_change(ended)
    if ended.status == "SUCCEEDED":
        _learn(ended)
    if ended.status in ENDED:
        started = follow_ended_change(
            _request_of(ended),
            custodian=bootstrap.custodian(),
            resources=bootstrap.resources(),
            rotations=bootstrap.rotations(),
            clock=bootstrap.clock(),
        )
        if started:
            logger().info("The first key is being minted")


def _learn(ended: ExecutionDetail) -> None:
    """Learn how long the change's states took; that it cannot be learnt now is no reason to hand the event back."""
    try:
        learn_durations(
            _request_of(ended),
            changes=bootstrap.changes(),
            executions=bootstrap.executions(),
            details=bootstrap.change_details(),
        )
    except StowageError as error:
        logger().warning("How long it took is not learnt", error=type(error).__name__)


def _request_of(ended: ExecutionDetail) -> ChangeRequest:
    told = ended.input if ended.input is not None else bootstrap.executions().describe(ended.name).input
    return ChangeRequest.model_validate_json(told)


def _handle_change(ended: ExecutionDetail) -> None:
    if leaves_nothing_open(ended, changes=bootstrap.changes()):
        return
    acted = execution_ended(
        ended.name,
        executions=bootstrap.executions(),
        projects=bootstrap.projects(),
        resources=bootstrap.resources(),
        changes=bootstrap.changes(),
        stacks=bootstrap.stacks(),
        notifier=bootstrap.notifier(),
        clock=bootstrap.clock(),
    )
    logger().info("The listener is done", acted=acted)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Handle one message, and hand it back to its queue while the stack still runs: that is no error.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    [message] = OneQueueMessage.model_validate(event).messages
    ended = ExecutionStatusChanged.model_validate_json(message.body).detail
    with logger().append_context_keys(change=ended.name, request_id=getattr(context, "aws_request_id", None)):
        try:
            handle(ended)
        except StackBusyError as busy:
            logger().info("The lock stays for now", reason=str(busy))
            return {"batchItemFailures": [{"itemIdentifier": message.message_id}]}
        return {"batchItemFailures": []}
