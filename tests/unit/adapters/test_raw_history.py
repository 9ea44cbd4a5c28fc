"""Raw events: of their states, short, and without any task token."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from stowage.adapters.raw_history import SHOWN, StepFunctionsHistories, without_tokens
from stowage.domain.ports import HistoryPage

MOMENT = datetime(2026, 11, 23, 9, tzinfo=UTC)
TOKEN = "AQCEAAAAKgAAAAMAAAAAAAAAAd+secret/token=="
MACHINE = "arn:aws:states:eu-west-1:000000000000:stateMachine:change:live"


class Client:
    """Step Functions with one history, two events to a page."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = [{"id": number, "timestamp": MOMENT, **event} for number, event in enumerate(events, start=1)]
        self.asked: list[dict[str, Any]] = []

    def get_execution_history(self, **arguments: Any) -> dict[str, Any]:
        """Give a page."""
        self.asked.append(arguments)
        start = int(arguments.get("nextToken", "0"))
        end = start + arguments["maxResults"]
        return {"events": self.events[start:end], **({"nextToken": str(end)} if end < len(self.events) else {})}


def read(*events: dict[str, Any], limit: int = 50) -> list[HistoryPage]:
    """Read a history to its end."""
    histories = StepFunctionsHistories(Client(*events), MACHINE)  # type: ignore[arg-type]
    pages = [histories.events("chg-1", limit=limit, after=None)]
    while pages[-1].next_key is not None:
        pages.append(histories.events("chg-1", limit=limit, after=pages[-1].next_key))
    return pages


def entered(name: str) -> dict[str, Any]:
    """Give the entering of a state."""
    return {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": name, "input": '{"a":1}'}}


def scheduled(payload: object) -> dict[str, Any]:
    """Give the scheduling of a task."""
    parameters = json.dumps({"FunctionName": "f", "Payload": payload})
    return {"type": "TaskScheduled", "taskScheduledEventDetails": {"resource": "invoke", "parameters": parameters}}


def test_each_event_has_its_state_across_pages() -> None:
    """Step Functions tells the state at its entering alone."""
    started = {"type": "ExecutionStarted", "executionStartedEventDetails": {"input": "{}"}}
    failed = {"type": "TaskFailed", "taskFailedEventDetails": {"error": "StackBusyError", "cause": "Busy."}}
    ended = {"type": "ExecutionFailed", "executionFailedEventDetails": {"error": "TIMED_OUT", "cause": "Late."}}

    pages = read(started, entered("SubmitStackOperation"), scheduled({}), failed, ended, limit=3)

    told = [event for page in pages for event in page.items]
    assert [each.state for each in told] == [None, *["SubmitStackOperation"] * 3, None]
    assert (told[1].input, told[3].error, told[3].cause) == ('{"a":1}', "StackBusyError", "Busy.")
    assert told[2].input == '{"FunctionName":"f","Payload":{}}'
    assert (told[0].at, told[4].error) == ("2026-11-23T09:00:00.000Z", "TIMED_OUT")


@pytest.mark.parametrize(
    "payload",
    [
        {"taskToken": TOKEN, "fence": 1},
        {"change": {"deep": [{"TaskToken": TOKEN}]}},
        {"row": {"wakeToken": {"S": TOKEN}}},
        {"taskToken": TOKEN, "echo": f"The token {TOKEN} is used."},
        {"inner": json.dumps({"taskToken": TOKEN, "b": [1]})},
    ],
)
def test_no_task_token_is_told(payload: object) -> None:
    """Whoever has it could end the wait: it is removed wherever it stands (S1)."""
    [page] = read(entered("AwaitStack"), scheduled(payload))

    assert TOKEN not in (page.items[1].input or "")
    assert "(removed)" in (page.items[1].input or "")


@pytest.mark.parametrize(
    "text",
    [
        f'{{"Payload":{{"taskToken": "{TOKEN}", "fence',
        f'{{"Payload":{{"taskToken":"{TOKEN}',
        f'{{"row":{{"wakeToken":{{"S":"{TOKEN}"}}, "x',
        f'{{"cause":"{{\\"taskToken\\":\\"{TOKEN}\\"',
    ],
)
def test_a_token_in_a_text_that_was_cut_is_removed_too(text: str) -> None:
    """Step Functions cuts what is too long, and then it is no JSON any more."""
    assert TOKEN[:20] not in without_tokens(text)


def test_a_spec_stands_as_it_was_asked_for() -> None:
    """A tag that is named like a token is none, nor is a public key."""
    spec = {"tags": {"token": "kept", "tasktokens": "kept"}, "publicKeys": ["ssh-rsa " + "A" * 372]}

    assert json.loads(without_tokens(json.dumps(spec))) == spec


def test_what_is_very_long_is_cut_and_says_so() -> None:
    """A page must stay below what a Lambda may answer."""
    [page] = read(entered("AwaitStack"), scheduled({"text": "x" * (SHOWN + 1)}), scheduled({}))

    assert [len(each.input or "") <= SHOWN for each in page.items] == [True, True, True]
    assert [each.cut for each in page.items] == [False, True, False]
