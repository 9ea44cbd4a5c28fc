"""What a machine puts into its executions' histories: no secret, nothing without bound, no expression by mistake.

Whoever may read an execution reads every input and output of every state
(https://docs.aws.amazon.com/step-functions/latest/dg/concepts-view-execution-details.html), for 90 days and in the log.
"""

import re
from collections.abc import Iterator

from workflows.asl import Json
from workflows.expressions import MARK, expressions, reads

SECRET = re.compile(r"secret|passw|passphrase|privatekey|accesskey|apikey|credential|token|signature", re.IGNORECASE)
REFERENCE = re.compile(r"(Arn|Id|Name|Hash)$")
"""A name that ends so says which secret is meant, and is none."""
TASK_TOKEN = "taskToken"  # noqa: S105 -- the one token that a machine must hand over; it is worth nothing afterwards

LOOKS_LIKE_AN_EXPRESSION = re.compile(r"\{%|%\}|\$states\b|^\s*\$[A-Za-z]\w*")

WHOLE = {
    ("input",): "the state's whole input",
    ("context",): "the whole context object",
    ("context", "Execution"): "the whole execution",
}
"""Step Functions ends an execution whose state hands on more than 256 KB, and nothing catches that
(https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html)."""


def payloads(asl: Json) -> Iterator[str]:
    """Check what the states hand over, assign and output."""
    for state, block in asl["States"].items():
        for place, text in _texts(block):
            if not MARK.fullmatch(text) and LOOKS_LIKE_AN_EXPRESSION.search(text):
                yield f"{state}{place} is a text that looks like an expression: wrap the whole of it in {{% %}}"
        for place, key in _keys(block):
            if SECRET.search(key) and not REFERENCE.search(key) and key != TASK_TOKEN:
                yield f"{state}{place} looks like a secret, which every history would show: hand over its ARN instead"
        for place, expression in expressions(block):
            yield from _bounded(f"{state}{place}", expression, block)


def _texts(node: object, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield place, node
    elif isinstance(node, dict):
        for key, value in node.items():
            if key != "Comment":
                yield from _texts(value, f"{place}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _texts(value, f"{place}[{index}]")


def _keys(node: object, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{place}.{key}", key
            yield from _keys(value, f"{place}.{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _keys(value, f"{place}[{index}]")


def _bounded(place: str, expression: str, block: Json) -> Iterator[str]:
    try:
        found = reads(expression).states
    except ValueError:
        return  # `reading` says so
    for path in sorted(found & WHOLE.keys()):
        yield f"{place} hands on {WHOLE[path]}, which has no bound: name the fields that are needed"
    if ("result",) in found and str(block.get("Resource", "")).endswith(":lambda:invoke"):
        yield f"{place} hands on the call's metadata with the answer: read $states.result.Payload"
