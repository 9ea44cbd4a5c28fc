"""What the machine hands to its tasks is what their models take: field for field, evaluated."""

from importlib import import_module

import pytest

from stowage.domain.ports import ResourceKey
from tests.unit.workflows.evaluation import REQUEST, context, evaluate
from workflows.asl import Json

STACK_ID = "arn:aws:cloudformation:eu-west-1:111111111111:stack/stowage-bucket-acme-logs/1"
SUBMITTED = {"stackId": STACK_ID, "operation": "create", "noChange": False}
NOTHING_SUBMITTED = {"stackId": None, "operation": "none", "noChange": True}
RESULT = {"stackId": STACK_ID, "stackStatus": "CREATE_COMPLETE", "outputs": {"Arn": "a"}, "outcome": "SUCCEEDED"}
VARIABLES: Json = {
    "fence": 3,
    "removed": 2000,
    "stackId": STACK_ID,
    "submitted": SUBMITTED,
    "result": RESULT,
    "failure": {"error": "States.Timeout", "cause": ""},
    "verdict": {"outcome": "CREATE_FAILED", "cause": "The bucket exists.", "keepLock": False},
}
LOCKED = "stowage.domain.task_requests:LockedTaskRequest"
MODELS = {
    "NotifyStarted": LOCKED,
    "SubmitStackOperation": LOCKED,
    "EmptyContents": "tasks.empty_contents:EmptyContentsRequest",
    "AwaitStack": "tasks.await_stack:AwaitStackRequest",
    "UpdateMirror": "tasks.update_mirror:UpdateMirrorRequest",
    "NotifySucceeded": "tasks.notify_succeeded:NotifySucceededRequest",
    "RecordFailure": "tasks.record_failure:RecordFailureRequest",
    "NotifyFailed": "tasks.notify_failed:NotifyFailedRequest",
    "NotifyRefused": "tasks.notify_refused:NotifyRefusedRequest",
}


def payload(asl: Json, state: str, **variables: object) -> Json:
    """Give the payload that the state's function receives."""
    states = {"input": {"row": None}, "context": context(REQUEST)}
    evaluated: Json = evaluate(asl["States"][state]["Arguments"]["Payload"], states, VARIABLES | variables)
    return evaluated


@pytest.mark.parametrize("state", sorted(MODELS))
def test_a_task_takes_what_its_state_hands_over(state: str, asl: Json) -> None:
    """The evaluated payload is valid under the task's own model, which forbids anything too much or too little."""
    module, name = MODELS[state].split(":")
    model = getattr(import_module(module), name)

    request = model.model_validate(payload(asl, state))

    assert request.change.to_wire() == REQUEST
    assert request.started_at == "2026-01-02T03:04:05.678Z"


def test_a_change_without_a_stack_hands_on_null(asl: Json) -> None:
    """No stack id is null, not missing: a task whose model wants the field gets it."""
    awaiting = payload(asl, "AwaitStack", submitted=NOTHING_SUBMITTED)
    failing = payload(asl, "RecordFailure", stackId=None)

    assert (awaiting["stackId"], failing["stackId"]) == (None, None)


def test_a_caught_timeout_has_an_empty_cause(asl: Json) -> None:
    """States.Timeout comes without a Cause; what is assigned of it is an empty text, not an evaluation error."""
    assign = asl["States"]["AwaitStack"]["Catch"][-1]["Assign"]

    caught = evaluate(assign, {"errorOutput": {"Error": "States.Timeout"}, "context": context(REQUEST)}, VARIABLES)

    assert caught == {"failure": {"error": "States.Timeout", "cause": ""}}


@pytest.mark.parametrize("state", ["AcquireLock", "DescribeLock", "NotifyRefused", "RecordFailure"])
def test_a_verdict_of_the_machines_own_is_cut_to_a_length_that_a_fail_state_takes(state: str, asl: Json) -> None:
    """A cause may have 32,768 characters; with more around it, it would exceed what the Fail state may tell."""
    longest = {"Error": "E" * 256, "Cause": "c" * 32_768}
    variables = VARIABLES | {"failure": {"error": "E" * 256, "cause": "c" * 32_768}}

    assign = evaluate(
        asl["States"][state]["Catch"][-1]["Assign"], {"errorOutput": longest, "context": context(REQUEST)}, variables
    )

    assert 2_000 < len(assign["verdict"]["cause"]) < 3_000


def test_the_direct_calls_name_the_row_as_the_mirror_does(asl: Json) -> None:
    """The machine writes the row's key itself; it is the key under which the adapters read."""
    references = import_module("stowage.adapters.dynamodb.references")
    pk, sk = references.key_texts(ResourceKey("web", "bucket", "acme-logs"))
    states = {"context": context(REQUEST)}

    keys = [
        evaluate(block["Arguments"]["Key"], states, {})
        for block in asl["States"].values()
        if ":dynamodb:" in block.get("Resource", "")
    ]

    assert keys == [{"pk": {"S": pk}, "sk": {"S": sk}}] * 4
