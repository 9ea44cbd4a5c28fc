"""The simulation's Step Functions and the local cloud's give the same history, for every path through the machine."""

from collections.abc import Iterator
from typing import Any

import pytest

from stowage.adapters.dynamodb.items import from_item
from tests.contract.conftest import LocalCloud
from tests.contract.scripted_machine import DONE, STACK_ID, Ended, Stage, lock_of, script
from tests.simulation.asl import Run
from tests.simulation.scripted_world import play
from workflows.asl import Json

pytestmark = pytest.mark.contract

BROKEN = {"raise": "KeyError", "cause": "status"}
BUSY = {"raise": "StackBusyError", "cause": "Busy."}
SLOWER = {"raise": "ThrottledError", "cause": "Slower."}
TAKEN = {"raise": "NameTakenError", "cause": "Taken."}
KEEPS = {"outcome": "STILL_RUNNING", "cause": "CloudFormation is still at work.", "keepLock": True}
SUBMITTED = {"stackId": STACK_ID, "operation": "create", "noChange": False}
NOTHING = {"stackId": None, "operation": "none", "noChange": True}
NO_RESULT: Json = {"stackId": None, "stackStatus": None, "outputs": {}, "outcome": "NO_CHANGE"}

PATHS: dict[str, Json] = {
    "a success": {},
    "a submission that fails": script(SubmitStackOperation=[TAKEN]),
    "a submission that is throttled": script(SubmitStackOperation=[SLOWER, {"answer": SUBMITTED}]),
    "a busy stack": script(SubmitStackOperation=[BUSY, {"answer": SUBMITTED}]),
    "a stack that fails": script(AwaitStack=[{"fail": "StackCreateFailedError", "cause": "The bucket exists."}]),
    "a look that breaks": script(AwaitStack=[BROKEN]),
    "a look that is throttled": script(AwaitStack=[SLOWER, {"succeed": DONE}]),
    "two polls": script(AwaitStack=[{"sleep": True}, {"sleep": True}, {"succeed": DONE}]),
    "a mirror that breaks": script(UpdateMirror=[BROKEN]),
    "a mirror that is throttled": script(UpdateMirror=[SLOWER, {"answer": {}}]),
    "a lock that is lost": script(UpdateMirror=[{"steal": "chg-thief"}]),
    "a stack that still runs": script(
        AwaitStack=[{"fail": "StackBusyError", "cause": "At work."}], RecordFailure=[{"answer": KEEPS}]
    ),
    "a failure that cannot be recorded": script(SubmitStackOperation=[TAKEN], RecordFailure=[BROKEN]),
    "a first notification that breaks": script(NotifyStarted=[BROKEN]),
    "a last notification that breaks": script(NotifySucceeded=[BROKEN]),
    "a failure that nobody can be told": script(UpdateMirror=[TAKEN], NotifyFailed=[BROKEN]),
    "one that is emptied first": script(
        SubmitStackOperation=[{"raise": "ContentsRemainError", "cause": "Full."}, {"answer": SUBMITTED}],
        EmptyContents=[{"answer": {"removed": 1000, "more": True}}, {"answer": {"removed": 1500, "more": False}}],
    ),
    "one that cannot be emptied": script(
        SubmitStackOperation=[{"raise": "ContentsRemainError", "cause": "Full."}],
        EmptyContents=[{"raise": "BucketNotEmptyError", "cause": "Kept by Object Lock."}],
    ),
    "nothing to do": script(SubmitStackOperation=[{"answer": NOTHING}], AwaitStack=[{"succeed": NO_RESULT}]),
}
ROWS: dict[str, Json] = {
    "a held resource": {"version": {"N": "0"}, "fence": {"N": "2"}, "lock": "chg-other"},
    "a lock of its own": {"version": {"N": "1"}, "fence": {"N": "1"}, "lock": None},
    "another version": {"version": {"N": "8"}, "fence": {"N": "2"}},
    "a tombstone": {"version": {"N": "0"}, "fence": {"N": "2"}, "deletedAt": {"S": "2026-01-01T00:00:00.000Z"}},
}


@pytest.fixture(scope="module")
def stage(cloud: LocalCloud) -> Iterator[Stage]:
    """Serve the module from one table and one set of stand-ins; each test has a resource of its own."""
    stage = Stage(cloud)
    yield stage
    stage.table.delete_table(TableName=stage.name)


def told(ended: Ended) -> list[tuple[str, str]]:
    """Give the local cloud's history as the runner tells its own: each event's type, and its state or its error."""
    events, state = [], ""
    for event in ended.events:
        kind = event["type"]
        details: dict[str, Any] = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {})
        entered = event.get("stateEnteredEventDetails", {}).get("name")
        state = entered or event.get("stateExitedEventDetails", {}).get("name") or state
        if kind.startswith("Execution") or kind == "TaskTimedOut":
            events.append((kind, ""))
        else:
            events.append((kind, details.get("error", state) if kind == "TaskFailed" else state))
    return events


UNCOMPARED = frozenset({"TaskSubmitted", "MapStateStarted", "MapStateSucceeded"})
"""Whether a function returns before its token is answered, or after, is a race there; of a Map it tells the states
alone, in a flat history."""


def compare(ended: Ended, run: Run) -> None:
    """Assert that both tell the same.

    But for what the local cloud tells otherwise (UNCOMPARED).
    """
    assert [event for event in run.events if event[0] not in UNCOMPARED] == [
        event for event in told(ended) if event[0] not in UNCOMPARED
    ]
    assert (run.status, run.error, run.output) == (ended.status, ended.error, ended.output)
    assert (run.cause or "").split("requestId")[0] == (ended.cause or "").split("requestId")[0]


@pytest.mark.parametrize("path", PATHS)
def test_a_path_through_the_machine_has_the_same_history(path: str, stage: Stage) -> None:
    """States, attempts, errors, retries, the end and its output, event by event; and the same row is left."""
    action = "delete" if path == "nothing to do" else "create"
    request = stage.request(action, spec=PATHS[path], **({"version": 0} if action == "delete" else {}))

    ended = stage.play(request, stage.quick if path == "two polls" else stage.sleepy)
    execution, row = play(request, None, poll_seconds=1 if path == "two polls" else 20)

    compare(ended, execution.run)
    there = from_item(stage.row(request))
    for each in (row, there):
        each.pop("wakeToken", None)
        each.get("lock", {}).pop("since", None)
    assert row == there


@pytest.mark.parametrize("given", ROWS)
@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_what_stands_already_is_met_with_the_same_history(given: str, action: str, stage: Stage) -> None:
    """Held, its own already, of another version, deleted: taken, refused, or taken again alike."""
    request = stage.request(action, version=0 if action == "delete" else 1)
    fields = dict(ROWS[given])
    if "lock" in fields:
        fields["lock"] = lock_of(request, change=fields["lock"] or request["change"])
    row = stage.put(request, **fields)

    ended = stage.play(request)
    execution, left = play(request, row, poll_seconds=20)

    compare(ended, execution.run)
    there = from_item(stage.row(request))
    for each in (left, there):
        each.get("lock", {}).pop("since", None)
    assert left == there
