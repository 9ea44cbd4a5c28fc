"""Evaluate a state's expressions as Step Functions does, with a port of the same JSONata engine."""

import re
from typing import Any

import jsonata

from workflows.asl import Json
from workflows.expressions import MARK

UNDEFINED = "JSONata gave nothing, which Step Functions refuses: "

REQUEST: Json = {
    "change": "chg-0123456789abcdef0123456789abcdef",
    "project": "web",
    "kind": "bucket",
    "name": "acme-logs",
    "action": "create",
    "spec": {"description": "Web logs", "tags": ["a"]},
    "expectedVersion": 0,
    "version": 1,
    "actor": "anna@example.org",
    "actorId": "4f1c",
    "request": "a" * 64,
}


def context(request: Json) -> Json:
    """Give the context object of a running state."""
    execution = {"Input": request, "Name": request["change"], "StartTime": "2026-01-02T03:04:05.678Z"}
    return {"Execution": execution, "Task": {"Token": "AQC"}}


def evaluate(template: Any, states: Json, variables: Json) -> Any:
    """Give `template` with every expression in it replaced by its value; AssertionError if one has none."""
    if isinstance(template, dict):
        return {name: evaluate(value, states, variables) for name, value in template.items()}
    if isinstance(template, list):
        return [evaluate(value, states, variables) for value in template]
    if not isinstance(template, str) or not (marked := MARK.fullmatch(template)):
        return template
    expression = re.sub(r"\$\{\w+\}", "10", marked.group(1))
    nothing = jsonata.utils.Utils.NULL_VALUE
    bindings = {name: nothing if value is None else value for name, value in variables.items()} | {"states": states}
    defined = jsonata.Jsonata(f"$exists(({expression}))").evaluate(None, bindings)
    assert defined, UNDEFINED + expression
    return jsonata.Jsonata(expression).evaluate(None, bindings)
