"""Step Functions' own API where the emulator differs: idempotent starts, redrives, settings kept.

https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
"""

import functools
import json
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions as engine
from ministack.services.cloudformation import provisioners

from local.cloud import stepfunctions_redrive as redrive
from local.cloud import stepfunctions_versions as versions
from local.cloud.patching import replace_function

MACHINE_TYPE = "AWS::StepFunctions::StateMachine"


def _start_execution(original: Any, data: dict[str, Any]) -> Any:
    """Answer a repeated start of a running execution with that execution.

    For a Standard machine StartExecution is idempotent while the execution with this name and input runs; a different
    input, or an execution that has ended, is ExecutionAlreadyExists.
    """
    name, machine_arn = data.get("name"), data.get("stateMachineArn", "")
    try:
        given = json.loads(data.get("input") or "{}")
    except ValueError:
        return error_response_json(
            "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid JSON'", 400
        )
    if name:
        arn = f"{versions.unqualified(machine_arn).replace(':stateMachine:', ':execution:')}:{name}"
        execution = engine._executions.get(arn)
        if execution and execution["status"] == "RUNNING" and json.loads(execution["input"] or "{}") == given:
            return engine.json_response({"executionArn": arn, "startDate": execution["startDate"]})
    versions.request(machine_arn)
    answer = original(data)
    started = engine._executions.get(json.loads(answer[2]).get("executionArn"))
    if started is not None:
        versions.pin(started)
    return answer


def _camel(value: Any) -> Any:
    """Turn a template's property names into the API's."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_camel(item) for item in value]
    return value


def _keep_settings(machine_arn: str, settings: dict[str, Any]) -> None:
    machine = engine._state_machines.get(machine_arn)
    if machine is not None:
        machine.update(settings)


def _keep_tracing(original: Any) -> Any:
    """Keep tracingConfiguration of CreateStateMachine and UpdateStateMachine, which the emulator drops."""

    def handle(data: dict[str, Any]) -> Any:
        answer = original(data)
        if answer[0] < 400 and "tracingConfiguration" in data:  # noqa: PLR2004 -- an HTTP status
            arn = data.get("stateMachineArn") or json.loads(answer[2])["stateMachineArn"]
            _keep_settings(arn, {"tracingConfiguration": data["tracingConfiguration"]})
        return answer

    return handle


def _keep_template_settings(original: Any, properties_at: int) -> Any:
    """Keep logging and tracing of a template; the emulator stores the template's spelling and drops tracing."""

    def provision(*arguments: Any) -> Any:
        answer = original(*arguments)
        properties = arguments[properties_at]
        logging = _camel(properties.get("LoggingConfiguration")) or {"level": "OFF", "includeExecutionData": False}
        tracing = _camel(properties.get("TracingConfiguration")) or {"enabled": False}
        _keep_settings(answer[0], {"loggingConfiguration": logging, "tracingConfiguration": tracing})
        return answer

    return provision


def install() -> None:
    """Replace StartExecution, add RedriveExecution, keep logging and tracing settings."""
    start = engine._start_execution
    replace_function(start, functools.partial(_start_execution, start))
    for name in ("_create_state_machine", "_update_state_machine"):
        original = getattr(engine, name)
        keeping = _keep_tracing(original)
        keeping.__name__ = name
        replace_function(original, keeping)
    handlers = provisioners._RESOURCE_HANDLERS[MACHINE_TYPE]
    handlers["create"] = _keep_template_settings(handlers["create"], 1)
    handlers["update"] = _keep_template_settings(handlers["update"], 2)

    serve = engine.handle_request

    async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query_params: Any) -> Any:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            return engine._finalize_response(redrive.redrive_execution(json.loads(body or b"{}")))
        return await serve(method, path, headers, body, query_params)

    engine.handle_request = handle_request
