"""How a change ended, as its execution tells it: one reading, for whoever finds no end on the change's own row."""

from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.failures import sentence_of
from stowage.domain.outcomes import Outcome, outcome_of_success, sentence_of_success
from stowage.domain.ports import Execution

ENDED = frozenset({"SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"})
"""Step Functions' final statuses
(https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html). PENDING_REDRIVE and
RUNNING are none."""


def as_ended(change: Change, execution: Execution) -> Change:
    """Give the change with the end that its execution has come to, or as it is while that still runs.

    An execution that failed by the machine's own Fail state tells the outcome as its error. One that was aborted with
    the error STOPPED was stopped for a person; any other abort was made in AWS itself.
    """
    if execution.status not in ENDED:
        return change
    status, outcome, cause = _end(change, execution)
    return change.ended(status, outcome, cause, execution.stopped_at or change.started_at)


def unsuccessful(outcome: Outcome) -> ChangeStatus:
    """Give the status of a change that did not do what was asked: STOPPED if a person wanted that, else FAILED."""
    return ChangeStatus.STOPPED if outcome is Outcome.STOPPED else ChangeStatus.FAILED


def _end(change: Change, execution: Execution) -> tuple[ChangeStatus, Outcome, str | None]:
    cause = sentence_of(execution.cause)
    if execution.status == "SUCCEEDED":
        outcome = outcome_of_success(execution.output)
        return ChangeStatus.SUCCEEDED, outcome, sentence_of_success(outcome, change.kind, change.name)
    if execution.status == "ABORTED":
        outcome = Outcome.STOPPED if execution.error == Outcome.STOPPED else Outcome.ABORTED
        return ChangeStatus.STOPPED, outcome, cause or "The execution was aborted in AWS."
    if execution.status == "TIMED_OUT":
        return ChangeStatus.FAILED, Outcome.TIMED_OUT, "The execution ran out of time."
    told = Outcome.__members__.get(execution.error or "")
    if told is not None:
        return unsuccessful(told), told, cause
    sentence = f"The execution broke off. An operator finds more under {change.id}."
    return ChangeStatus.FAILED, Outcome.INTERNAL_ERROR, sentence
