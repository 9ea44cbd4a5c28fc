"""Refuse a state machine whose definition AWS would refuse; the emulator runs anything.

Checked here is what a deployment gets wrong: JSON that does not parse, a substitution left unresolved, a transition to
a state that does not exist, an unknown state type, a field of the other query language. Whether a resource ARN names a
real API is not checked. https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions as engine
from ministack.services.cloudformation import provisioners

from local.cloud.patching import replace_function

TYPES = ("Task", "Pass", "Choice", "Wait", "Succeed", "Fail", "Parallel", "Map")
TERMINAL = ("Succeed", "Fail")
# https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html: each query language has its own fields.
JSONPATH_ONLY = ("InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "ItemsPath")
JSONATA_ONLY = ("Arguments", "Output")
UNRESOLVED = re.compile(r"\$\{[A-Za-z][A-Za-z0-9_.:]*\}")
STATE_NAME_CHARACTERS = 80


def definition_faults(text: str) -> list[str]:
    """Return one sentence for every reason why AWS would not take this definition; none means it is taken."""
    try:
        definition = json.loads(text)
    except ValueError as error:
        return [f"INVALID_JSON_DESCRIPTION: {error}"]
    if not isinstance(definition, dict):
        return ["SCHEMA_VALIDATION_FAILED: The definition must be a JSON object"]
    unresolved = sorted(set(UNRESOLVED.findall(text)))
    faults = [f"SCHEMA_VALIDATION_FAILED: The substitution {name} was not resolved" for name in unresolved]
    return faults + list(_machine_faults(definition, definition.get("QueryLanguage", "JSONPath"), "/States"))


def _machine_faults(machine: dict[str, Any], language: str, path: str) -> Iterator[str]:
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        yield f"SCHEMA_VALIDATION_FAILED: States must be a non-empty object at {path}"
        return
    if machine.get("StartAt") not in states:
        yield f"MISSING_TRANSITION_TARGET: Missing 'StartAt' target: {machine.get('StartAt')} at {path}"
    for name, state in states.items():
        if len(name) > STATE_NAME_CHARACTERS:
            limit = f"A state's name has at most {STATE_NAME_CHARACTERS} characters"
            yield f"SCHEMA_VALIDATION_FAILED: {limit} at {path}/{name}"
        yield from _state_faults(state, states, language, f"{path}/{name}")


def _state_faults(state: dict[str, Any], siblings: dict[str, Any], language: str, path: str) -> Iterator[str]:
    kind = state.get("Type")
    if kind not in TYPES:
        yield f"SCHEMA_VALIDATION_FAILED: Unknown state type {kind!r} at {path}/Type"
        return
    language = state.get("QueryLanguage", language)
    for field in JSONPATH_ONLY if language == "JSONata" else JSONATA_ONLY:
        if field in state:
            yield f"SCHEMA_VALIDATION_FAILED: Field '{field}' is not supported with {language} at {path}"
    if kind == "Task" and not str(state.get("Resource", "")).startswith("arn:"):
        yield f"SCHEMA_VALIDATION_FAILED: Value is not a valid resource ARN at {path}/Resource"
    if kind == "Choice" and not state.get("Choices"):
        yield f"SCHEMA_VALIDATION_FAILED: A Choice state needs Choices at {path}/Choices"
    if kind not in (*TERMINAL, "Choice") and ("Next" in state) == (state.get("End") is True):
        yield f"SCHEMA_VALIDATION_FAILED: A state has either Next or End at {path}"
    for where, target in _targets(state):
        if target not in siblings:
            yield f"MISSING_TRANSITION_TARGET: Missing 'Next' target: {target} at {path}/{where}"
    yield from _error_rule_faults(state, path)
    yield from _nested_faults(state, language, path)


def _nested_faults(state: dict[str, Any], language: str, path: str) -> Iterator[str]:
    for index, branch in enumerate(state.get("Branches", ())):
        yield from _machine_faults(branch, language, f"{path}/Branches[{index}]/States")
    processor = state.get("ItemProcessor") or state.get("Iterator")
    if processor:
        yield from _machine_faults(processor, language, f"{path}/ItemProcessor/States")


def _targets(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for field in ("Next", "Default"):
        if field in state:
            yield field, state[field]
    for list_name in ("Choices", "Catch"):
        for index, rule in enumerate(state.get(list_name, ())):
            yield f"{list_name}[{index}]/Next", rule.get("Next")


def _error_rule_faults(state: dict[str, Any], path: str) -> Iterator[str]:
    """States.ALL stands alone and last.

    https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    """
    for list_name in ("Retry", "Catch"):
        rules = state.get(list_name, ())
        for index, rule in enumerate(rules):
            names = rule.get("ErrorEquals")
            if not names:
                yield f"SCHEMA_VALIDATION_FAILED: ErrorEquals must not be empty at {path}/{list_name}[{index}]"
            elif "States.ALL" in names and (len(names) > 1 or index != len(rules) - 1):
                yield f"SCHEMA_VALIDATION_FAILED: States.ALL must stand alone and last at {path}/{list_name}[{index}]"


def _check_in_request(original: Any) -> Any:
    def handle(data: dict[str, Any]) -> Any:
        if "definition" in data:
            faults = definition_faults(data["definition"])
            if faults:
                return error_response_json(
                    "InvalidDefinition", f"Invalid State Machine Definition: '{', '.join(faults)}'", 400
                )
        return original(data)

    return handle


def _validate(data: dict[str, Any]) -> Any:
    """Answer ValidateStateMachineDefinition. https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html."""
    faults = definition_faults(data.get("definition", ""))
    diagnostics = [
        {"severity": "ERROR", "code": code, "message": message}
        for code, _, message in (fault.partition(": ") for fault in faults)
    ]
    return engine.json_response({"result": "FAIL" if faults else "OK", "diagnostics": diagnostics, "truncated": False})


def install() -> None:
    """Check every definition that CreateStateMachine, UpdateStateMachine or a template brings."""
    for name in ("_create_state_machine", "_update_state_machine"):
        original = getattr(engine, name)
        checked = _check_in_request(original)
        checked.__name__ = name
        replace_function(original, checked)
    replace_function(engine._validate_state_machine_definition, _validate)

    resolve = provisioners._sfn_definition

    def resolve_and_check(props: dict[str, Any]) -> str:
        definition: str = resolve(props)
        faults = definition_faults(definition)
        if faults:
            raise provisioners._sfn_handler_error(f"Invalid State Machine Definition: '{', '.join(faults)}'")
        return definition

    replace_function(resolve, resolve_and_check)
