"""A change's states, told from its execution's events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stowage.adapters.execution_history import states_of
from stowage.domain.changes import ChangeState

BEGIN = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)


def events(*told: tuple[str, dict[str, Any]] | str) -> list[dict[str, Any]]:
    """Give events a second apart; a text alone is an event without details, "+X" and "-X" enter and leave a state."""
    found = []
    for number, each in enumerate(told):
        kind, details = (each, {}) if isinstance(each, str) else each
        event: dict[str, Any] = {"id": number + 1, "timestamp": BEGIN + timedelta(seconds=number)}
        if kind[0] in "+-":
            member = "stateEnteredEventDetails" if kind[0] == "+" else "stateExitedEventDetails"
            event |= {"type": "TaskState" + ("Entered" if kind[0] == "+" else "Exited"), member: {"name": kind[1:]}}
        else:
            event |= {"type": kind, f"{kind[0].lower()}{kind[1:]}EventDetails": details}
        found.append(event)
    return found


def failed(error: str, cause: str = "Why.") -> tuple[str, dict[str, Any]]:
    """Give a failed attempt."""
    return "TaskFailed", {"error": error, "cause": cause}


def only(*told: tuple[str, dict[str, Any]] | str) -> ChangeState:
    """Give the last state of these events."""
    return states_of(events("ExecutionStarted", *told))[-1]


def test_a_state_that_went_well_has_entry_and_exit() -> None:
    """Times are the events' own."""
    state = only("+A", "TaskScheduled", "TaskStarted", "TaskSucceeded", "-A")

    assert state == ChangeState(
        name="A", status="SUCCEEDED", entered_at="2026-11-23T09:00:01.000Z", exited_at="2026-11-23T09:00:05.000Z"
    )


def test_a_state_under_way_is_running() -> None:
    """Entered, not left."""
    assert only("+A", "TaskScheduled").status == "RUNNING"


def test_a_failed_attempt_that_is_tried_again_is_retrying_and_then_counted() -> None:
    """Between attempts RETRYING with the error; afterwards only the number remains."""
    waiting = only("+A", "TaskScheduled", failed("ThrottledError"))
    assert (waiting.status, waiting.error, waiting.attempts) == ("RETRYING", "ThrottledError", 1)

    again = only("+A", "TaskScheduled", failed("ThrottledError"), "TaskScheduled")
    assert (again.status, again.error, again.attempts) == ("RUNNING", None, 2)

    done = only("+A", "TaskScheduled", failed("ThrottledError"), "TaskScheduled", "TaskSucceeded", "-A")
    assert (done.status, done.error, done.attempts) == ("SUCCEEDED", None, 2)


@pytest.mark.parametrize("timeout", [("TaskTimedOut", {"error": "States.Timeout"}), failed("States.Timeout", "")])
def test_a_sleeping_poll_is_one_running_state(timeout: tuple[str, dict[str, Any]]) -> None:
    """However often the token's timeout woke it: neither failed, nor tried again, nor counted."""
    polls = [part for _ in range(4) for part in ("TaskScheduled", "TaskSubmitted", timeout)]

    state = only("+AwaitStack", *polls)

    assert (state.status, state.error, state.attempts) == ("RUNNING", None, 1)


def test_a_poll_that_was_woken_at_last_succeeded() -> None:
    """The timeouts before leave no trace."""
    timeout = ("TaskTimedOut", {"error": "States.Timeout"})

    state = only("+AwaitStack", "TaskScheduled", timeout, "TaskScheduled", "TaskSucceeded", "-AwaitStack")

    assert (state.status, state.error, state.attempts) == ("SUCCEEDED", None, 1)


def test_a_poll_that_came_to_its_deadline_failed_by_timeout() -> None:
    """The last timeout was caught: the state ended by it."""
    timeout = ("TaskTimedOut", {"error": "States.Timeout"})

    state = only("+AwaitStack", "TaskScheduled", timeout, "-AwaitStack")

    assert (state.status, state.error) == ("FAILED", "States.Timeout")


def test_a_caught_failure_is_failed_with_the_sentence_of_its_cause() -> None:
    """Lambda's JSON is read for its message; a stack trace reaches nobody."""
    cause = '{"errorMessage": "No such key", "errorType": "StackCreateFailedError", "stackTrace": ["x"]}'

    state = only("+A", "TaskScheduled", failed("StackCreateFailedError", cause), "-A")

    assert (state.status, state.error, state.cause) == ("FAILED", "StackCreateFailedError", "No such key")


@pytest.mark.parametrize("kind", ["ExecutionAborted", "ExecutionTimedOut", "ExecutionFailed"])
def test_the_state_in_which_the_execution_ended_badly_is_failed(kind: str) -> None:
    """A Fail state, or whatever state an abort or a timeout met."""
    state = only("+A", "TaskScheduled", (kind, {"error": "E", "cause": "C"}))

    assert (state.status, state.error, state.cause, state.exited_at) == ("FAILED", "E", "C", "2026-11-23T09:00:03.000Z")


def test_a_redriven_state_runs_again() -> None:
    """A redrive schedules the failed state anew, without entering it a second time."""
    ended = ("ExecutionAborted", {"error": "E"})

    state = only("+A", "TaskScheduled", ended, "ExecutionRedriven", "TaskScheduled")

    assert (state.status, state.exited_at) == ("RUNNING", None)


def test_states_come_in_the_order_of_their_entry() -> None:
    """Also one that is entered a second time."""
    told = states_of(events("+A", "-A", "+B", "-B", "+A"))

    assert [state.name for state in told] == ["A", "B", "A"]
