"""How Step Functions tells of what a state has met: errors by their names, events of a history."""

import json
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from tests.simulation.asl_values import StateError
from tests.simulation.world import RuntimeEndError


def event_of(number: int, kind: str, about: str, at: datetime) -> dict[str, Any]:
    """Give an event of a history as GetExecutionHistory tells it, without its data."""
    event: dict[str, Any] = {"id": number, "previousEventId": number - 1, "type": kind, "timestamp": at}
    if kind.endswith(("StateEntered", "StateExited")):
        event[f"state{kind[-7:]}EventDetails"] = {"name": about}
    if kind == "TaskFailed":
        event["taskFailedEventDetails"] = {"error": about}
    return event


def direct_error(error: BaseException | None) -> StateError | None:
    """Give a DynamoDB error as a direct integration tells it: by the SDK's class."""
    if error is None:
        return None
    if isinstance(error, ClientError):
        told = error.response["Error"]
        return StateError(f"DynamoDB.{told['Code']}", told["Message"])
    return StateError("DynamoDB.SdkClientException", str(error))


def function_error(error: BaseException) -> StateError:
    """Give a function's error as Step Functions tells it: the class's name, and Lambda's JSON."""
    if isinstance(error, RuntimeEndError):
        cause = json.dumps({"errorType": str(error), "errorMessage": "RequestId: 1 Error: Task timed out"})
        return StateError(str(error), cause)
    told = {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": "1", "stackTrace": []}
    return StateError(type(error).__name__, json.dumps(told))
