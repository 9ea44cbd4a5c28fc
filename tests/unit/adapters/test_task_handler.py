"""The handler that every task shares."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from stowage.adapters.log import logger
from stowage.adapters.task_handler import task
from stowage.domain.errors import StackBusyError
from stowage.domain.task_requests import LockedTaskRequest, Nothing
from stowage.domain.wire import WireModel
from tests.unit.fakes.world import CHANGE, STARTED_AT, request

EVENT = {"change": request().to_wire(), "fence": 4, "startedAt": STARTED_AT}


class Answer(WireModel):
    """An answer."""

    given_fence: int


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Give what the log gets."""
    stream, handler = io.StringIO(), logger().registered_handler
    assert isinstance(handler, logging.StreamHandler)
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def lines(captured: str) -> list[dict[str, Any]]:
    """Give the log's lines."""
    return [json.loads(line) for line in captured.splitlines() if line.startswith("{")]


def test_a_task_speaks_camel_case_json_both_ways() -> None:
    """The event is parsed into the model, the answer dumped from it."""

    @task(LockedTaskRequest)
    def handler(given: LockedTaskRequest) -> Answer:
        return Answer(given_fence=given.fence)

    assert handler(EVENT, None) == {"givenFence": 4}


def test_an_event_of_another_form_is_refused_without_repeating_its_values() -> None:
    """The error goes into the execution's history."""
    with pytest.raises(ValidationError) as caught:
        task(LockedTaskRequest)(lambda _: Nothing())({**EVENT, "surplus": "hunter2"}, None)

    assert "surplus" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_every_line_of_the_log_carries_the_change(log: io.StringIO) -> None:
    """By its id alone a change is followed through all functions; neither event nor spec is logged."""

    @task(LockedTaskRequest)
    def handler(_: LockedTaskRequest) -> Nothing:
        raise StackBusyError("Another operation runs.")

    with pytest.raises(StackBusyError):
        handler(EVENT, None)

    told = lines(log.getvalue())
    assert told
    assert {line["change"] for line in told} == {CHANGE}
    assert told[-1]["error"] == "StackBusyError"
    assert "exception" not in told[-1]
    assert "Apples" not in json.dumps(told)


def test_an_unexpected_error_is_logged_whole_and_passed_on(log: io.StringIO) -> None:
    """Operators find the stack trace under the change's id."""

    @task(LockedTaskRequest)
    def handler(_: LockedTaskRequest) -> Nothing:
        raise KeyError("lost")

    with pytest.raises(KeyError):
        handler(EVENT, None)

    assert "Traceback" in lines(log.getvalue())[-1]["exception"]
