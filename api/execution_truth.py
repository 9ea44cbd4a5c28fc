"""What an execution tells of its change, for when the change's row does not tell it (yet)."""

from pydantic import ValidationError

from stowage.domain.changes import Change, ChangeRequest, ChangeStatus
from stowage.domain.outcomes import Outcome, outcome_of_success
from stowage.domain.ports import Execution

ENDS: dict[str, tuple[ChangeStatus, Outcome]] = {
    "SUCCEEDED": (ChangeStatus.SUCCEEDED, Outcome.SUCCEEDED),
    "FAILED": (ChangeStatus.FAILED, Outcome.INTERNAL_ERROR),
    "TIMED_OUT": (ChangeStatus.FAILED, Outcome.TIMED_OUT),
    "ABORTED": (ChangeStatus.STOPPED, Outcome.ABORTED),
}
"""Step Functions' final statuses
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html). PENDING_REDRIVE and
RUNNING are none."""


def request_of(execution: Execution) -> ChangeRequest | None:
    """Give what the execution was asked to do; None when its input is no change's."""
    try:
        return ChangeRequest.model_validate_json(execution.input)
    except ValidationError:
        return None


def change_of(request: ChangeRequest, execution: Execution) -> Change:
    """Give the change as its execution stands: a FAILED one's error is its outcome code, its cause the cause."""
    return as_ended(Change.started(request, execution.started_at), execution)


def as_ended(change: Change, execution: Execution) -> Change:
    """Give the change with the end that its execution has reached, or as it is while that still runs."""
    if execution.status not in ENDS:
        return change
    status, outcome = ENDS[execution.status]
    if execution.status == "SUCCEEDED":
        outcome = outcome_of_success(execution.output)
    elif execution.status == "FAILED" and execution.error is not None and execution.error in Outcome.__members__:
        outcome = Outcome(execution.error)
    return change.ended(status, outcome, execution.cause, execution.stopped_at or change.started_at)
