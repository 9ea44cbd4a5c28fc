"""The machine rotate_credentials: one new access key of one user, from its minting to the end of the key before.

A first minting enters ClaimRotation, MintAccessKey, ProbeAccessKey, OldKeyStands, FinishRotation, RotationSucceeded.
Where an old key stands, it waits in between: for the handover of the new key (AwaitHandover), for the old one to be due
and idle (AwaitOldKeyIdle), and, once that is off (DeactivateOldKey), for somebody to take it back (AwaitUndo), before
the old key is deleted (DeleteOldKey). Whatever fails goes over RecordRotationFailure into RotationFailed; a rotation
that may not begin ends in RotationRefused and has touched nothing.

No state sees a secret: each task finds what it needs by the credentials' row. Its request and start time are read from
the context object. Variables hold the rest: `probed` (ProbeAccessKey's answer), `waited` (AwaitUndo's), `refusal` and
`failure` ({error, cause} as caught), `verdict` ({outcome, cause}: how the rotation ended).
"""

from typing import Any

from stowage.domain.credentials import RotationOutcome
from workflows.asl import Catch, Choice, Fail, Json, StateMachine, Succeed, When, jsonata
from workflows.integrations import SERVICE, lambda_task
from workflows.resource_lock import REQUEST, STARTED_AT
from workflows.retries import TIMEOUT, at_fixed_interval, outlast_throttling, retry_lambda, wait_for_the_key

NAME = "rotate_credentials"

DAY_SECONDS = 24 * 60 * 60
MACHINE_SECONDS = 180 * DAY_SECONDS
"""Above all waiting: 30 days for the handover, 60 for the old key, 14 to undo, and as much again after an undo. Step
Functions keeps an execution a year at most
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""
PROBE_SECONDS = 240
"""How long a fresh key, or the policy of a fresh user, may be refused: IAM promises no time
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency), and what
took longer would be minted and waited for anew."""
OUTAGE_SECONDS = 60 * 60
"""How long AWS may refuse to answer: above all ReactivateOldKey, for whose sake somebody waits without a key."""
POLL_SECONDS = 60 * 60
"""What the waits are reckoned with; a shorter `${RotationPollSeconds}` looks more often and waits for less."""
POLL_PAUSE_SECONDS = 1
LONGEST_WAIT_SECONDS = 61 * DAY_SECONDS
"""Each wait ends by its own look at the clock, 60 days after it began at the latest; this is for a look that cannot."""
POLLS = LONGEST_WAIT_SECONDS // (POLL_SECONDS + POLL_PAUSE_SECONDS)
"""Each poll adds some five events to the history, of the 25,000 an execution may have."""

FIELDS = ("rotation", "project", "kind", "name", "reason", "actor", "actorId", "overlapHours", "undoHours")
COMMON: Json = {
    "rotation": {field: jsonata(f"{REQUEST}.{field}") for field in FIELDS},
    "startedAt": jsonata(STARTED_AT),
}
CAUGHT = {"error": jsonata("$states.errorOutput.Error"), "cause": jsonata("$states.errorOutput.Cause & ''")}


def build() -> StateMachine:
    """Give the machine, its states wired in the order in which an auditor meets them."""
    claim = lambda_task(
        "ClaimRotation",
        COMMON,
        comment="Takes the user's credentials for this rotation, unless another one has them.",
        output={},
    )
    mint = lambda_task(
        "MintAccessKey",
        COMMON,
        comment="Makes sure of one new access key in the project's account; its secret goes to the project's own "
        "Secrets Manager and nowhere else.",
        output={},
        retry=[outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    probe = lambda_task(
        "ProbeAccessKey",
        COMMON,
        comment="Tries the new key until AWS lets it in: only then is it called ready.",
        assign={"probed": jsonata("$states.result.Payload")},
        retry=[wait_for_the_key(max_seconds=PROBE_SECONDS), outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    old_key_stands = Choice(
        "OldKeyStands", comment="Is there a key that the new one replaces? The first key of a user replaces none."
    )
    await_handover = _wait(
        "AwaitHandover",
        "Waits until somebody was shown the new key: woken by the handover, and in any case looking again. "
        "After 30 days the rotation ends, and the old key stays.",
    )
    await_idle = _wait(
        "AwaitOldKeyIdle",
        "Waits until the overlap is over and the old key was not used for a day, or a person hurries; shows when it "
        "was last used.",
    )
    deactivate = lambda_task(
        "DeactivateOldKey",
        COMMON,
        comment="Switches the old key off, only while the new one is ready, handed over and on.",
        output={},
        retry=[outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    await_undo = _wait(
        "AwaitUndo",
        "Waits while the old key can be switched on again.",
        assign={"waited": jsonata("$states.result")},
    )
    undone = Choice("UndoAsked", comment="Has somebody taken the deactivation back?")
    reactivate = lambda_task(
        "ReactivateOldKey",
        COMMON,
        comment="Switches the old key on again; the wait for it begins anew.",
        output={},
        retry=[outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    delete = lambda_task(
        "DeleteOldKey",
        COMMON,
        comment="Deletes the old key, and its secret if nobody was ever shown it.",
        output={},
        retry=[outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    finish = lambda_task(
        "FinishRotation",
        COMMON,
        comment="Gives the user's credentials free and says that it is done.",
        output={},
        retry=[outlast_throttling(seconds=OUTAGE_SECONDS)],
    )
    succeeded = Succeed(
        "RotationSucceeded",
        comment="The new key is ready, and no older one is left.",
        output={"outcome": RotationOutcome.SUCCEEDED.value},
    )

    claim.next(mint).next(probe).next(old_key_stands)
    old_key_stands.add_choice(When("$probed.oldKeyStands = false"), finish)
    old_key_stands.default_choice(await_handover)
    await_handover.next(await_idle).next(deactivate).next(await_undo).next(undone)
    undone.add_choice(When("$waited.undone"), reactivate)
    undone.default_choice(delete)
    reactivate.next(await_idle)
    delete.next(finish).next(succeeded)

    record_failure = _failure()
    claim.add_catch(Catch(_refused(), error_equals=["RotationRefusedError"], assign={"refusal": CAUGHT}))
    for state in (claim, mint, probe, await_handover, await_idle, deactivate, await_undo, reactivate, delete, finish):
        state.add_catch(Catch(record_failure, error_equals=["States.ALL"], assign={"failure": CAUGHT}))
    return StateMachine(
        claim,
        comment="Gives one user a new access key and takes the old one away, never both at once. "
        "A rotation that does not succeed ends FAILED and leaves the old key as it is.",
        timeout_seconds=MACHINE_SECONDS,
    )


def _wait(state: str, comment: str, **fields: Any) -> Any:  # noqa: ANN401 -- an SDK state
    """Sleep on a task token whose timeout is the poll (ADR 0004); a person's act wakes the state at once."""
    return lambda_task(
        state,
        {**COMMON, "taskToken": jsonata("$states.context.Task.Token")},
        comment=comment,
        resource=SERVICE + "lambda:invoke.waitForTaskToken",
        timeout_seconds=jsonata("${RotationPollSeconds}"),
        output=jsonata("$states.result"),
        retry=[
            at_fixed_interval(TIMEOUT, interval_seconds=POLL_PAUSE_SECONDS, max_attempts=POLLS),
            # A retrier counts through all polls of two months, not anew at each.
            outlast_throttling(seconds=DAY_SECONDS),
        ],
        **fields,
    )


def _refused() -> Any:  # noqa: ANN401 -- an SDK state
    # Lambda wraps the sentence in JSON, as it comes from Python's own json.dumps.
    sentence = (
        '$contains($refusal.cause, \'"errorMessage": "\') '
        '? $substringBefore($substringAfter($refusal.cause, \'"errorMessage": "\'), \'", "errorType"\') '
        ": $refusal.cause"
    )
    return Fail(
        "RotationRefused",
        comment="Nothing was touched: the cause says why the rotation may not begin.",
        error="REFUSED",
        cause=jsonata(sentence),
    )


def _failure() -> Any:  # noqa: ANN401 -- an SDK state
    """Give RecordRotationFailure, with the end after it."""
    record = lambda_task(
        "RecordRotationFailure",
        {**COMMON, "failure": jsonata("$failure")},
        comment="Gives the credentials free, deletes a new key that nobody can use, never the old one, and says why.",
        assign={"verdict": jsonata("$states.result.Payload")},
        retry=retry_lambda(max_attempts=OUTAGE_SECONDS // 15),
    )
    failed = Fail(
        "RotationFailed",
        comment="The old key is as it was. The error is the outcome, the cause a sentence.",
        error=jsonata("$verdict.outcome"),
        cause=jsonata("$verdict.cause"),
    )
    record.next(failed)
    not_recorded = (
        "'The failure could not be recorded (' & $states.errorOutput.Error & '). It was: ' & $failure.error & ' ' & "
        "$substring($failure.cause, 0, 1000)"
    )
    unrecorded = {"outcome": RotationOutcome.FAILED.value, "cause": jsonata(not_recorded)}
    record.add_catch(Catch(failed, error_equals=["States.ALL"], assign={"verdict": unrecorded}))
    return record
