"""A change by itself: what it asked for, what stood before, how long such changes take, and its raw history."""

import dataclasses

import pytest

from stowage.domain.changes import Action, Change, ChangeRequest, ChangeState
from stowage.domain.errors import ServiceUnavailableError
from stowage.domain.history import HistoryEvent
from stowage.domain.usual import Durations
from tests.unit.api.world import World
from tests.unit.fakes.people import AUDITOR, OPERATOR
from tests.unit.fakes.resources import resource_row

CHANGES = "/v1/projects/apollo/changes"
FULL = {"size": "small", "weight": 10, "lid": {"locked": True}, "labels": {}}
OLD, NEW = {"description": "Apples", **FULL}, {"description": "Red apples", **FULL}


def _read(world: World, change: str) -> dict[str, object]:
    told: dict[str, object] = world.call("GET", f"{CHANGES}/{change}", person=AUDITOR).json
    return told


def _begun(world: World, *, method: str = "PUT", **fields: object) -> str:
    reply = world.call(method, "/v1/projects/apollo/crates/apples", **fields)  # type: ignore[arg-type]
    return str(reply.json["change"]["id"])


def test_a_creation_has_nothing_before_it(world: World) -> None:
    """What it asked for is told, defaults and all, and null for what stood."""
    change = _begun(world, json=OLD)

    told = _read(world, change)

    assert (told["spec"], told["before"]) == (OLD, None)


def test_an_edit_tells_what_it_asked_for_and_what_stood(world: World) -> None:
    """Also when the resource has moved on since."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", spec=OLD))
    change = _begun(world, json=NEW)
    world.fake_resources.put(resource_row("apollo", "crate", "apples", spec={"description": "Pears"}, version=7))

    told = _read(world, change)

    assert (told["spec"], told["before"]) == (NEW, OLD)


def test_a_deletion_tells_what_went(world: World) -> None:
    """It asks for no spec."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", spec=OLD))
    change = _begun(world, method="DELETE")

    told = _read(world, change)

    assert (told["spec"], told["before"]) == (None, OLD)


def test_a_running_change_tells_who_wants_it_stopped(world: World) -> None:
    """So that a page which is opened later knows; of one that nobody stops, and of one that has ended, nothing."""
    change = _begun(world, json=OLD)
    started = world.fake_executions.by_name[change]
    world.fake_resources.acquire_lock(ChangeRequest.model_validate_json(started.input), started.started_at)
    assert _read(world, change)["stop"] is None

    world.call("POST", f"{CHANGES}/{change}/stop", person=OPERATOR)

    stop = _read(world, change)["stop"]
    assert isinstance(stop, dict)
    assert (stop["actor"], stop["change"]) == (OPERATOR.email, change)
    world.fake_executions.by_name[change] = dataclasses.replace(
        started, status="SUCCEEDED", stopped_at=started.started_at
    )
    assert _read(world, change)["stop"] is None


def test_a_repeated_request_keeps_what_the_first_one_saw(world: World) -> None:
    """The same key is the same change, whatever stands by then."""
    world.fake_resources.put(resource_row("apollo", "crate", "apples", spec=OLD))
    key = {"idempotency-key": "k"}
    change = _begun(world, json=NEW, headers=key)
    world.fake_resources.put(resource_row("apollo", "crate", "apples", spec=NEW, version=2))

    assert _begun(world, json=NEW, headers=key) == change

    assert _read(world, change)["before"] == OLD


def test_lists_carry_no_specs(world: World) -> None:
    """They grow by nothing."""
    _begun(world, json=OLD)

    [item] = world.call("GET", CHANGES).json["items"]

    assert item.keys().isdisjoint({"spec", "before", "usual"})


def test_what_was_not_kept_is_read_from_the_execution(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of Stowage's own, or one whose row could not be written, has its spec in its input."""

    def refuse(*_: object) -> None:
        raise ServiceUnavailableError("Not now.")

    monkeypatch.setattr(world.fake_details, "keep_specs", refuse)
    change = _begun(world, json=OLD)

    told = _read(world, change)

    assert (told["spec"], told["before"]) == (OLD, None)


def _states(world: World) -> tuple[ChangeState, ...]:
    at = world.fake_clock.iso()
    return (
        ChangeState(name="AcquireLock", status="SUCCEEDED", entered_at=at, exited_at=at),
        ChangeState(name="AwaitStack", status="RUNNING", entered_at=at),
    )


def _durations(count: int) -> Durations:
    took = tuple(range(1000, 1000 * count + 1, 1000))
    return Durations(kind="crate", action=Action.CREATE, revision=count, whole=took, states={"AwaitStack": took})


def test_the_usual_time_stands_at_each_state(world: World) -> None:
    """Half of the past changes, and 95 of a hundred, took no longer; a state without measurements has none."""
    change = _begun(world, json=OLD)
    world.fake_executions.history[change] = _states(world)
    world.fake_details.durations["crate", Action.CREATE] = _durations(20)

    told = world.call("GET", f"{CHANGES}/{change}").json

    assert [state["usual"] for state in told["states"]] == [None, {"p50": 10_000, "p95": 19_000, "count": 20}]
    assert told["usual"] == {"p50": 10_000, "p95": 19_000, "count": 20}


def test_too_few_measurements_tell_nothing(world: World) -> None:
    """No number is shown that four changes alone would stand for."""
    change = _begun(world, json=OLD)
    world.fake_executions.history[change] = _states(world)
    world.fake_details.durations["crate", Action.CREATE] = _durations(4)

    told = world.call("GET", f"{CHANGES}/{change}").json

    assert {each["usual"] for each in told["states"]} == {None}
    assert told["usual"] is None


def _event(number: int) -> HistoryEvent:
    return HistoryEvent(id=number, type="TaskScheduled", at="2026-11-23T09:00:00.000Z", state="AwaitStack")


def test_a_history_is_read_page_by_page(world: World) -> None:
    """A cursor is good for the change and the page size it was given for."""
    change = _begun(world, json=OLD)
    other = _begun(world, json=OLD, headers={"idempotency-key": "other"})
    world.fake_histories.by_name |= {change: tuple(map(_event, range(1, 4))), other: ()}
    path = f"{CHANGES}/{change}/history"

    first = world.call("GET", path, person=AUDITOR, query={"limit": "2"}).json
    last = world.call("GET", path, person=AUDITOR, query={"limit": "2", "cursor": first["cursor"]}).json

    assert [event["id"] for event in first["items"] + last["items"]] == [1, 2, 3]
    assert last["cursor"] is None
    for wrong, limit in ((f"{CHANGES}/{other}/history", "2"), (path, "1")):
        refused = world.call("GET", wrong, query={"limit": limit, "cursor": first["cursor"]})
        assert (refused.status, refused.slug) == (400, "invalid-request")


def test_a_history_that_is_over_is_empty(world: World) -> None:
    """Step Functions keeps it for 90 days after the end; the change itself stays."""
    change = _begun(world, json=OLD)

    assert world.call("GET", f"{CHANGES}/{change}/history").json == {"items": [], "cursor": None}


@pytest.mark.parametrize("change", ["chg-1", "chg-" + "0" * 32])
def test_there_is_no_history_of_what_is_no_change(world: World, change: str) -> None:
    """Whatever a name would find in Step Functions."""
    world.fake_histories.by_name[change] = (_event(1),)

    assert world.call("GET", f"{CHANGES}/{change}/history").status == 404


def test_another_projects_history_is_not_shown(world: World) -> None:
    """Gemini's change has an id that is valid in Apollo, too: 404, and nothing of it."""
    change = "chg-" + "9" * 32
    request = ChangeRequest(
        change=change,
        project="gemini",
        kind="crate",
        name="apples",
        action=Action.CREATE,
        spec=OLD,
        expected_version=0,
        version=1,
        actor=OPERATOR.email,
        actor_id=OPERATOR.id,
        request="f" * 64,
    )
    world.fake_executions.start(change, request.to_input())
    world.fake_changes.put_started(Change.started(request, world.fake_clock.iso()))
    world.fake_histories.by_name[change] = (_event(1),)

    reply = world.call("GET", f"{CHANGES}/{change}/history")

    assert (reply.status, "TaskScheduled" in reply.text) == (404, False)


@pytest.mark.parametrize("query", [{"limit": "201"}, {"limit": "0"}, {"order": "newest"}])
def test_a_wrong_page_of_a_history_is_refused(world: World, query: dict[str, str]) -> None:
    """A page stays within what a Lambda may answer, and a mistyped parameter is not ignored."""
    assert world.call("GET", f"{CHANGES}/{'chg-' + '0' * 32}/history", query=query).status == 400
