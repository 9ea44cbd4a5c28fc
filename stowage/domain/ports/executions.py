"""Step Functions: executions, and their states that wait."""

from dataclasses import dataclass
from typing import Protocol

from stowage.domain.changes import ChangeState


@dataclass(frozen=True, slots=True)
class Execution:
    """A Step Functions execution. `status` is Step Functions' own: RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED."""

    name: str
    status: str
    input: str
    started_at: str
    stopped_at: str | None = None
    output: str | None = None
    error: str | None = None
    cause: str | None = None


class Executions(Protocol):
    """The executions of the machine change_resource."""

    def start(self, name: str, input_json: str) -> str:
        """Start the execution and give its start time; a repeat with equal input gives the running one's.

        Raises ExecutionExistsError when the name was used with another input, or its execution has ended.
        """
        ...

    def describe(self, name: str) -> Execution:
        """Give the execution. Raises ExecutionNotFoundError."""
        ...

    def states(self, name: str) -> tuple[ChangeState, ...]:
        """Give the entered states in order, from the execution's history. Raises ExecutionNotFoundError."""
        ...


class Waits(Protocol):
    """Answers to states that wait for their task token."""

    def succeed(self, token: str, output_json: str) -> None:
        """Answer with a result. Raises TaskTokenExpiredError."""
        ...

    def fail(self, token: str, error: str, cause: str) -> None:
        """Answer with an error; `cause` is cut to what Step Functions takes. Raises TaskTokenExpiredError."""
        ...
