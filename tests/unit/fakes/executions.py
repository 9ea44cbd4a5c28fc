"""Step Functions in memory: executions, their states, and states that wait for a token."""

from dataclasses import replace

from stowage.domain.changes import ChangeState
from stowage.domain.errors import ExecutionExistsError, ExecutionNotFoundError, TaskTokenExpiredError
from stowage.domain.ports import Execution
from tests.unit.fakes.clock import FakeClock


class FakeExecutions:
    """Port `Executions`; nothing runs by itself: a test ends an execution with `end`."""

    def __init__(self, clock: FakeClock | None = None) -> None:
        self.clock = clock or FakeClock()
        self.by_name: dict[str, Execution] = {}
        self.history: dict[str, tuple[ChangeState, ...]] = {}

    def start(self, name: str, input_json: str) -> str:
        """Start, or give the start time of the running execution with equal input."""
        known = self.by_name.get(name)
        if known is None:
            known = Execution(name=name, status="RUNNING", input=input_json, started_at=self.clock.iso())
            self.by_name[name] = known
        elif known.status != "RUNNING" or known.input != input_json:
            raise ExecutionExistsError(f"The execution {name} exists already.")
        return known.started_at

    def describe(self, name: str) -> Execution:
        """Give the execution."""
        if name not in self.by_name:
            raise ExecutionNotFoundError(f"There is no execution {name}.")
        return self.by_name[name]

    def states(self, name: str) -> tuple[ChangeState, ...]:
        """Give the states that the test has put into `history`."""
        self.describe(name)
        return self.history.get(name, ())

    def end(
        self,
        name: str,
        status: str,
        *,
        output: str | None = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        """Let the execution end now."""
        self.by_name[name] = replace(
            self.describe(name), status=status, stopped_at=self.clock.iso(), output=output, error=error, cause=cause
        )


class FakeWaits:
    """Port `Waits`: each token that a test has put into `waiting` takes one answer."""

    def __init__(self, *waiting: str) -> None:
        self.waiting = set(waiting)
        self.succeeded: dict[str, str] = {}
        self.failed: dict[str, tuple[str, str]] = {}

    def succeed(self, token: str, output_json: str) -> None:
        """Answer with a result."""
        self._use(token)
        self.succeeded[token] = output_json

    def fail(self, token: str, error: str, cause: str) -> None:
        """Answer with an error."""
        self._use(token)
        self.failed[token] = (error, cause)

    def _use(self, token: str) -> None:
        if token not in self.waiting:
            raise TaskTokenExpiredError("Nobody waits for this token.")
        self.waiting.remove(token)
