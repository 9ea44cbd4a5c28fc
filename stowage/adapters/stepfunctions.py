"""Executions of the machine change_resource, and answers to states that wait."""

from typing import TYPE_CHECKING, Any

from stowage.adapters.aws_errors import aws_errors
from stowage.adapters.execution_history import states_of
from stowage.domain.changes import ChangeState
from stowage.domain.clock import to_iso
from stowage.domain.errors import ExecutionExistsError, ExecutionNotFoundError, TaskTokenExpiredError
from stowage.domain.ports import Execution

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.client import SFNClient

MISSING = {"ExecutionDoesNotExist": ExecutionNotFoundError}
EXPIRED = {
    "InvalidToken": TaskTokenExpiredError,
    "TaskDoesNotExist": TaskTokenExpiredError,
    "TaskTimedOut": TaskTokenExpiredError,
}
ERROR_LENGTH = 256
CAUSE_LENGTH = 32_768
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html"""

MACHINE_PARTS = 7
"""arn:aws:states:region:account:stateMachine:name; what follows is a version or an alias, which no execution's ARN has
(https://docs.aws.amazon.com/step-functions/latest/dg/execution-alias-version-associate.html)."""

EVENTS_PER_PAGE = 1_000
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html"""


def execution_arn(machine_arn: str, name: str) -> str:
    """Give the ARN of an execution, by its machine's ARN or that of an alias."""
    unqualified = ":".join(machine_arn.split(":")[:MACHINE_PARTS])
    return f"{unqualified.replace(':stateMachine:', ':execution:', 1)}:{name}"


class StepFunctionsExecutions:
    """The port `Executions`."""

    def __init__(self, client: "SFNClient", machine_arn: str) -> None:
        """Start by this ARN, of the machine or of an alias; executions are found by the machine's alone."""
        self._client = client
        self._machine_arn = machine_arn

    def start(self, name: str, input_json: str) -> str:
        """Start the execution and give its start time; a repeat with equal input gives the running one's.

        Raises ExecutionExistsError when the name was used with another input, or its execution has ended
        (https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html: idempotent while it
        runs, a name is free again 90 days after its end).
        """
        with aws_errors({"ExecutionAlreadyExists": ExecutionExistsError}):
            answer = self._client.start_execution(stateMachineArn=self._machine_arn, name=name, input=input_json)
        return to_iso(answer["startDate"])

    def describe(self, name: str) -> Execution:
        """Give the execution. Raises ExecutionNotFoundError."""
        with aws_errors(MISSING):
            answer = self._client.describe_execution(executionArn=self._arn(name))
        stopped_at = answer.get("stopDate")
        return Execution(
            name=answer["name"],
            status=answer["status"],
            input=answer["input"],
            started_at=to_iso(answer["startDate"]),
            stopped_at=to_iso(stopped_at) if stopped_at else None,
            output=answer.get("output"),
            error=answer.get("error"),
            cause=answer.get("cause"),
        )

    def states(self, name: str) -> tuple[ChangeState, ...]:
        """Give the entered states in order, from the execution's history. Raises ExecutionNotFoundError.

        Without execution data: inputs and outputs are neither needed nor worth their bytes.
        """
        arguments: dict[str, Any] = {
            "executionArn": self._arn(name),
            "maxResults": EVENTS_PER_PAGE,
            "includeExecutionData": False,
        }
        events: list[Any] = []
        while True:
            with aws_errors(MISSING):
                page = self._client.get_execution_history(**arguments)
            events += page["events"]
            if not page.get("nextToken"):
                return states_of(events)
            arguments["nextToken"] = page["nextToken"]

    def _arn(self, name: str) -> str:
        return execution_arn(self._machine_arn, name)


class StepFunctionsWaits:
    """The port `Waits`."""

    def __init__(self, client: "SFNClient") -> None:
        self._client = client

    def succeed(self, token: str, output_json: str) -> None:
        """Answer with a result. Raises TaskTokenExpiredError."""
        with aws_errors(EXPIRED):
            self._client.send_task_success(taskToken=token, output=output_json)

    def fail(self, token: str, error: str, cause: str) -> None:
        """Answer with an error; `cause` is cut to what Step Functions takes. Raises TaskTokenExpiredError."""
        with aws_errors(EXPIRED):
            self._client.send_task_failure(taskToken=token, error=error[:ERROR_LENGTH], cause=cause[:CAUSE_LENGTH])
