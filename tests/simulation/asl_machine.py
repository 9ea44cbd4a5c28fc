"""Which machines the runner knows: exactly the constructs that ours use; any other is refused by name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.asl import Json
from workflows.expressions import SUBSTITUTION

TOP = frozenset({"Comment", "QueryLanguage", "StartAt", "TimeoutSeconds", "States"})
PROCESSOR = frozenset({"ProcessorConfig", "StartAt", "States"})
FIELDS: dict[str, frozenset[str]] = {
    "Task": frozenset({"Resource", "Arguments", "TimeoutSeconds", "Assign", "Output", "Retry", "Catch", "Next"}),
    "Map": frozenset({"Items", "MaxConcurrency", "ItemProcessor", "Assign", "Output", "Catch", "Next"}),
    "Choice": frozenset({"Choices", "Default"}),
    "Wait": frozenset({"Seconds", "Next"}),
    "Succeed": frozenset({"Output"}),
    "Fail": frozenset({"Error", "Cause"}),
}
RETRY = frozenset({"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "MaxAttempts"})
CATCH = frozenset({"ErrorEquals", "Assign", "Output", "Next"})
RESOURCES = frozenset({"dynamodb:getItem", "dynamodb:updateItem", "lambda:invoke", "lambda:invoke.waitForTaskToken"})
ANY = "States.ALL"
STATES_ERRORS = frozenset({ANY, "States.Timeout"})


class UnknownConstructError(NotImplementedError):
    """The simulation does not know this construct: teach it, and its contract test, before a machine uses it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that the runner knows all of, its substitutions filled."""

    asl: Json

    @property
    def seconds(self) -> float:
        """How long an execution may take."""
        return float(self.asl["TimeoutSeconds"])


def machine_of(asl: Json, **substitutions: str) -> Machine:
    """Give the machine ready to run. Raises UnknownConstructError for anything the runner does not know."""
    _only("the machine", asl, TOP)
    if asl.get("QueryLanguage") != "JSONata":
        raise UnknownConstructError(f"the query language {asl.get('QueryLanguage')}")
    for name, block in states_of(asl):
        _check_state(name, block)
    return Machine(_filled(asl, substitutions))


def _check_state(name: str, block: Json) -> None:
    kind = block.get("Type")
    if kind not in FIELDS:
        raise UnknownConstructError(f"{name}: the type {kind}")
    _only(name, block, FIELDS[kind] | {"Type", "Comment"})
    for retry in block.get("Retry", []):
        _only(f"{name}.Retry", retry, RETRY)
        _known_errors(name, retry["ErrorEquals"])
        if retry.get("JitterStrategy", "NONE") not in {"FULL", "NONE"}:
            raise UnknownConstructError(f"{name}: the jitter {retry['JitterStrategy']}")
    for catch in block.get("Catch", []):
        _only(f"{name}.Catch", catch, CATCH)
        _known_errors(name, catch["ErrorEquals"])
    for choice in block.get("Choices", []):
        _only(f"{name}.Choices", choice, frozenset({"Condition", "Next"}))
    if kind == "Map":
        _only(f"{name}.ItemProcessor", block["ItemProcessor"], PROCESSOR)
        if block["ItemProcessor"].get("ProcessorConfig") != {"Mode": "INLINE"}:
            raise UnknownConstructError(f"{name}: a Map that is not INLINE")
    if kind == "Task" and block["Resource"].rpartition(":::")[2] not in RESOURCES:
        raise UnknownConstructError(f"{name}: the resource {block['Resource']}")


def states_of(asl: Json) -> Iterator[tuple[str, Json]]:
    """Give every state, a Map's own after it."""
    for name, block in asl["States"].items():
        yield name, block
        if block.get("Type") == "Map":
            yield from states_of(block["ItemProcessor"])


def _only(where: str, block: Json, known: frozenset[str]) -> None:
    if unknown := sorted(set(block) - known):
        raise UnknownConstructError(f"{where}: {', '.join(unknown)}")


def _known_errors(where: str, names: list[str]) -> None:
    if unknown := [name for name in names if name.startswith("States.") and name not in STATES_ERRORS]:
        raise UnknownConstructError(f"{where}: the error {unknown[0]}")


def _filled(node: Any, values: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {name: _filled(value, values) for name, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, values) for value in node]
    return SUBSTITUTION.sub(lambda found: values[found.group(1)], node) if isinstance(node, str) else node
