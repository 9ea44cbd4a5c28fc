"""The rendered machine rotate_credentials runs on the local cloud as its table of states tells.

Its tasks are played by stand-ins. A rotation's actor carries the script: for each state the steps of its attempts, the
last one repeated, as tests/contract/scripted_machine.py has them.
"""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract import scripted_machine
from tests.contract.conftest import LocalCloud
from tests.contract.scripted_machine import Ended, Stage

pytestmark = pytest.mark.contract

ASL = scripted_machine.ASL.with_name("rotate_credentials.asl.json")
HANDLER = """
import json
import os

import boto3

STATE, TABLE = os.environ["STATE"], os.environ["TABLE_NAME"]
DEFAULTS = {
    "ProbeAccessKey": {"answer": {"oldKeyStands": True}},
    "AwaitHandover": {"succeed": {"undone": False}},
    "AwaitOldKeyIdle": {"succeed": {"undone": False}},
    "AwaitUndo": {"succeed": {"undone": False}},
    "RecordRotationFailure": {"answer": {"outcome": "FAILED", "cause": "It broke."}},
}


def handler(event, context):
    rotation = event["rotation"]
    counted = boto3.client("dynamodb").update_item(
        TableName=TABLE, Key={"pk": {"S": rotation["rotation"]}, "sk": {"S": STATE}},
        UpdateExpression="ADD attempts :one", ExpressionAttributeValues={":one": {"N": "1"}}, ReturnValues="ALL_NEW",
    )
    attempt = int(counted["Attributes"]["attempts"]["N"])
    steps = json.loads(rotation["actor"]).get(STATE) or [DEFAULTS.get(STATE, {"answer": {}})]
    step = steps[min(attempt, len(steps)) - 1]
    if "raise" in step:
        raise type(step["raise"], (Exception,), {})(step["cause"])
    if "succeed" in step:
        output = json.dumps(step["succeed"])
        boto3.client("stepfunctions").send_task_success(taskToken=event["taskToken"], output=output)
    if "fail" in step:
        boto3.client("stepfunctions").send_task_failure(
            taskToken=event["taskToken"], error=step["fail"], cause=step["cause"]
        )
    return step.get("answer")
"""
BEGINNING = ["ClaimRotation", "MintAccessKey", "ProbeAccessKey", "OldKeyStands"]
MIDDLE = ["AwaitHandover", "AwaitOldKeyIdle", "DeactivateOldKey", "AwaitUndo", "UndoAsked"]
END = ["DeleteOldKey", "FinishRotation", "RotationSucceeded"]
FAILURE = ["RecordRotationFailure", "RotationFailed"]


@pytest.fixture(scope="module")
def stage(cloud: LocalCloud) -> Iterator[Stage]:
    """Serve the module from one set of stand-ins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scripted_machine, "ASL", ASL)
        patch.setattr(scripted_machine, "HANDLER", HANDLER)
        stage = Stage(cloud)
    yield stage
    stage.table.delete_table(TableName=stage.name)


@pytest.fixture(scope="module")
def machine(stage: Stage) -> str:
    """Give the machine, looking every second."""
    return stage.machine(RotationPollSeconds="1")


def request(**script: list[dict[str, Any]]) -> dict[str, Any]:
    """Give an execution's input."""
    return {
        "rotation": f"rot-{uuid.uuid4().hex}", "project": "web", "kind": "user", "name": "partner",
        "reason": "requested", "actor": json.dumps(script), "actorId": "4f1c", "overlapHours": 0, "undoHours": 0,
    }  # fmt: skip


def play(stage: Stage, machine: str, asked: dict[str, Any]) -> Ended:
    """Run a rotation to its end."""
    started = stage.states.start_execution(stateMachineArn=machine, name=asked["rotation"], input=json.dumps(asked))
    return stage.finish(started["executionArn"])


def test_a_rotation_tells_every_step_as_a_state(stage: Stage, machine: str) -> None:
    """In the order in which an auditor expects them; each task gets the whole request and nothing else."""
    asked = request()

    ended = play(stage, machine, asked)

    assert (ended.status, ended.entered) == ("SUCCEEDED", BEGINNING + MIDDLE + END)
    assert ended.output == {"outcome": "SUCCEEDED"}
    common = {"rotation": asked, "startedAt": ended.inputs("ClaimRotation")[0]["startedAt"]}
    assert ended.inputs("MintAccessKey") == ended.inputs("FinishRotation") == [common]
    [waiting] = ended.inputs("AwaitUndo")
    assert waiting.pop("taskToken")
    assert waiting == common


def test_a_first_minting_waits_for_nothing(stage: Stage, machine: str) -> None:
    """There is no old key to be taken away."""
    ended = play(stage, machine, request(ProbeAccessKey=[{"answer": {"oldKeyStands": False}}]))

    assert (ended.status, ended.entered) == ("SUCCEEDED", [*BEGINNING, "FinishRotation", "RotationSucceeded"])


def test_a_fresh_key_that_is_refused_is_probed_again(stage: Stage, machine: str) -> None:
    """IAM takes some seconds to make it known everywhere."""
    refused = {"raise": "KeyNotReadyError", "cause": "Not known yet."}
    ready = {"answer": {"oldKeyStands": False}}

    ended = play(stage, machine, request(ProbeAccessKey=[refused, ready]))

    assert ended.status == "SUCCEEDED"
    assert len(ended.inputs("ProbeAccessKey")) == 2


def test_a_wait_that_nobody_wakes_looks_again(stage: Stage, machine: str) -> None:
    """The token's timeout is the poll."""
    ended = play(stage, machine, request(AwaitHandover=[{"answer": {}}, {"succeed": {"undone": False}}]))

    assert ended.status == "SUCCEEDED"
    assert len(ended.inputs("AwaitHandover")) == 2


def test_an_undo_goes_back_to_the_wait_for_the_old_key(stage: Stage, machine: str) -> None:
    """And the second time on to the end."""
    undone, over = {"succeed": {"undone": True}}, {"succeed": {"undone": False}}

    ended = play(stage, machine, request(AwaitUndo=[undone, over]))

    again = ["ReactivateOldKey", *MIDDLE[1:]]
    assert (ended.status, ended.entered) == ("SUCCEEDED", BEGINNING + MIDDLE + again + END)


def test_a_rotation_that_may_not_begin_touches_nothing(stage: Stage, machine: str) -> None:
    """It ends FAILED with the sentence; nothing is recorded, for nothing is its own."""
    ended = play(stage, machine, request(ClaimRotation=[{"raise": "RotationRefusedError", "cause": "Another runs."}]))

    assert (ended.status, ended.entered) == ("FAILED", ["ClaimRotation", "RotationRefused"])
    assert (ended.error, ended.cause) == ("REFUSED", "Another runs.")


@pytest.mark.parametrize(
    "state", [state for state in [*BEGINNING, *MIDDLE, *END[:2]] if state[:3] not in {"Old", "Und"}]
)
def test_a_failure_anywhere_is_recorded_and_ends_in_fail(stage: Stage, machine: str, state: str) -> None:
    """With the outcome as its error."""
    ended = play(stage, machine, request(**{state: [{"raise": "CredentialError", "cause": "It broke."}]}))

    assert ended.status == "FAILED"
    assert ended.entered[-2:] == FAILURE
    assert (ended.error, ended.cause) == ("FAILED", "It broke.")
    [given] = ended.inputs("RecordRotationFailure")
    assert given["failure"]["error"] == "CredentialError"


def test_a_wait_can_end_the_rotation(stage: Stage, machine: str) -> None:
    """A handover that nobody opened."""
    steps = {"AwaitHandover": [{"fail": "HandoverNotOpenedError", "cause": "Nobody."}]}
    told = {"answer": {"outcome": "HANDOVER_NOT_OPENED", "cause": "Nobody."}}

    ended = play(stage, machine, request(**steps, RecordRotationFailure=[told]))

    assert (ended.status, ended.error, ended.cause) == ("FAILED", "HANDOVER_NOT_OPENED", "Nobody.")


def test_a_failure_that_cannot_be_recorded_is_told_nevertheless(stage: Stage, machine: str) -> None:
    """The listener of ended executions then gives the credentials free."""
    broken = [{"raise": "CredentialError", "cause": "It broke."}]

    ended = play(stage, machine, request(MintAccessKey=broken, RecordRotationFailure=broken))

    assert (ended.status, ended.error) == ("FAILED", "FAILED")
    assert "could not be recorded" in str(ended.cause)
