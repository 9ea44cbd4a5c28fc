"""The life of one execution: it starts at once, keeps the definition it started with, and ends exactly once.

The emulator lets a late task overwrite ABORTED, ignores the machine's TimeoutSeconds and waits 150 ms before the first
state.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html
"""

import contextvars
import functools
import json
import logging
import threading
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions as engine

from local.cloud import stepfunctions_callbacks as callbacks
from local.cloud import stepfunctions_history as history
from local.cloud import stepfunctions_versions as versions
from local.cloud.patching import replace_function

logger = logging.getLogger("states")
# https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
HISTORY_EVENTS = 25_000
HANDLERS_WITH_EXECUTION = ("Task", "Parallel", "Map")
_slept: contextvars.ContextVar[float] = contextvars.ContextVar("slept", default=0.0)
"""How much of the present state's wait was over before a restart."""
END_EVENTS = {
    "SUCCEEDED": ("ExecutionSucceeded", "executionSucceededEventDetails"),
    "FAILED": ("ExecutionFailed", "executionFailedEventDetails"),
    "TIMED_OUT": ("ExecutionTimedOut", "executionTimedOutEventDetails"),
    "ABORTED": ("ExecutionAborted", "executionAbortedEventDetails"),
}


def end_execution(
    execution: dict[str, Any],
    status: str,
    *,
    output: str | None = None,
    error: str | None = None,
    cause: str | None = None,
) -> bool:
    """Close a running execution, once: history, status, tokens, event. False if somebody closed it before."""
    event_type, details_name = END_EVENTS[status]
    given = {"output": output, "error": error, "cause": cause}
    details = {key: value for key, value in given.items() if value is not None}
    with history.lock:
        if history.stands_still() or execution["status"] != "RUNNING":
            return False
        history.record_end(execution, event_type, {details_name: details})
        execution.update(status=status, stopDate=now_iso(), output=output, error=error, cause=cause)
    callbacks.close_tokens(execution["executionArn"])
    engine._emit_execution_status_event(execution)
    return True


def run_execution(execution_arn: str, *, resumed: bool = False) -> None:
    """Walk the definition to an end, from its start or from where a redrive goes on; runs on the execution's thread.

    `resumed` goes on within the state that a restart of the local cloud has interrupted, without entering it again.
    """
    execution = engine._executions.get(execution_arn)
    if execution is None or execution["stateMachineArn"] not in engine._state_machines:
        return
    redrives = execution.get("redriveCount", 0)
    if "_machine" not in execution:
        machine = versions.pin(execution)
        execution["_machine"] = {field: machine[field] for field in ("name", "definition", "roleArn")}
        history.log_start(execution)
    machine = execution["_machine"]
    definition = json.loads(machine["definition"])
    given = json.loads(execution["input"] or "{}")
    context = {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution_arn,
            "Input": given,
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "RedriveCount": redrives,
            **({"RedriveTime": execution["redriveDate"]} if redrives else {}),
            "StartTime": execution["startDate"],
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": {},
    }
    at = execution.get("_at") or {"state": definition["StartAt"], "input": given, "variables": {}}
    context["variables"] = dict(at["variables"])
    within = at.get("entered") if resumed else None
    expiry = _schedule_expiry(execution, definition.get("TimeoutSeconds"))
    try:
        output = _walk(execution, definition["States"], at["state"], at["input"], context, within=within)
    except callbacks.ExecutionClosedError:
        return
    except engine._ExecutionError as failure:
        end_execution(execution, "FAILED", error=failure.error, cause=failure.cause)
    except Exception as fault:  # the one boundary of an execution's thread
        logger.exception("The execution %s met a fault of the local cloud", execution_arn)
        end_execution(execution, "FAILED", error="States.Runtime", cause=str(fault))
    else:
        end_execution(execution, "SUCCEEDED", output=json.dumps(output))
    finally:
        if expiry is not None:
            expiry.cancel()


def _schedule_expiry(execution: dict[str, Any], timeout_seconds: float | None) -> threading.Timer | None:
    """Let a machine's TimeoutSeconds end the execution.

    https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
    """
    if not timeout_seconds:
        return None
    timeout_seconds -= _seconds_since(execution.get("redriveDate") or execution["startDate"])

    def expire() -> None:
        end_execution(execution, "TIMED_OUT", error=callbacks.TIMEOUT_ERROR)

    timer = threading.Timer(max(0.0, timeout_seconds), contextvars.copy_context().run, args=(expire,))
    timer.daemon = True
    timer.start()
    return timer


def _seconds_since(moment: str) -> float:
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def _run_sub_machine(
    states: dict[str, Any], start: str, given: Any, execution: dict[str, Any], context: dict[str, Any]
) -> Any:
    """Run the states of one item of a Map, or of a branch; the emulator tells nothing of them in the history."""
    return _walk(execution, states, start, json.loads(json.dumps(given)), context, nested=True)


def _walk(
    execution: dict[str, Any],
    states: dict[str, Any],
    start: str,
    given: Any,
    context: dict[str, Any],
    *,
    nested: bool = False,
    within: str | None = None,
) -> Any:
    """Run states to the last one's output; `within`: the first was entered then, and a restart has interrupted it."""
    name: str | None = start
    data = given
    while name is not None:
        state = states[name]
        kind = state["Type"]
        if len(execution["events"]) >= HISTORY_EVENTS - 1:
            raise engine._ExecutionError(
                "States.Runtime", f"The execution reached the maximum number of history events ({HISTORY_EVENTS})."
            )
        context["State"] = {"Name": name, "EnteredTime": within or now_iso(), "RetryCount": 0}
        if within is None:
            _enter(execution, kind, data, context, nested=nested)
        _slept.set(_seconds_since(within) if within else 0.0)
        within = None
        if kind == "Fail":
            raise engine._ExecutionError(*engine._fail_state_error(state, data, context))
        if kind == "Succeed":
            data, following = _succeed(state, data, context), None
        else:
            handler = getattr(engine, f"_execute_{kind.lower()}")
            arguments = (state, data, execution, context) if kind in HANDLERS_WITH_EXECUTION else (state, data, context)
            data, following = handler(*arguments)
        left = {"name": name, "output": json.dumps(data), "outputDetails": {"truncated": False}}
        history.record(execution, f"{kind}StateExited", {"stateExitedEventDetails": left})
        name = following
    return data


def _enter(execution: dict[str, Any], kind: str, data: Any, context: dict[str, Any], *, nested: bool) -> None:
    name = context["State"]["Name"]
    with history.lock:  # the history and the place are saved together
        entered = {"name": name, "input": json.dumps(data), "inputDetails": {"truncated": False}}
        history.record(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered})
        if not nested:
            # Where a redrive or a restart goes on, as JSON, so that nothing later changes it.
            at = {"state": name, "input": data, "variables": context["variables"]}
            execution["_at"] = json.loads(json.dumps({**at, "entered": context["State"]["EnteredTime"]}))


def _sleep(original: Any, seconds: float) -> None:
    """Sleep for what is left of a Wait that a restart has interrupted, or the whole of any other."""
    original(max(0.0, seconds - _slept.get()))


def _sleep_until(original: Any, moment: str) -> None:
    """Sleep until a moment: no wait that was over before a restart comes off that."""
    _slept.set(0.0)
    original(moment)


def _succeed(state: dict[str, Any], data: Any, context: dict[str, Any]) -> Any:
    if engine._state_query_language(state, context) == "JSONata":
        return engine._apply_jsonata_output(state, data, context, default=data)
    return engine._apply_output_path(state, engine._apply_input_path(state, data, context), context)


def _stop_execution(data: dict[str, Any]) -> Any:
    """Answer StopExecution; stopping what has ended already is answered with its end, as on AWS."""
    arn = data.get("executionArn", "")
    execution = engine._executions.get(arn)
    if execution is None:
        return engine.error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)
    end_execution(execution, "ABORTED", error=data.get("error"), cause=data.get("cause"))
    return engine.json_response({"stopDate": execution["stopDate"]})


def install() -> None:
    """Run and stop executions by this module."""
    replace_function(engine._run_execution, run_execution)
    replace_function(engine._run_sub_machine, _run_sub_machine)
    replace_function(engine._stop_execution, _stop_execution)
    sleep, sleep_until = engine._scaled_sleep, engine._sleep_until
    replace_function(sleep, functools.partial(_sleep, sleep))
    replace_function(sleep_until, functools.partial(_sleep_until, sleep_until))
