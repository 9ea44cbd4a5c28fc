"""The rendered machine change_resource runs on the local cloud as its table of states tells, on a real table."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.conftest import LocalCloud
from tests.contract.scripted_machine import DONE, FAILURE, STACK_ID, SUCCESS, Stage, lock_of, script

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def stage(cloud: LocalCloud) -> Iterator[Stage]:
    """Serve the module from one table and one set of stand-ins; each test has a resource of its own."""
    stage = Stage(cloud)
    yield stage
    stage.table.delete_table(TableName=stage.name)


def test_a_success_enters_exactly_eight_states(stage: Stage) -> None:
    """A change that succeeds tells its story in eight entries and frees the resource."""
    request = stage.request()

    ended = stage.play(request)

    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)
    assert ended.output == {"outcome": "SUCCEEDED", "stackId": STACK_ID}
    assert not {"lock", "wakeToken"} & set(stage.row(request))


def test_each_task_is_given_what_it_needs(stage: Stage) -> None:
    """Every task gets the request, the fence and the start time, and the later ones what the earlier ones answered."""
    request = stage.request()
    stage.put(request, fence={"N": "6"}, version={"N": "0"})

    ended = stage.play(request)

    common = {"change": request, "fence": 7, "startedAt": ended.inputs("NotifyStarted")[0]["startedAt"]}
    await_stack = ended.inputs("AwaitStack")[0]
    assert await_stack.pop("taskToken")
    assert ended.inputs("NotifyStarted") == [common]
    assert ended.inputs("SubmitStackOperation") == [common]
    assert await_stack == {**common, "stackId": STACK_ID, "operation": "create", "noChange": False, "deadlineAt": None}
    assert ended.inputs("UpdateMirror") == [{**common, "result": DONE}]
    assert ended.inputs("NotifySucceeded") == [{**common, "outcome": "SUCCEEDED"}]


@pytest.mark.parametrize(
    ("state", "step", "error"),
    [
        ("SubmitStackOperation", {"raise": "NameTakenError", "cause": "Taken."}, "NameTakenError"),
        ("AwaitStack", {"raise": "LockLostError", "cause": "Lost."}, "LockLostError"),
        ("AwaitStack", {"fail": "StackCreateFailedError", "cause": "Bad bucket."}, "StackCreateFailedError"),
        ("UpdateMirror", {"raise": "LockLostError", "cause": "Lost."}, "LockLostError"),
    ],
    ids=["submit raises", "await raises", "await refuses its token", "update raises"],
)
def test_a_failing_task_ends_the_change_with_its_verdict_and_frees_the_resource(
    state: str, step: dict[str, Any], error: str, stage: Stage
) -> None:
    """Whichever task fails: RecordFailure judges, the lock is freed, the execution is FAILED with the verdict."""
    request = stage.request(spec=script(**{state: [step]}))

    ended = stage.play(request)

    assert (ended.status, ended.error, ended.cause) == ("FAILED", "CREATE_FAILED", "The first failing event.")
    assert ended.entered == [*SUCCESS[: SUCCESS.index(state) + 1], *FAILURE]
    [recorded] = ended.inputs("RecordFailure")
    assert recorded["failure"]["error"] == error
    assert step["cause"] in recorded["failure"]["cause"]
    assert recorded["stackId"] == (None if state == "SubmitStackOperation" else STACK_ID)
    assert ended.inputs("NotifyFailed")[0]["failure"] == {
        "outcome": "CREATE_FAILED",
        "cause": "The first failing event.",
    }
    assert "lock" not in stage.row(request)


def test_what_is_to_be_emptied_first_is_emptied_and_then_submitted(stage: Stage) -> None:
    """EmptyContents hears how many are gone so far, as long as there are more; the change then goes its usual way."""
    full = {"raise": "ContentsRemainError", "cause": "It holds 1,500 objects."}
    submitted = {"answer": {"stackId": STACK_ID, "operation": "delete", "noChange": False}}
    stretches = [{"answer": {"removed": 1000, "more": True}}, {"answer": {"removed": 1500, "more": False}}]
    request = stage.request(spec=script(SubmitStackOperation=[full, submitted], EmptyContents=stretches))

    ended = stage.play(request)

    emptying = ["EmptyContents", "ContentsRemain", "EmptyContents", "ContentsRemain"]
    assert ended.entered == [*SUCCESS[:3], *emptying, *SUCCESS[2:]]
    assert [given["removed"] for given in ended.inputs("EmptyContents")] == [0, 1000]


def test_the_cause_of_a_raised_error_is_lambdas_own_json(stage: Stage) -> None:
    """What RecordFailure gets of a raised error is `{"errorMessage", "errorType", …}` as a text."""
    spec = script(SubmitStackOperation=[{"raise": "NameTakenError", "cause": "Taken."}])

    ended = stage.play(stage.request(spec=spec))

    cause = json.loads(ended.inputs("RecordFailure")[0]["failure"]["cause"])
    assert (cause["errorType"], cause["errorMessage"]) == ("NameTakenError", "Taken.")


def test_a_stack_that_still_runs_keeps_its_lock(stage: Stage) -> None:
    """If RecordFailure finds the operation still at work, the lock stays for reconcile (invariant L7)."""
    verdict = {"outcome": "STILL_RUNNING", "cause": "CloudFormation is still at work.", "keepLock": True}
    spec = script(
        AwaitStack=[{"fail": "StackBusyError", "cause": "Still at work."}], RecordFailure=[{"answer": verdict}]
    )
    request = stage.request(spec=spec)

    ended = stage.play(request)

    assert (ended.status, ended.error) == ("FAILED", "STILL_RUNNING")
    assert ended.entered == [*SUCCESS[:4], "RecordFailure", "OperationStillRuns", "NotifyFailed", "ChangeFailed"]
    assert stage.row(request)["lock"] == lock_of(request, since=stage.row(request)["lock"]["M"]["since"]["S"])


def test_a_failure_that_cannot_be_recorded_still_tells_its_cause(stage: Stage) -> None:
    """If RecordFailure itself fails, the change ends INTERNAL_ERROR with both causes; recovery frees the lock."""
    spec = script(
        SubmitStackOperation=[{"raise": "NameTakenError", "cause": "Taken."}],
        RecordFailure=[{"raise": "KeyError", "cause": "status"}],
    )
    request = stage.request(spec=spec)

    ended = stage.play(request)

    assert (ended.status, ended.error) == ("FAILED", "INTERNAL_ERROR")
    assert ended.cause is not None
    assert ended.cause.startswith("The failure could not be recorded (KeyError). It was: NameTakenError ")
    assert "Taken." in ended.cause
    assert ended.entered[-2:] == ["NotifyFailed", "ChangeFailed"]
    assert "lock" in stage.row(request)


@pytest.mark.parametrize("state", ["NotifyStarted", "NotifySucceeded"])
def test_a_notification_that_fails_fails_no_change(state: str, stage: Stage) -> None:
    """People not told is no reason to call a change failed that succeeded."""
    ended = stage.play(stage.request(spec=script(**{state: [{"raise": "KeyError", "cause": "socket"}]})))

    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)


def test_a_failed_change_stays_failed_if_nobody_can_be_told(stage: Stage) -> None:
    """NotifyFailed's own failure changes neither outcome nor cause."""
    spec = script(
        UpdateMirror=[{"raise": "LockLostError", "cause": "Lost."}],
        NotifyFailed=[{"raise": "KeyError", "cause": "socket"}],
    )

    ended = stage.play(stage.request(spec=spec))

    assert (ended.status, ended.error, ended.cause) == ("FAILED", "CREATE_FAILED", "The first failing event.")


def test_a_token_answered_from_outside_wakes_the_change_at_once(stage: Stage) -> None:
    """What a stack event does: SendTaskSuccess with the stored token, long before the poll interval is over."""
    request = stage.request(spec=script(AwaitStack=[{"sleep": True}]))
    execution = stage.start(request, stage.sleepy)
    token = stage.wait_for(request, "wakeToken")

    stage.states.send_task_success(taskToken=token, output=json.dumps(DONE))
    ended = stage.finish(execution)

    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)
    assert len(ended.inputs("AwaitStack")) == 1
    assert "wakeToken" not in stage.row(request)


def test_polling_repeats_the_attempt_and_not_the_state(stage: Stage) -> None:
    """Two polls without an event, then a success: three attempts with a token each, and still eight entries."""
    spec = script(AwaitStack=[{"sleep": True}, {"sleep": True}, {"succeed": DONE}])

    ended = stage.play(stage.request(spec=spec), stage.quick)

    tokens = [given["taskToken"] for given in ended.inputs("AwaitStack")]
    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)
    assert len(set(tokens)) == len(tokens) == 3


def test_a_throttled_task_is_tried_again(stage: Stage) -> None:
    """A transient error costs an attempt, not the change."""
    spec = script(UpdateMirror=[{"raise": "ThrottledError", "cause": "Slower."}, {"answer": {}}])

    ended = stage.play(stage.request(spec=spec))

    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)
    assert len(ended.inputs("UpdateMirror")) == 2


def test_a_busy_stack_is_waited_for(stage: Stage) -> None:
    """Another operation on the stack is waited out by retrying at a fixed interval."""
    answer = {"stackId": STACK_ID, "operation": "create", "noChange": False}
    spec = script(SubmitStackOperation=[{"raise": "StackBusyError", "cause": "Busy."}, {"answer": answer}])

    ended = stage.play(stage.request(spec=spec))

    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)
    assert len(ended.inputs("SubmitStackOperation")) == 2


def test_a_change_with_nothing_to_do_succeeds_without_a_stack(stage: Stage) -> None:
    """Deleting what CloudFormation does not have goes the same eight states, with no stack id."""
    nothing = {"stackId": None, "operation": "none", "noChange": True}
    result: dict[str, Any] = {"stackId": None, "stackStatus": None, "outputs": {}, "outcome": "NO_CHANGE"}
    spec = script(SubmitStackOperation=[{"answer": nothing}], AwaitStack=[{"succeed": result}])

    ended = stage.play(stage.request("delete", spec=spec, version=0))

    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)
    assert ended.output == {"outcome": "NO_CHANGE", "stackId": None}
    assert ended.inputs("UpdateMirror")[0]["result"] == result
    assert ended.inputs("NotifySucceeded")[0]["outcome"] == "NO_CHANGE"
