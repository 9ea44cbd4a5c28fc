"""RedriveExecution: an unsuccessful execution goes on, under its own ARN, from the state that ended it.

The states before it are not run again. The state gets the input and the variables it had; its retries, its own timeout
and the machine's begin anew; the definition is the one the execution started with. The state is entered once more in
the history, which AWS documents for Fail states alone: a reader of histories must cope with both. An execution that
ended in a Parallel or Map state is refused, since only its failed branches would have to run again.
https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

import contextvars
import json
import threading
import time
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from ministack.core.responses import error_response_json, now_iso
from ministack.services import stepfunctions as engine

from local.cloud import stepfunctions_history as history
from local.cloud.patching import replace_function

PERIOD = timedelta(days=14)
OPEN_AT_MOST = timedelta(days=365)
HISTORY_EVENTS = 24_999
TOKENS_REMEMBERED = 10
TOKEN_SECONDS = 15 * 60
NOT_BRANCHED = "The local cloud does not redrive an execution that ended in a {} state; start a new one"


def obstacle(execution: dict[str, Any]) -> str | None:
    """Return why an execution cannot be redriven, in the words of redriveStatusReason, or None.

    https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
    """
    status = execution["status"]
    if status in {"RUNNING", "SUCCEEDED"}:
        return f"Execution is {status} and cannot be redriven"
    now = datetime.now(UTC)
    if execution["stateMachineArn"] not in engine._state_machines:
        return "State machine is in DELETING status"
    if len(execution["events"]) >= HISTORY_EVENTS:
        return "Execution history event limit exceeded"
    if now - datetime.fromisoformat(execution["startDate"]) > OPEN_AT_MOST:
        return "Execution has exceeded the max execution time"
    if now - datetime.fromisoformat(execution["stopDate"]) > PERIOD:
        return "Execution redrivable period exceeded"
    return None


def described(execution: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of DescribeExecution and of a status change that tell of redrives."""
    reason = obstacle(execution)
    return {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveDate": execution.get("redriveDate"),
        "redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE",
        "redriveStatusReason": reason,
    }


def redrive_execution(data: dict[str, Any]) -> Any:
    """Answer RedriveExecution; a request repeated with its clientToken is answered as it was and starts nothing."""
    arn, token = data.get("executionArn", ""), data.get("clientToken")
    if ":execution:" not in arn:
        return error_response_json("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {arn}'", 400)
    with history.lock:
        execution = engine._executions.get(arn)
        if execution is None:
            return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)
        known = _remembered(execution, token)
        if known is not None:
            return engine.json_response({"redriveDate": known})
        reason = obstacle(execution)
        if reason is not None:
            sentence = f"Execution cannot be redriven: '{arn}'. Reason: {reason}"
            return error_response_json("ExecutionNotRedrivable", sentence, 400)
        kind = _kind_of_last_state(execution)
        if kind in {"Parallel", "Map"}:
            return error_response_json("UnsupportedOperationException", NOT_BRANCHED.format(kind), 400)
        renewed = _renew(execution, token)
    engine._emit_execution_status_event(renewed)
    threading.Thread(
        target=contextvars.copy_context().run, args=(engine._run_execution, arn), daemon=True, name="states-redriven"
    ).start()
    return engine.json_response({"redriveDate": renewed["redriveDate"]})


def _renew(execution: dict[str, Any], token: str | None) -> dict[str, Any]:
    """Put a running record in the place of the ended one, whose threads thus never write again."""
    date, count = now_iso(), execution.get("redriveCount", 0) + 1
    given = execution.get("_redrive_tokens", {})
    renewed = {
        **execution,
        "events": list(execution["events"]),
        "status": "RUNNING",
        "stopDate": None,
        "output": None,
        "error": None,
        "cause": None,
        "redriveCount": count,
        "redriveDate": date,
        "_redrive_tokens": {**given, **({token: [date, time.time()]} if token else {})},
    }
    engine._executions[execution["executionArn"]] = renewed
    history.record(renewed, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": count}})
    return renewed


def _remembered(execution: dict[str, Any], token: str | None) -> str | None:
    given = list(execution.get("_redrive_tokens", {}).items())[-TOKENS_REMEMBERED:]
    date, used = dict(given).get(token, (None, 0.0))
    return date if time.time() - used <= TOKEN_SECONDS else None


def _kind_of_last_state(execution: dict[str, Any]) -> str:
    machine, last = execution.get("_machine"), execution.get("_at")
    return str(json.loads(machine["definition"])["States"][last["state"]]["Type"]) if machine and last else ""


def _describe(original: Any, data: dict[str, Any]) -> Any:
    answer = original(data)
    if answer[0] != HTTPStatus.OK:
        return answer
    told = described(engine._executions[data["executionArn"]])
    given = {key: value for key, value in told.items() if value is not None}
    return engine.json_response({**json.loads(answer[2]), **given})


def _list(original: Any, data: dict[str, Any]) -> Any:
    answer = original(data)
    if answer[0] != HTTPStatus.OK:
        return answer
    told = json.loads(answer[2])
    for item in told["executions"]:
        execution = engine._executions[item["executionArn"]]
        item["redriveCount"] = execution.get("redriveCount", 0)
        if execution.get("redriveDate"):
            item["redriveDate"] = execution["redriveDate"]
    return engine.json_response(told)


def install() -> None:
    """Tell redrives in DescribeExecution and ListExecutions; `stepfunctions` serves the call itself."""
    describe, listing = engine._describe_execution, engine._list_executions

    # Named as the originals are: the next extension that replaces one looks for it by this name.
    def _describe_execution(data: dict[str, Any]) -> Any:
        return _describe(describe, data)

    def _list_executions(data: dict[str, Any]) -> Any:
        return _list(listing, data)

    replace_function(describe, _describe_execution)
    replace_function(listing, _list_executions)
