"""Task states: attempts, retries, timeouts and task tokens as the States Language defines them.

The emulator gives all attempts one token, ignores a function that fails under `.waitForTaskToken`, takes TimeoutSeconds
as a plain number only, and forgets MaxDelaySeconds and JitterStrategy.
https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html#connect-wait-token
"""

import asyncio
import contextvars
import json
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from typing import Any

from ministack import app
from ministack.core.responses import get_region
from ministack.services import dynamodb
from ministack.services import stepfunctions as engine

from local.cloud import stepfunctions_callbacks as callbacks
from local.cloud import stepfunctions_history as history
from local.cloud.patching import replace_function
from local.cloud.stepfunctions_retries import error_matches, keep_retries, kept_retries, retry_delay
from local.cloud.stepfunctions_role import check_role

WAIT_SUFFIX = ".waitForTaskToken"
PAYLOAD_BYTES = 262_144
DYNAMODB_HANDLERS = {
    "getItem": "_get_item",
    "putItem": "_put_item",
    "updateItem": "_update_item",
    "deleteItem": "_delete_item",
}


def execute_task(
    state: dict[str, Any], data: Any, execution: dict[str, Any], context: dict[str, Any]
) -> tuple[Any, str | None]:
    """Run a Task state to its output and the name of the next state; raises the error that no Retry or Catch took."""
    retries = kept_retries(execution, context)
    while True:
        context["State"]["RetryCount"] = retries.total()
        try:
            result = _attempt(state, data, execution, context)
            return _leave(state, data, context, result)
        except engine._ExecutionError as failure:
            delay = retry_delay(state.get("Retry", []), failure.error, retries)
            if delay is None:
                return _catch(state, data, context, failure)
            keep_retries(execution, context, retries)
            _pause(delay)


def _attempt(state: dict[str, Any], data: Any, execution: dict[str, Any], context: dict[str, Any]) -> Any:
    resource = state["Resource"]
    where = _event_resource(resource)
    token = None
    if WAIT_SUFFIX in resource:
        token = callbacks.issue_token(execution["executionArn"])
        context["Task"] = {"Token": token}
    try:
        arguments = _evaluated(execution, context, lambda: _arguments(state, data, context))
        timeout = _evaluated(execution, context, lambda: _seconds(state, "TimeoutSeconds", data, context))
        heartbeat = _evaluated(execution, context, lambda: _seconds(state, "HeartbeatSeconds", data, context))
    finally:
        context.pop("Task", None)
    limits = {"timeoutInSeconds": timeout, "heartbeatInSeconds": heartbeat}
    scheduled = {
        **where,
        "region": get_region(),
        "parameters": json.dumps(arguments),
        **{name: int(value) for name, value in limits.items() if value is not None},
    }
    history.record(execution, "TaskScheduled", {"taskScheduledEventDetails": scheduled})
    history.record(execution, "TaskStarted", {"taskStartedEventDetails": where})
    try:
        check_role(context["Execution"].get("RoleArn", ""), resource, arguments, execution["name"])
        if token is None:
            result = _call(resource, arguments, timeout)
        else:
            _submit(execution, resource, where, arguments, token)
            result = callbacks.wait(token, timeout, heartbeat)
        encoded = _encoded(result, resource)
    except engine._ExecutionError as failure:
        _record_failure(execution, where, failure)
        raise
    succeeded = {**where, "output": encoded, "outputDetails": {"truncated": False}}
    history.record(execution, "TaskSucceeded", {"taskSucceededEventDetails": succeeded})
    return result


def _encoded(result: Any, resource: str) -> str:
    encoded = json.dumps(result)
    if len(encoded.encode()) > PAYLOAD_BYTES:
        sentence = "returned a result with a size exceeding the maximum number of bytes service limit."
        raise engine._ExecutionError("States.DataLimitExceeded", f"The state/task '{resource}' {sentence}")
    return encoded


def _evaluated(execution: dict[str, Any], context: dict[str, Any], evaluate: Any) -> Any:
    """A JSONata fault before the call is an EvaluationFailed event, not a task that failed."""
    try:
        return evaluate()
    except engine._ExecutionError as failure:
        details = {"error": failure.error, "cause": failure.cause, "state": context["State"]["Name"]}
        history.record(execution, "EvaluationFailed", {"evaluationFailedEventDetails": details})
        raise


def _record_failure(execution: dict[str, Any], where: dict[str, str], failure: Any) -> None:
    details = {**where, "error": failure.error, **({"cause": failure.cause} if failure.cause else {})}
    if failure.error in (callbacks.TIMEOUT_ERROR, callbacks.HEARTBEAT_ERROR):
        history.record(execution, "TaskTimedOut", {"taskTimedOutEventDetails": details})
    else:
        history.record(execution, "TaskFailed", {"taskFailedEventDetails": details})


def _arguments(state: dict[str, Any], data: Any, context: dict[str, Any]) -> Any:
    if engine._state_query_language(state, context) == "JSONata":
        return engine._apply_jsonata_arguments(state, data, context)
    return engine._apply_parameters(state, engine._apply_input_path(state, data, context), context)


def _seconds(state: dict[str, Any], field: str, data: Any, context: dict[str, Any]) -> float | None:
    """TimeoutSeconds or HeartbeatSeconds: an integer, a JSONata expression that gives one, or a JSONPath."""
    if field in state:
        value = engine._jsonata_state_field(state, field, "number", data, context)
    elif f"{field}Path" in state:
        value = engine._resolve_path_or_ctx(state[f"{field}Path"], data, context)
    else:
        return None
    if not isinstance(value, int | float) or value <= 0:
        raise engine._ExecutionError(
            "States.QueryEvaluationError", f"{field} must be a positive integer, but was: {value!r}"
        )
    return float(value)


def _event_resource(resource: str) -> dict[str, str]:
    """Name the call as history events do: `lambda` and `invoke`, `aws-sdk:cloudformation` and `createStack`."""
    if ":states:::" in resource:
        kind, _, action = resource.split(":states:::")[1].rpartition(":")
        return {"resourceType": kind, "resource": action}
    return {"resourceType": "lambda", "resource": resource}


def _call(resource: str, arguments: Any, timeout: float | None) -> Any:
    """Call the integration; after the timeout the call runs on unheard, as a Lambda function does on AWS."""
    if timeout is None:
        return engine._invoke_resource(resource, arguments)
    called: Future[Any] = Future()

    def run() -> None:
        try:
            called.set_result(engine._invoke_resource(resource, arguments))
        except BaseException as failure:  # noqa: BLE001 -- handed to the waiting thread, which raises it
            called.set_exception(failure)

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True, name="states-task").start()
    try:
        return called.result(timeout)
    except FutureTimeoutError:
        raise engine._ExecutionError(callbacks.TIMEOUT_ERROR, "") from None


def _submit(execution: dict[str, Any], resource: str, where: dict[str, str], arguments: Any, token: str) -> None:
    """Make the call that carries the token, beside the wait: the function may answer the token before it returns.

    A function that raises fails the state with its own error, and so does a refused call.
    """

    def run() -> None:
        try:
            result = engine._invoke_resource(resource.replace(WAIT_SUFFIX, ""), arguments)
        except engine._ExecutionError as failure:
            callbacks.answer(token, failure=(failure.error, failure.cause))
            return
        if callbacks.is_waiting(token):
            submitted = {**where, "output": json.dumps(result), "outputDetails": {"truncated": False}}
            try:
                history.record(execution, "TaskSubmitted", {"taskSubmittedEventDetails": submitted})
            except callbacks.ExecutionClosedError:
                return

    threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True, name="states-submit").start()


def _leave(state: dict[str, Any], data: Any, context: dict[str, Any], result: Any) -> tuple[Any, str | None]:
    if engine._state_query_language(state, context) == "JSONata":
        output = engine._apply_jsonata_output(state, data, context, result=result, default=result)
        engine._apply_state_assign(state, data, context, result=result)
    else:
        output = engine._apply_result_path(state, data, engine._apply_result_selector(state, result))
        output = engine._apply_output_path(state, output, context)
    return output, engine._next_or_end(state)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def _catch(state: dict[str, Any], data: Any, context: dict[str, Any], failure: Any) -> tuple[Any, str | None]:
    for catcher in state.get("Catch", []):
        if error_matches(catcher.get("ErrorEquals", []), failure.error):
            language = engine._state_query_language(state, context)
            error_output = {"Error": failure.error, "Cause": failure.cause}
            return engine._apply_catcher(catcher, data, context, language, error_output), catcher["Next"]
    raise failure


def assign(
    state: dict[str, Any], data: Any, context: dict[str, Any] | None, result: Any = None, error_output: Any = None
) -> None:
    """Evaluate all of a state's Assign against the variables as they were, then set them together.

    https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
    """
    template = state.get("Assign")
    if context is None or not isinstance(template, dict):
        return
    values = {
        name: engine._apply_jsonata_template(value, data, context, result=result, error_output=error_output)
        for name, value in template.items()
    }
    context.setdefault("variables", {}).update(values)


def call_dynamodb(operation: str, arguments: dict[str, Any]) -> Any:
    """Make a direct DynamoDB call where every other one is made, on the serving loop.

    The emulator makes it on the execution's own thread, where two conditional writes can both win.
    """
    handler = getattr(dynamodb, DYNAMODB_HANDLERS[operation])

    async def serve() -> Any:
        return handler(arguments)

    status, _, body = asyncio.run_coroutine_threadsafe(serve(), app._MAIN_LOOP).result()
    answer = json.loads(body) if body else {}
    if status < 400:  # noqa: PLR2004 -- an HTTP status
        return answer
    code = answer.get("__type", "AmazonDynamoDBException").rsplit("#", 1)[-1].rsplit(".", 1)[-1]
    message = answer.get("message", answer.get("Message", ""))
    raise engine._ExecutionError(
        f"DynamoDB.{code}", f"{message} (Service: AmazonDynamoDBv2; Status Code: {status}; Error Code: {code})"
    )


def install() -> None:
    """Run Task states by this module."""
    replace_function(engine._execute_task, execute_task)
    replace_function(engine._apply_state_assign, assign)
    replace_function(engine._invoke_dynamodb, call_dynamodb)
