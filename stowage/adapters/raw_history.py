"""The events of an execution as Step Functions tells them, short enough to show and without any task token.

Inputs and outputs hold no secret (invariant S1) but one: who has the task token of a waiting state, and a role that may
send answers, could end that wait. It stands in what AwaitStack hands to its function.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.stepfunctions import MISSING, execution_arn
from stowage.domain.changes import canonical_json
from stowage.domain.clock import to_iso
from stowage.domain.errors import InvalidRequestError
from stowage.domain.history import HistoryEvent
from stowage.domain.ports import HistoryPage

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

SHOWN = 8_192
"""Characters of an input, output or cause: a page of them stays far below the 6 MB that a Lambda may answer
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
REMOVED = "(removed)"
TOKENS = frozenset({"tasktoken", "waketoken"})
TOKEN_IN_TEXT = re.compile(r'("?(?:task|wake)token\\*"\s*:\s*(?:\{\s*\\*"S\\*"\s*:\s*)?\\*")[^"\\]*', re.IGNORECASE)
"""For what is no JSON: Step Functions cuts what is too long."""
INPUTS, OUTPUTS = ("input", "parameters"), ("output",)


class StepFunctionsHistories:
    """The port `Histories`."""

    def __init__(self, client: "SFNClient", machine_arn: str) -> None:
        self._client = client
        self._machine_arn = machine_arn

    def events(self, name: str, *, limit: int, after: str | None) -> HistoryPage:
        """Give a page of events, oldest first, without any task token.

        An event does not tell its state, but the entering of it does: the key of a page carries the state along.
        Raises ExecutionNotFoundError, and InvalidRequestError when `after` is no page's key, or is a day old.
        """
        state, _, token = (after or "").partition("|")
        arguments: dict[str, Any] = {"executionArn": execution_arn(self._machine_arn, name), "maxResults": limit}
        if token:
            arguments["nextToken"] = token
        with aws_errors({**MISSING, "InvalidToken": InvalidRequestError}):
            page = self._client.get_execution_history(**arguments)
        told = tuple(_told(page["events"], state or None))
        token = page.get("nextToken", "")
        return HistoryPage(told, f"{(told[-1].state if told else state) or ''}|{token}" if token else None)


def _told(events: Iterable[Mapping[str, Any]], state: str | None) -> Iterator[HistoryEvent]:
    for event in events:
        kind: str = event["type"]
        details: Mapping[str, Any] = next((event[key] for key in event if key.endswith("EventDetails")), {})
        if kind.endswith("StateEntered"):
            state = details["name"]
        read, written = _first(details, INPUTS), _first(details, OUTPUTS)
        texts = {
            "input": None if read is None else without_tokens(read),
            "output": None if written is None else without_tokens(written),
            "cause": None if details.get("cause") is None else without_tokens(details["cause"]),
        }
        yield HistoryEvent(
            id=event["id"],
            type=kind,
            at=to_iso(event["timestamp"]),
            state=None if kind.startswith("Execution") else state,
            error=details.get("error"),
            cut=any(len(text or "") > SHOWN for text in texts.values()),
            **{name: None if text is None else text[:SHOWN] for name, text in texts.items()},
        )


def without_tokens(text: str) -> str:
    """Give a text, JSON or not, in which every task token is removed, wherever it stands."""
    try:
        value = json.loads(text)
    except ValueError:
        return TOKEN_IN_TEXT.sub(rf"\1{REMOVED}", text)
    found: set[str] = set()
    cleared = canonical_json(_cleared(value, found))
    for token in found:
        cleared = cleared.replace(token, REMOVED)
    return TOKEN_IN_TEXT.sub(rf"\1{REMOVED}", cleared)


def _cleared(value: Any, found: set[str]) -> Any:  # noqa: ANN401 -- any JSON
    if isinstance(value, dict):
        return {
            key: _removed(below, found) if key.lower() in TOKENS else _cleared(below, found)
            for key, below in value.items()
        }
    return [_cleared(each, found) for each in value] if isinstance(value, list) else value


def _removed(value: Any, found: set[str]) -> str | None:  # noqa: ANN401 -- any JSON
    """Give what stands in a token's place; the token itself is looked for everywhere else."""
    if value is None:
        return None
    if isinstance(value, str) and value:
        found.add(value)
    return REMOVED


def _first(details: Mapping[str, Any], names: Iterable[str]) -> str | None:
    return next((details[name] for name in names if details.get(name) is not None), None)
