"""The execution history as GetExecutionHistory documents it, and its delivery to CloudWatch Logs.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

import json
import threading
import time
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import cloudwatch_logs
from ministack.services import stepfunctions as engine

from local.cloud.patching import replace_function
from local.cloud.stepfunctions_callbacks import ExecutionClosedError

# What each level of the logging configuration delivers.
LEVELS = {
    "FATAL": ("ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"),
    "ERROR": ("Failed", "TimedOut", "Aborted", "FailStateEntered"),
    "ALL": ("",),
}
_DATA_FIELDS = ("input", "output", "parameters")
lock = threading.RLock()
_still = threading.Event()


def stand_still() -> None:
    """Let no execution go on, or end: the cloud stops, and goes on with them when it is started again."""
    with lock:
        _still.set()


def stands_still() -> bool:
    """Return whether the cloud stops."""
    return _still.is_set()


def record(execution: dict[str, Any], event_type: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Append an event to a running execution's history, number it and point it at the one before.

    Raises ExecutionClosedError once the execution has ended, or the cloud stops, so that no thread of it can work on.
    The states of Parallel and Map follow each other here in the order of time; on AWS previousEventId keeps the
    branches apart.
    """
    with lock:
        if _still.is_set() or execution["status"] != "RUNNING":
            raise ExecutionClosedError
        return _append(execution, event_type, details)


def record_end(execution: dict[str, Any], event_type: str, details: dict[str, Any]) -> None:
    """Append the last event; the caller holds `lock` and sets the status."""
    _append(execution, event_type, details)


def _append(execution: dict[str, Any], event_type: str, details: dict[str, Any] | None) -> dict[str, Any]:
    number = len(execution["events"]) + 1
    event = {
        "timestamp": now_iso(),
        "type": event_type,
        "id": number,
        "previousEventId": number - 1,
        **(details or {}),
    }
    execution["events"].append(event)
    _log(execution, event)
    return event


def log_start(execution: dict[str, Any]) -> None:
    """Deliver the ExecutionStarted event, which the emulator writes without `record`."""
    execution["events"][0].setdefault("previousEventId", 0)
    _log(execution, execution["events"][0])


def _log(execution: dict[str, Any], event: dict[str, Any]) -> None:
    machine = engine._state_machines.get(execution["stateMachineArn"]) or {}
    configuration = machine.get("loggingConfiguration") or {}
    suffixes = LEVELS.get(configuration.get("level", "OFF"), ())
    destinations = configuration.get("destinations") or []
    if not destinations or not any(event["type"].endswith(suffix) for suffix in suffixes):
        return
    arn = destinations[0].get("cloudWatchLogsLogGroup", {}).get("logGroupArn", "")
    group_name = arn.removesuffix(":*").partition(":log-group:")[2]
    group = cloudwatch_logs._log_groups.get(group_name)
    if group is None:
        return
    details: dict[str, Any] = next((value for key, value in event.items() if key.endswith("EventDetails")), {})
    if not configuration.get("includeExecutionData"):
        details = {key: value for key, value in details.items() if key not in _DATA_FIELDS}
    milliseconds = int(time.time() * 1000)
    message = json.dumps(
        {
            "id": str(event["id"]),
            "type": event["type"],
            "details": details,
            "previous_event_id": str(event.get("previousEventId", 0)),
            "event_timestamp": str(milliseconds),
            "execution_arn": execution["executionArn"],
            "redrive_count": str(execution.get("redriveCount", 0)),
        }
    )
    minute = execution["startDate"][:16].replace(":", "-").replace("T", "-")
    stream = f"states/{machine['name']}/{minute}/{execution['name'][:8]}"
    if stream not in group["streams"]:
        cloudwatch_logs._create_log_stream({"logGroupName": group_name, "logStreamName": stream})
    entry = {"timestamp": milliseconds, "ingestionTime": milliseconds, "message": message}
    cloudwatch_logs._append_log_events(group["streams"][stream], [entry])


def install() -> None:
    """Write every history event, the emulator's own ones too, through `record`."""
    replace_function(engine._add_event, record)
