"""What a JSONata expression reads: found in its syntax tree, not in its text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jsonata

MARK = re.compile(r"\s*\{%(.*)%\}\s*", re.DOTALL)
SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
STEP_FUNCTIONS_ADDS = frozenset({"partition", "range", "hash", "random", "uuid", "parse"})
"""https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-sfn"""
STEP_FUNCTIONS_LACKS = frozenset({"eval"})


@dataclass(frozen=True)
class Reads:
    """The names an expression reads.

    `variables` without its own local ones, `functions` the called names, `states` the paths behind `$states`, such as
    ("context", "Task", "Token").
    """

    variables: frozenset[str]
    functions: frozenset[str]
    states: frozenset[tuple[str, ...]]


def expressions(field: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Give each JSONata expression in a field's value with the place in it where it stands."""
    if isinstance(field, str) and (marked := MARK.fullmatch(field)):
        yield where, marked.group(1)
    elif isinstance(field, dict):
        for name, value in field.items():
            yield from expressions(value, f"{where}.{name}")
    elif isinstance(field, list):
        for index, value in enumerate(field):
            yield from expressions(value, f"{where}[{index}]")


@cache
def known_functions() -> frozenset[str]:
    """Give the functions that JSONata 2.0.6 has in Step Functions."""
    jsonata.Jsonata("1")  # the first parse fills the table of built-in functions
    return (frozenset(jsonata.Jsonata.static_frame.bindings) | STEP_FUNCTIONS_ADDS) - STEP_FUNCTIONS_LACKS


def reads(expression: str) -> Reads:
    """Parse an expression; ValueError with the parser's sentence if it is none.

    A substitution such as `${PollSeconds}` is read as the number 1: it is filled in before Step Functions parses.
    """
    try:
        tree = jsonata.Jsonata(SUBSTITUTION.sub("1", expression)).ast
    except jsonata.JException as error:
        raise ValueError(str(error)) from error
    nodes = list(_nodes(tree, set()))
    local = {node.lhs.value for node in nodes if node.type == "bind"}
    local |= {argument.value for node in nodes if node.type == "lambda" for argument in node.arguments or []}
    functions = {
        node.procedure.value
        for node in nodes
        if node.type in {"function", "partial"} and getattr(node.procedure, "type", None) == "variable"
    }
    functions |= {node.rhs.value for node in nodes if node.type == "apply" and node.rhs.type == "variable"}
    variables = {node.value for node in nodes if node.type == "variable"} - functions
    paths = {
        tuple(str(step.value) for step in node.steps[1:] if step.type == "name")
        for node in nodes
        if node.type == "path" and node.steps[0].type == "variable" and node.steps[0].value == "states"
    }
    return Reads(
        variables=frozenset(variables - local - {"states", "", "$"}),
        functions=frozenset(functions - local),
        states=frozenset(path for path in paths if path),
    )


def _nodes(node: Any, seen: set[int]) -> Iterator[Any]:  # noqa: ANN401 -- the parser's own untyped nodes
    """Give every parser node that can be reached from `node`."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, list | tuple):
        for item in node:
            yield from _nodes(item, seen)
    elif hasattr(node, "type") and hasattr(node, "__dict__"):
        yield node
        for name, value in vars(node).items():
            if name not in {"_outer_instance", "ancestor"}:
                yield from _nodes(value, seen)
