"""Faults of a JSONata machine that asl-validator lets through, each told in one sentence.

assigned   a variable is read that some path has not assigned
functions  a function that JSONata in Step Functions does not have
members    a member of `$states` or of the context object that is not there
failures   States.ALL order or retried, unknown error names, a failure that ends in success, a Task without Catch
payloads   secrets, unbounded values, expressions that are mere text
shape      `.$` keys, Choice without Default, Task without timeout, missing targets, unreachable states, endless loops
service    unknown integrations, substitutions nobody fills, writes without a condition, what DynamoDB refuses
"""

from collections.abc import Callable, Iterator

from workflows.asl import Json
from workflows.expressions import expressions, known_functions, reads
from workflows.failure_checks import failures
from workflows.nesting import flat
from workflows.paths import assigned_before, edges, reachable
from workflows.payload_checks import payloads
from workflows.service_checks import services

CONTEXT = {
    "Execution": {"Id", "Input", "Name", "RedriveCount", "RedriveTime", "RoleArn", "StartTime"},
    "State": {"EnteredTime", "Name", "RetryCount"},
    "StateMachine": {"Id", "Name"},
    "Task": {"Token"},
}
"""https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html"""

ALWAYS = frozenset({"input", "context"})
AFTER = {"Task": "result", "Parallel": "result", "Map": "result"}
BLOCKS = ("Catch", "Retry", "Choices")
WORKING = frozenset({"EmptyContents"})
"""States that are come back to because more is to be done, not to wait for anything; each ends by its own deadline."""
FOREVER = 99_999_999
"""A Task's default, in seconds (https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html)."""


def faults(asl: Json) -> list[str]:
    """Give every fault of the machine, one sentence each; none for a sound one. A Map's states are checked with it."""
    asl = flat(asl)
    checks: tuple[Callable[[Json], Iterator[str]], ...] = (shape, reading, failures, payloads, services)
    return [sentence for check in checks for sentence in check(asl)]


def shape(asl: Json) -> Iterator[str]:
    """Check what the graph and its blocks look like."""
    states: Json = asl["States"]
    entered = reachable(asl, asl["StartAt"])
    if asl.get("QueryLanguage") != "JSONata":
        yield "the machine does not say QueryLanguage JSONata: build it with workflows.asl.StateMachine"
    if "TimeoutSeconds" not in asl:
        yield "the machine has no TimeoutSeconds: give it one above all of its waiting"
    if asl["StartAt"] not in states:
        yield f"StartAt names {asl['StartAt']}, which is no state"
    for state, block in states.items():
        if asl["StartAt"] in states and state not in entered:
            yield f"{state} cannot be reached: lead to it or remove it"
        if "Comment" not in block:
            yield f"{state} has no Comment: tell an auditor in a sentence what it does"
        if block["Type"] == "Choice" and "Default" not in block:
            yield f"{state} is a Choice without Default: say where to go when no rule holds"
        if block["Type"] == "Task":
            yield from _timeout(state, block, asl.get("TimeoutSeconds", FOREVER))
        if _loops(asl, state):
            yield f"{state} leads back to itself without a Wait: waiting is a Retry, a task token or a Wait"
        yield from (
            f"{state} leads to {edge.target}, which is no state" for edge in edges(block) if edge.target not in states
        )
        yield from (
            f"{state}: the key {key} is JSONPath's: in a JSONata state write an expression in {{% %}}"
            for key in _dollar_keys(block)
        )


def _timeout(state: str, block: Json, machine_seconds: int) -> Iterator[str]:
    """Check that a Task ends before its machine does: nothing catches the machine's own timeout."""
    seconds = block.get("TimeoutSeconds")
    if seconds is None:
        yield f"{state} is a Task without TimeoutSeconds: without one it may hang for three years"
    elif isinstance(seconds, int) and seconds >= machine_seconds:
        yield f"{state} may take {seconds} s, longer than its machine: nothing would catch that, shorten it"


def _loops(asl: Json, state: str) -> bool:
    """Tell whether a way leads from the state back to it that waits nowhere."""
    moving = {
        name: block
        for name, block in asl["States"].items()
        if block["Type"] != "Wait" and not _has_token(block) and name not in WORKING
    }
    if state not in moving:
        return False
    return any(state in reachable({"States": moving}, edge.target) for edge in edges(moving[state]))


def _dollar_keys(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key.endswith(".$"):
                yield key
            yield from _dollar_keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from _dollar_keys(value)


def reading(asl: Json) -> Iterator[str]:
    """Check what every expression of every reachable state reads."""
    have = assigned_before(asl)
    for state, block in asl["States"].items():
        if state not in have:
            continue
        after = ALWAYS | ({AFTER[block["Type"]]} if block["Type"] in AFTER else set())
        for field, value in block.items():
            if field not in BLOCKS:
                members = after if field in {"Assign", "Output"} else ALWAYS
                yield from _read(f"{state}.{field}", value, have[state], members, _has_token(block))
        for field, members in (("Choices", ALWAYS), ("Catch", ALWAYS | {"errorOutput"}), ("Retry", ALWAYS)):
            yield from _read(f"{state}.{field}", block.get(field), have[state], members, _has_token(block))


def _has_token(block: Json) -> bool:
    return str(block.get("Resource", "")).endswith(".waitForTaskToken")


def _read(place: str, value: object, have: frozenset[str], members: frozenset[str], token: bool) -> Iterator[str]:  # noqa: FBT001 -- one call, above
    for where, expression in expressions(value):
        try:
            found = reads(expression)
        except ValueError as error:
            yield f"{place}{where} is no JSONata: {error}"
            continue
        for name in sorted(found.variables - have):
            yield f"{place}{where} reads ${name}, which is not assigned on every path there"
        for name in sorted(found.functions - known_functions() - have):
            yield f"{place}{where} calls ${name}, a function that Step Functions does not have"
        for path in sorted(found.states):
            if path[0] not in members:
                yield f"{place}{where} reads $states.{path[0]}, which does not exist there"
            elif path[0] == "context" and not _in_context(path, token=token):
                yield f"{place}{where} reads $states.{'.'.join(path)}, which the context object does not hold there"


def _in_context(path: tuple[str, ...], *, token: bool) -> bool:
    match path:
        case ("context",):
            return True
        case ("context", "Task", *_) if not token:
            return False
        case ("context", part):
            return part in CONTEXT
        case (_, part, member, *_):
            return member in CONTEXT.get(part, set())
    return False
