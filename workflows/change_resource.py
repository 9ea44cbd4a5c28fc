"""The machine change_resource: one create, update or delete of one resource, from its lock to its last notification.

A success enters eight states: AcquireLock, NotifyStarted, SubmitStackOperation, AwaitStack, UpdateMirror, ReleaseLock,
NotifySucceeded, ChangeSucceeded. A change that finds the resource held or changed goes aside over DescribeLock and
NotifyRefused; one that is to empty the resource first, over EmptyContents and back; any other failure over
RecordFailure, ReleaseLockAfterFailure and NotifyFailed. Refusals and failures end in a Fail state.

A change's end is written after its lock was released, by NotifySucceeded or NotifyFailed: whoever reads it may ask for
the resource's next change at once.

The request and the start time are read from the context object, which no state can alter. Variables hold the rest:
`fence` (the lock's fence), `submitted` (SubmitStackOperation's answer), `stackId` (null until there is one), `result`
(CloudFormation's end state), `failure` ({error, cause} as caught), `verdict` ({outcome, cause}: how the change ended).
"""

from math import ceil
from typing import Any

from stowage.domain.errors import ContentsRemainError
from stowage.domain.outcomes import Outcome
from workflows.asl import Catch, Choice, Fail, Json, StateMachine, Succeed, When, jsonata
from workflows.integrations import SERVICE, dynamodb_task, lambda_task
from workflows.resource_lock import REQUEST, ROW_KEY, STARTED_AT, acquire_lock_state, release_lock_state
from workflows.retries import TIMEOUT, at_fixed_interval, outlast_throttling, retry_lambda, wait_for_the_stack

NAME = "change_resource"

MACHINE_SECONDS = 4 * 60 * 60
"""The last resort, above all waiting below. Nothing in the machine can catch it: listeners/execution_ended.py frees
the lock then."""
BUSY_SECONDS = 30 * 60
"""How long another operation on the same stack is waited for, and how long AWS may refuse to take ours."""
AWAIT_SECONDS = 60 * 60
"""How long the stack's own operation is waited for, and how long AWS may refuse to tell of it; after it the lock is
kept (invariant L7)."""
TELLING_SECONDS = 5
"""What telling people may take of a change's time before it goes on without."""
POLL_SECONDS = 10
"""What AWAIT_SECONDS is reckoned with: a Retry takes no expression, so a shorter `${PollSeconds}` waits for less."""
POLL_PAUSE_SECONDS = 1
POLLS = ceil(AWAIT_SECONDS / (POLL_SECONDS + POLL_PAUSE_SECONDS))
"""Each poll adds some five events to the history, of the 25,000 an execution may have
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""

COMMON: Json = {
    "change": jsonata(REQUEST),
    "fence": jsonata("$fence"),
    "startedAt": jsonata(STARTED_AT),
}

# A cause may be missing, as a timeout's is: joining it to '' makes that an empty text instead of an error.
CAUGHT = {"error": jsonata("$states.errorOutput.Error"), "cause": jsonata("$states.errorOutput.Cause & ''")}


def build() -> StateMachine:
    """Give the machine, its states wired in the order in which an auditor meets them."""
    acquire_lock = acquire_lock_state()
    describe_lock, refused = _refusal()
    submit, await_stack, update_mirror = _submit_stack_operation(), _await_stack(), _update_mirror()
    notify_started = lambda_task(
        "NotifyStarted",
        COMMON,
        comment="Tells the project's open pages that the change has begun. A notification neither fails nor delays a "
        "change: it has 5 seconds and one attempt.",
        timeout_seconds=TELLING_SECONDS,
        retry=[],
    )
    release_lock = release_lock_state("ReleaseLock", "Frees the resource, if the lock is still this change's own.")
    notify_succeeded = lambda_task(
        "NotifySucceeded",
        {**COMMON, "outcome": jsonata("$result.outcome")},
        comment="Writes the change's end, now that the resource is free, and tells the project's open pages. "
        "A notification never fails a change.",
        retry=retry_lambda(max_attempts=2),
    )
    succeeded = Succeed(
        "ChangeSucceeded",
        comment="The stack stands as asked, the mirror says so, the resource is free.",
        output={"outcome": jsonata("$result.outcome"), "stackId": jsonata("$result.stackId")},
    )
    record_failure, notify_failed = _failure()
    empty_contents = _empty_contents(submit)

    acquire_lock.next(notify_started).next(submit).next(await_stack).next(update_mirror)
    update_mirror.next(release_lock).next(notify_succeeded).next(succeeded)

    acquire_lock.add_catch(Catch(describe_lock, error_equals=["DynamoDB.ConditionalCheckFailedException"]))
    acquire_lock.add_catch(_catch_all(notify_failed, **_without_lock("The lock could not be taken")))
    describe_lock.add_catch(_catch_all(notify_failed, **_without_lock("Who holds the lock could not be read")))
    refused.add_catch(_catch_all(refused.next_step, verdict=_verdict("The refusal could not be recorded")))
    submit.add_catch(Catch(empty_contents, error_equals=[ContentsRemainError.__name__], assign={"removed": 0}))
    for state in (submit, await_stack, update_mirror, release_lock):
        state.add_catch(_catch_all(record_failure, failure=CAUGHT))
    notify_started.add_catch(_catch_all(submit))
    empty_contents.add_catch(_catch_all(record_failure, failure=CAUGHT))
    notify_succeeded.add_catch(_catch_all(succeeded))

    return StateMachine(
        acquire_lock,
        comment="Creates, updates or deletes one resource: under its lock, by CloudFormation alone. "
        "A change that does not succeed ends FAILED, with its outcome as the error.",
        timeout_seconds=MACHINE_SECONDS,
    )


def _catch_all(target: Any, **assign: Any) -> Catch:  # noqa: ANN401 -- the SDK's untyped states, and JSON
    """Catch whatever `States.ALL` catches (not States.Runtime, nor States.DataLimitExceeded: see ADR 0002)."""
    return Catch(target, error_equals=["States.ALL"], **({"assign": assign} if assign else {}))


def _verdict(what_failed: str) -> Json:
    """Give the verdict of a change that could not even tell its own failure."""
    cause = f"'{what_failed}: ' & $states.errorOutput.Error & ' ' & $substring($states.errorOutput.Cause & '', 0, 2000)"
    return {"outcome": Outcome.INTERNAL_ERROR.value, "cause": jsonata(cause)}


def _without_lock(what_failed: str) -> Json:
    """Give the variables of a change that failed before it held the lock; a fence of 0 was never given out."""
    return {"fence": 0, "verdict": _verdict(what_failed)}


def _refusal() -> tuple[Any, Any]:
    """Give DescribeLock and NotifyRefused, the way of a change whose conditional write was refused."""
    describe_lock = dynamodb_task(
        "DescribeLock",
        "getItem",
        {
            "Key": ROW_KEY,
            "ConsistentRead": True,
            # Nothing else: the row holds its holder's task token, and what is read here stands in this history.
            "ProjectionExpression": "#lock, #version, #deletedAt",
            "ExpressionAttributeNames": {f"#{name}": name for name in ("lock", "version", "deletedAt")},
        },
        comment="Reads who holds the resource, or which version it has: a refused write does not tell.",
        output={"row": jsonata("$exists($states.result.Item) ? $states.result.Item : null")},
    )
    notify_refused = lambda_task(
        "NotifyRefused",
        {"change": jsonata(REQUEST), "startedAt": jsonata(STARTED_AT), "row": jsonata("$states.input.row")},
        comment="Records and tells that the change was refused: the resource is locked, or has another version.",
        assign={"verdict": jsonata("$states.result.Payload")},
    )
    refused = Fail(
        "ChangeRefused",
        comment="Nothing was changed. The error is LOCKED or STALE_VERSION, the cause names the holder.",
        error=jsonata("$verdict.outcome"),
        cause=jsonata("$verdict.cause"),
    )
    describe_lock.next(notify_refused).next(refused)
    return describe_lock, notify_refused


def _submit_stack_operation() -> Any:  # noqa: ANN401 -- an SDK state
    """Start the stack operation; waiting for another one to end is done by retrying."""
    return lambda_task(
        "SubmitStackOperation",
        COMMON,
        comment="Asks CloudFormation, in the project's own account, to create, update or delete the resource's stack. "
        "Waits while another operation runs on it.",
        assign={"submitted": jsonata("$states.result.Payload"), "stackId": jsonata("$states.result.Payload.stackId")},
        retry=[outlast_throttling(seconds=BUSY_SECONDS), wait_for_the_stack(max_seconds=BUSY_SECONDS)],
    )


def _empty_contents(submit: Any) -> Any:  # noqa: ANN401 -- SDK states
    """Give EmptyContents, which goes on until nothing remains, and then lets the stack be deleted."""
    empty_contents = lambda_task(
        "EmptyContents",
        {**COMMON, "removed": jsonata("$removed")},
        comment="Removes what the resource holds, as the person has confirmed, for some seconds; tells open pages how "
        "many are gone.",
        assign={
            "removed": jsonata("$states.result.Payload.removed"),
            "more": jsonata("$states.result.Payload.more"),
        },
    )
    contents_remain = Choice("ContentsRemain", comment="Goes on as long as there is something left.")
    empty_contents.next(contents_remain)
    contents_remain.add_choice(When("$more"), empty_contents)
    contents_remain.default_choice(submit)
    return empty_contents


def _await_stack() -> Any:  # noqa: ANN401 -- an SDK state
    """Sleep on a task token: a stack event wakes it, else its timeout is the poll interval (ADR 0004).

    Each attempt has a token of its own; the former one is refused from then on.
    """
    return lambda_task(
        "AwaitStack",
        {
            **COMMON,
            "stackId": jsonata("$submitted.stackId"),
            "operation": jsonata("$submitted.operation"),
            "noChange": jsonata("$submitted.noChange"),
            "deadlineAt": jsonata("$exists($submitted.deadlineAt) ? $submitted.deadlineAt : null"),
            "taskToken": jsonata("$states.context.Task.Token"),
        },
        comment="Waits until CloudFormation has ended: woken by the stack's events, and in any case looking again "
        "every few seconds.",
        resource=SERVICE + "lambda:invoke.waitForTaskToken",
        timeout_seconds=jsonata("${PollSeconds}"),
        assign={"result": jsonata("$states.result")},
        output=jsonata("$states.result"),
        retry=[
            at_fixed_interval(TIMEOUT, interval_seconds=POLL_PAUSE_SECONDS, max_attempts=POLLS),
            # A retrier counts through all polls of an hour, not anew at each.
            outlast_throttling(seconds=AWAIT_SECONDS),
        ],
    )


def _update_mirror() -> Any:  # noqa: ANN401 -- an SDK state
    return lambda_task(
        "UpdateMirror",
        {**COMMON, "result": jsonata("$result")},
        comment="Writes what CloudFormation says to the mirror, only if the lock is still this change's own.",
    )


def _failure() -> tuple[Any, Any]:
    """Give RecordFailure and NotifyFailed, with what stands between and after them."""
    record_failure = lambda_task(
        "RecordFailure",
        {**COMMON, "failure": jsonata("$failure"), "stackId": jsonata("$stackId")},
        comment="Finds out why the change failed, from CloudFormation's first failing event, and writes it to the "
        "mirror. Says whether the stack still runs, or cannot be seen to have ended.",
        assign={"verdict": jsonata("$states.result.Payload")},
    )
    still_runs = Choice(
        "OperationStillRuns",
        comment="While CloudFormation is at work on the stack, or may be, the lock must stay: "
        "the listener ExecutionEnded frees it afterwards.",
    )
    release_lock = release_lock_state("ReleaseLockAfterFailure", "Frees the resource, so that it can be tried again.")
    notify_failed = lambda_task(
        "NotifyFailed",
        {**COMMON, "failure": {"outcome": jsonata("$verdict.outcome"), "cause": jsonata("$verdict.cause")}},
        comment="Writes the change's end, and tells the project's open pages that it failed, and why.",
        retry=retry_lambda(max_attempts=2),
    )
    failed = Fail(
        "ChangeFailed",
        comment="The error is the change's outcome, the cause CloudFormation's first failing event.",
        error=jsonata("$verdict.outcome"),
        cause=jsonata("$verdict.cause"),
    )
    not_recorded = (
        # A function's own cause is JSON, of which the message is for people; of the runtime's nothing is. Any other
        # cause is a sentence. No $parse: a cause that Step Functions has cut is no JSON any more.
        '($cause := $failure.cause; $told := $contains($cause, \'"errorMessage": "\') '
        '? $substringBefore($substringAfter($cause, \'"errorMessage": "\'), \'", "errorType"\') '
        ": $contains($cause, '\"errorType\"') ? '' : $cause; "
        "'The failure could not be recorded (' & $states.errorOutput.Error & '). It was: ' & $failure.error & ' ' & "
        "$substring($told, 0, 2000))"
    )
    record_failure.next(still_runs)
    still_runs.add_choice(When("$verdict.keepLock"), notify_failed)
    still_runs.default_choice(release_lock)
    release_lock.next(notify_failed).next(failed)
    unrecorded = {"outcome": Outcome.INTERNAL_ERROR.value, "cause": jsonata(not_recorded)}
    record_failure.add_catch(_catch_all(notify_failed, verdict=unrecorded))
    release_lock.add_catch(_catch_all(notify_failed))
    notify_failed.add_catch(_catch_all(failed))
    return record_failure, notify_failed
