"""What is counted and measured, as CloudWatch will read it out of the log."""

import pytest

from stowage.adapters.announcing import announce
from stowage.adapters.log import logger
from stowage.adapters.metrics import count_announcement, count_ended, count_request, note_lock_age
from stowage.domain.changes import Change, ChangeStatus
from stowage.domain.notifications import Announcement
from stowage.domain.outcomes import Outcome
from tests.unit.api.world import World as Api
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.world import CHANGE, OTHER_CHANGE, STARTED_AT, World, request
from tests.unit.operations.lines import Read, measured, metrics_of

SERVICE = {"service": "stowage"}


def ended(outcome: Outcome = Outcome.SUCCEEDED, at: str = "2026-11-23T09:00:12.500Z") -> Change:
    """Give a change that began at STARTED_AT and has ended."""
    return Change.started(request(), STARTED_AT).ended(ChangeStatus.SUCCEEDED, outcome, None, at)


def test_a_line_is_the_embedded_metric_format(written: Read) -> None:
    """Namespace, dimensions, unit and value where CloudWatch looks for them; the time in milliseconds."""
    count_request(202)

    [line] = metrics_of(written())
    assert line["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Stowage",
            "Dimensions": [["status", "service"]],
            "Metrics": [{"Name": "Requests", "Unit": "Count"}],
        }
    ]
    assert line["_aws"]["Timestamp"] > 1_700_000_000_000
    assert (line["status"], line["service"], line["Requests"]) == ("2xx", "stowage", [1.0])


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_counted_under_its_own_code(outcome: Outcome, written: Read) -> None:
    """The alarms choose by it."""
    count_ended(ended(outcome))

    assert measured(written(), "ChangesEnded") == [({**SERVICE, "outcome": outcome.value}, 1.0)]


@pytest.mark.parametrize("outcome", Outcome)
def test_what_only_an_operator_can_mend_is_counted_apart(outcome: Outcome, written: Read) -> None:
    """A zero is sent as well, so that the metric exists before its alarm is needed."""
    count_ended(ended(outcome))

    operators = {Outcome.ACCESS_DENIED, Outcome.INTERNAL_ERROR, Outcome.NEEDS_OPERATOR, Outcome.STACK_MISSING}
    assert measured(written(), "ChangesNeedingOperator") == [(SERVICE, float(outcome in operators))]


def test_a_changes_duration_is_from_its_start_to_its_end_by_kind(written: Read) -> None:
    """In seconds, with fractions."""
    count_ended(ended())

    assert measured(written(), "ChangeDuration") == [({**SERVICE, "kind": "crate"}, 12.5)]


def test_a_clock_that_lags_gives_no_negative_duration(written: Read) -> None:
    """Start and end come from two clocks."""
    count_ended(ended(at="2026-11-23T08:59:59.000Z"))

    assert measured(written(), "ChangeDuration") == [({**SERVICE, "kind": "crate"}, 0.0)]


def test_a_running_change_counts_nothing(written: Read) -> None:
    """It has no outcome yet."""
    count_ended(Change.started(request(), STARTED_AT))

    assert written() == []


def test_an_announcement_counts_what_became_of_each_socket(written: Read) -> None:
    """One line, three metrics."""
    count_announcement(Announcement(seq=4, sent=7, gone=2, failed=1))

    lines = written()
    assert len(lines) == 1
    for metric, value in (("NotificationsSent", 7.0), ("NotificationsGone", 2.0), ("NotificationsFailed", 1.0)):
        assert measured(lines, metric) == [(SERVICE, value)]


def test_announcing_tells_the_pages_and_counts_them(written: Read) -> None:
    """As the tasks and the listener do it."""
    world = World()
    world.lock()
    world.listen("page")

    announce(world.notifier, Change.started(request(), STARTED_AT), "NotifyStarted")

    assert measured(written(), "NotificationsSent") == [(SERVICE, 1.0)]
    assert len(world.connections.messages("page")) == 2


def test_a_lock_is_as_old_as_its_since(written: Read) -> None:
    """What a refusal saw."""
    clock = FakeClock()
    clock.advance(90)

    note_lock_age(STARTED_AT, clock.now())

    assert measured(written(), "LockAge") == [(SERVICE, 90.0)]


def test_a_line_carries_the_ids_that_the_log_has_at_that_moment(written: Read) -> None:
    """As fields, never as dimensions: each value of a dimension is a metric to be paid for."""
    with logger().append_context_keys(change=CHANGE, request_id="request-1", person="somebody"):
        count_request(500)

    [line] = metrics_of(written())
    assert (line["change"], line["request_id"]) == (CHANGE, "request-1")
    assert "person" not in line
    assert measured([line], "Requests") == [({**SERVICE, "status": "5xx"}, 1.0)]


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/health", "2xx"), ("GET", "/v1/nothing", "4xx")])
def test_every_request_of_the_api_is_counted_once(method: str, path: str, status: str, written: Read) -> None:
    """By the class of its status."""
    Api().call(method, path)

    assert measured(written(), "Requests") == [({**SERVICE, "status": status}, 1.0)]


def test_a_write_refused_for_a_lock_measures_the_locks_age(written: Read) -> None:
    """The API's early refusal, before anything is started."""
    api = Api()
    api.fake_resources.acquire_lock(request(change=OTHER_CHANGE), STARTED_AT)
    api.fake_clock.advance(30)

    assert api.put().status == 409

    assert measured(written(), "LockAge") == [(SERVICE, 30.0)]
