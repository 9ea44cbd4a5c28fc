"""The lock of the rendered machine change_resource: how it is taken, refused, taken again and left, on a real table."""

import json
from collections.abc import Iterator

import pytest

from tests.contract.conftest import LocalCloud
from tests.contract.scripted_machine import DONE, FAILURE, REFUSAL, STACK_ID, SUCCESS, Stage, lock_of, script

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def stage(cloud: LocalCloud) -> Iterator[Stage]:
    """Serve the module from one table and one set of stand-ins; each test has a resource of its own."""
    stage = Stage(cloud)
    yield stage
    stage.table.delete_table(TableName=stage.name)


def test_the_lock_names_the_change_and_its_person(stage: Stage) -> None:
    """While a change runs its row says who holds it, since when, to do what; and carries spec, version and status."""
    request = stage.request(spec=script(AwaitStack=[{"sleep": True}]))
    execution = stage.start(request, stage.sleepy)
    token = stage.wait_for(request, "wakeToken")

    row = stage.row(request)
    started = stage.states.describe_execution(executionArn=execution)["startDate"]
    stage.states.send_task_success(taskToken=token, output=json.dumps(DONE))
    stage.finish(execution)

    since = row["lock"]["M"].pop("since")["S"]
    assert row["lock"]["M"] == {
        "change": {"S": request["change"]},
        "actor": {"S": "anna@example.org"},
        "actorId": {"S": "4f1c"},
        "action": {"S": "create"},
    }
    assert since.endswith("Z")
    assert since.startswith(started.strftime("%Y-%m-%dT"))
    assert {name: row[name] for name in ("fence", "version", "status", "lastChange", "project", "kind", "name")} == {
        "fence": {"N": "1"},
        "version": {"N": "1"},
        "status": {"S": "CREATING"},
        "lastChange": {"S": request["change"]},
        "project": {"S": "web"},
        "kind": {"S": "bucket"},
        "name": {"S": request["name"]},
    }
    assert json.loads(row["spec"]["S"]) == request["spec"]


@pytest.mark.parametrize(
    ("action", "expected", "version", "status"),
    [("update", 3, 4, "UPDATING"), ("delete", 3, 3, "DELETING")],
)
def test_an_existing_resource_keeps_its_spec_until_cloudformation_has_ended(
    action: str, expected: int, version: int, status: str, stage: Stage
) -> None:
    """An update or delete sets version and status, forgets the last outcome, and keeps spec and outputs."""
    request = stage.request(action, expectedVersion=expected, version=version)
    stage.put(
        request,
        version={"N": str(expected)}, fence={"N": "5"}, spec={"S": '{"owner":"anna"}'}, outputs={"S": "{}"},
        stackId={"S": STACK_ID}, outcome={"S": "ROLLED_BACK"}, cause={"S": "No."},
    )  # fmt: skip

    ended = stage.play(request)

    row = stage.row(request)
    assert ended.status == "SUCCEEDED"
    assert (row["version"]["N"], row["status"]["S"], row["fence"]["N"]) == (str(version), status, "6")
    assert (row["spec"]["S"], row["outputs"]["S"], row["stackId"]["S"]) == ('{"owner":"anna"}', "{}", STACK_ID)
    assert not {"outcome", "cause"} & set(row)


def test_a_name_that_was_deleted_is_created_anew_above_its_old_fence(stage: Stage) -> None:
    """A tombstone's version and fence go on counting; what it knew of the old stack is gone."""
    request = stage.request(expectedVersion=4, version=5)
    stage.put(
        request,
        version={"N": "4"}, fence={"N": "9"}, spec={"S": '{"owner":"anna"}'}, status={"S": "DELETED"},
        deletedAt={"S": "2026-01-01T00:00:00.000Z"}, stackId={"S": "old"}, stackStatus={"S": "DELETE_COMPLETE"},
        outputs={"S": "{}"},
    )  # fmt: skip

    ended = stage.play(request)

    row = stage.row(request)
    assert ended.status == "SUCCEEDED"
    assert (row["version"]["N"], row["fence"]["N"], row["spec"]["S"]) == ("5", "10", "{}")
    assert not {"deletedAt", "stackId", "stackStatus", "outputs"} & set(row)


def test_a_held_resource_refuses_the_change(stage: Stage) -> None:
    """Another change's lock is never taken over: the change ends FAILED with what NotifyRefused makes of the row."""
    request = stage.request()
    held = stage.put(
        request,
        version={"N": "0"}, fence={"N": "2"}, lock=lock_of(request, change="chg-other"), wakeToken={"S": "secret"},
    )  # fmt: skip

    ended = stage.play(request)

    assert (ended.status, ended.error, ended.cause) == ("FAILED", "LOCKED", "Somebody else holds it.")
    assert ended.entered == REFUSAL
    [given] = ended.inputs("NotifyRefused")
    assert given.pop("startedAt")
    # Never the holder's task token: what is read stands in the loser's history.
    assert given == {"change": request, "row": {"lock": held["lock"], "version": held["version"]}}
    assert stage.row(request) == held


@pytest.mark.parametrize("action", ["update", "delete"])
def test_a_tombstone_refuses_whatever_is_no_creation(stage: Stage, action: str) -> None:
    """A deletion leaves the version as it is; a late change of that version must not bring the resource back."""
    verdict = {"outcome": "STALE_VERSION", "cause": "It was deleted meanwhile."}
    request = stage.request(action, expectedVersion=7, version=8, spec=script(NotifyRefused=[{"answer": verdict}]))
    tombstone = stage.put(
        request,
        version={"N": "7"}, fence={"N": "2"}, status={"S": "DELETED"}, deletedAt={"S": "2026-01-01T00:00:00.000Z"},
    )  # fmt: skip

    ended = stage.play(request)

    assert (ended.status, ended.error, ended.entered) == ("FAILED", "STALE_VERSION", REFUSAL)
    assert stage.row(request) == tombstone


def test_a_stale_version_refuses_the_change(stage: Stage) -> None:
    """A free resource of another version than was looked at is not touched."""
    verdict = {"outcome": "STALE_VERSION", "cause": "It is version 8 by now."}
    spec = script(NotifyRefused=[{"answer": verdict}])
    request = stage.request("update", expectedVersion=7, version=8, spec=spec)
    newer = stage.put(request, version={"N": "8"}, fence={"N": "2"})

    ended = stage.play(request)

    assert (ended.status, ended.error, ended.cause) == ("FAILED", "STALE_VERSION", "It is version 8 by now.")
    assert ended.entered == REFUSAL
    assert stage.row(request) == newer


def test_of_two_simultaneous_changes_one_wins(stage: Stage) -> None:
    """Two changes of one resource: one runs, the other ends FAILED while the first one still holds it."""
    first = stage.request(spec=script(AwaitStack=[{"sleep": True}]))
    second = {**stage.request(), "name": first["name"]}
    execution = stage.start(first, stage.sleepy)
    token = stage.wait_for(first, "wakeToken")

    refused = stage.play(second)
    stage.states.send_task_success(taskToken=token, output=json.dumps(DONE))
    won = stage.finish(execution)

    assert (refused.status, refused.error) == ("FAILED", "LOCKED")
    assert refused.inputs("NotifyRefused")[0]["row"]["lock"]["M"]["change"] == {"S": first["change"]}
    assert won.status == "SUCCEEDED"


def test_a_lock_that_the_change_holds_already_is_acquired_again(stage: Stage) -> None:
    """A repeated write whose first answer was lost succeeds: a higher fence, the same version (invariant L6)."""
    request = stage.request()
    stage.put(request, version={"N": "1"}, fence={"N": "1"}, lock=lock_of(request))

    ended = stage.play(request)

    row = stage.row(request)
    assert (ended.status, ended.entered) == ("SUCCEEDED", SUCCESS)
    assert (row["version"], row["fence"]) == ({"N": "1"}, {"N": "2"})


def test_a_lock_lost_on_the_way_is_left_to_its_new_holder(stage: Stage) -> None:
    """If recovery took the lock meanwhile, neither release touches it, and the change ends FAILED (invariant L5)."""
    request = stage.request(spec=script(UpdateMirror=[{"steal": "chg-thief"}]))

    ended = stage.play(request)

    row = stage.row(request)
    assert ended.status == "FAILED"
    assert ended.entered == [*SUCCESS[:6], *FAILURE]
    assert ended.inputs("RecordFailure")[0]["failure"]["error"] == "DynamoDB.ConditionalCheckFailedException"
    assert (row["lock"]["M"]["change"], row["fence"]) == ({"S": "chg-thief"}, {"N": "2"})


def test_a_refusal_that_cannot_be_recorded_is_still_a_refusal(stage: Stage) -> None:
    """NotifyRefused's own failure ends the change FAILED as an INTERNAL_ERROR that says what failed."""
    request = stage.request(spec=script(NotifyRefused=[{"raise": "KeyError", "cause": "row"}]))
    stage.put(request, version={"N": "0"}, lock=lock_of(request, change="chg-other"))

    ended = stage.play(request)

    assert (ended.status, ended.error, ended.entered) == ("FAILED", "INTERNAL_ERROR", REFUSAL)
    assert ended.cause is not None
    assert ended.cause.startswith("The refusal could not be recorded: KeyError ")


def test_a_lock_that_cannot_even_be_tried_for_ends_the_change(stage: Stage) -> None:
    """An error of the table itself is neither LOCKED nor a hang: the change ends INTERNAL_ERROR, people are told."""
    machine = stage.machine(TableName="no-such-table")

    ended = stage.play(stage.request(), machine)

    assert (ended.status, ended.error) == ("FAILED", "INTERNAL_ERROR")
    assert ended.cause is not None
    assert ended.cause.startswith("The lock could not be taken: DynamoDB.ResourceNotFoundException ")
    assert ended.entered == ["AcquireLock", "NotifyFailed", "ChangeFailed"]
    assert ended.inputs("NotifyFailed")[0]["fence"] == 0
