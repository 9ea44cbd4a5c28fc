"""The states of a change, told from the events of its execution.

The machine is a line without Parallel or Map, so that at most one state is entered at a time. Event types:
https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from stowage.domain.changes import ChangeState
from stowage.domain.clock import to_iso
from stowage.domain.failures import sentence_of

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "RETRYING"]

TIMEOUT = "States.Timeout"
FAILURES = frozenset(
    {
        "TaskFailed",
        "TaskTimedOut",
        "TaskStartFailed",
        "TaskSubmitFailed",
        "LambdaFunctionFailed",
        "LambdaFunctionTimedOut",
        "LambdaFunctionStartFailed",
        "LambdaFunctionScheduleFailed",
        "EvaluationFailed",
    }
)
ENDS = frozenset({"ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"})
ATTEMPTS = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
SUCCESSES = frozenset({"TaskSucceeded", "LambdaFunctionSucceeded"})


@dataclass
class _State:
    """A state being told."""

    name: str
    entered_at: str
    status: Status = "RUNNING"
    exited_at: str | None = None
    attempts: int = 1
    failed: bool = False
    """Its last attempt failed, and no other has begun since."""
    error: str | None = None
    cause: str | None = None

    def fail(self, details: Mapping[str, Any], error: str) -> None:
        """Note a failed attempt; a timeout is how a sleeping poll ends, and shows only if the state ends by it."""
        self.failed = True
        self.error = details.get("error") or error
        self.cause = sentence_of(details.get("cause"))
        self.status = "RUNNING" if self.error == TIMEOUT else "RETRYING"

    def begin_attempt(self) -> None:
        """Note a further attempt; the next look after a timeout is not one."""
        if self.failed and self.error != TIMEOUT:
            self.attempts += 1
        self.failed = False
        self.status, self.exited_at = "RUNNING", None

    def exit(self, moment: str, status: Status) -> None:
        """Note the end."""
        self.exited_at, self.status = moment, status

    def told(self) -> ChangeState:
        """Give the state on the wire; what an attempt failed with shows only where it still matters."""
        matters = self.failed and (self.status == "FAILED" or self.error != TIMEOUT)
        return ChangeState(
            name=self.name,
            status=self.status,
            entered_at=self.entered_at,
            exited_at=self.exited_at,
            attempts=self.attempts,
            error=self.error if matters else None,
            cause=self.cause if matters else None,
        )


def states_of(events: Iterable[Mapping[str, Any]]) -> tuple[ChangeState, ...]:
    """Give the entered states in order.

    `attempts` counts a Lambda's tries, not AwaitStack's looks at the stack: that state is RUNNING while it sleeps. A
    state that failed and was caught is FAILED, and so is the one in which the execution ended otherwise than well.
    """
    told: list[_State] = []
    for event in events:
        kind, moment = event["type"], _moment(event["timestamp"])
        if kind.endswith("StateEntered"):
            told.append(_State(event["stateEnteredEventDetails"]["name"], moment))
        elif not told:
            continue
        elif kind in ATTEMPTS:
            told[-1].begin_attempt()
        elif kind in SUCCESSES:
            told[-1].failed = False
        elif kind in FAILURES:
            told[-1].fail(_details(event), TIMEOUT if kind.endswith("TimedOut") else kind)
        elif kind.endswith("StateExited"):
            told[-1].exit(moment, "FAILED" if told[-1].failed else "SUCCEEDED")
        elif kind in ENDS and told[-1].exited_at is None:
            told[-1].fail(_details(event), kind)
            told[-1].exit(moment, "FAILED")
    return tuple(state.told() for state in told)


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the event's own details: a member named after its type, in camel case."""
    kind: str = event["type"]
    details: Mapping[str, Any] = event.get(f"{kind[0].lower()}{kind[1:]}EventDetails", {})
    return details


def _moment(timestamp: datetime) -> str:
    return to_iso(timestamp)
