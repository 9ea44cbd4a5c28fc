"""Runs a rendered machine as Step Functions does: exactly the constructs that our machines use, and no other.

`machine_of` refuses, by name, whatever the runner does not know. A `Run` is a generator of effects (call a service,
pause); whoever drives it owns time, faults and threads. Its events are those of Step Functions' own history.
"""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

import jsonata

from workflows.asl import Json
from workflows.expressions import MARK, SUBSTITUTION

TOP = frozenset({"Comment", "QueryLanguage", "StartAt", "TimeoutSeconds", "States"})
FIELDS: dict[str, frozenset[str]] = {
    "Task": frozenset({"Resource", "Arguments", "TimeoutSeconds", "Assign", "Output", "Retry", "Catch", "Next"}),
    "Choice": frozenset({"Choices", "Default"}),
    "Succeed": frozenset({"Output"}),
    "Fail": frozenset({"Error", "Cause"}),
}
RETRY = frozenset({"ErrorEquals", "IntervalSeconds", "BackoffRate", "MaxDelaySeconds", "JitterStrategy", "MaxAttempts"})
CATCH = frozenset({"ErrorEquals", "Assign", "Next"})
RESOURCES = frozenset({"dynamodb:getItem", "dynamodb:updateItem", "lambda:invoke", "lambda:invoke.waitForTaskToken"})
ANY = "States.ALL"
STATES_ERRORS = frozenset({ANY, "States.Timeout"})
UNCATCHABLE = frozenset({"States.Runtime", "States.DataLimitExceeded"})
"""What States.ALL does not catch (docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html)."""
NOTHING = jsonata.utils.Utils.NULL_VALUE


class UnknownConstructError(NotImplementedError):
    """The simulation does not know this construct: teach it, and its contract test, before a machine uses it."""


class StateError(Exception):
    """A state failed: what Step Functions calls Error and Cause."""

    def __init__(self, error: str, cause: str | None = None) -> None:
        """Keep both."""
        super().__init__(f"{error}: {cause}")
        self.error, self.cause = error, cause


@dataclass(frozen=True, slots=True)
class Call:
    """Call a service and give its answer, or raise StateError; `token` when the answer comes by it."""

    state: str
    resource: str
    arguments: Json
    timeout_seconds: float
    token: str | None


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait before a state is tried again."""

    seconds: float


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
    for name, block in asl["States"].items():
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
        if kind == "Task" and block["Resource"].rpartition(":::")[2] not in RESOURCES:
            raise UnknownConstructError(f"{name}: the resource {block['Resource']}")
    return Machine(_filled(asl, substitutions))


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


@lru_cache(maxsize=1024)
def _compiled(text: str) -> tuple[Any, Any]:
    return jsonata.Jsonata(text), jsonata.Jsonata(f"$exists(({text}))")


def evaluate(template: Any, states: Json, variables: Json) -> Any:
    """Give `template` with every expression replaced by its value. Raises StateError(States.QueryEvaluationError)."""
    if isinstance(template, dict):
        return {name: evaluate(value, states, variables) for name, value in template.items()}
    if isinstance(template, list):
        return [evaluate(value, states, variables) for value in template]
    if not isinstance(template, str) or not (marked := MARK.fullmatch(template)):
        return template
    value, exists = _compiled(marked.group(1))
    bound = {name: NOTHING if value is None else value for name, value in variables.items()} | {"states": states}
    try:
        found = value.evaluate(None, bound)
        if found is None and not exists.evaluate(None, bound):
            raise StateError("States.QueryEvaluationError", f"{template} is undefined")
    except jsonata.JException as error:
        raise StateError("States.QueryEvaluationError", f"{template}: {error}") from error
    return None if found is NOTHING else found


@dataclass
class Run:
    """One execution on its way; after an unsuccessful end, `effects` goes on where it ended (a redrive)."""

    machine: Machine
    name: str
    given: Json
    started_at: str
    random: Random
    events: list[tuple[str, str]] = field(default_factory=list)
    variables: Json = field(default_factory=dict)
    status: str = "RUNNING"
    output: Any = None
    error: str | None = None
    cause: str | None = None
    state: str = ""
    state_input: Any = None
    attempts: int = 0

    def __post_init__(self) -> None:
        """Stand before the first state."""
        self.state, self.state_input = self.machine.asl["StartAt"], self.given
        self.events.append(("ExecutionStarted", ""))

    @property
    def entered(self) -> list[str]:
        """Give the names of the entered states, in order."""
        return [name for kind, name in self.events if kind.endswith("StateEntered")]

    def end(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        """End the execution, from within or from outside."""
        self.status, self.error, self.cause = status, error, cause
        self.events.append(({"TIMED_OUT": "ExecutionTimedOut"}.get(status, f"Execution{status.capitalize()}"), ""))

    def redriven(self) -> None:
        """Go on from the state that ended it; its retries count anew, its variables are as they were."""
        self.status, self.error, self.cause = "RUNNING", None, None
        self.events.append(("ExecutionRedriven", ""))

    def effects(self) -> Generator[Call | Pause, Any, None]:
        """Run to the end; give what must be done on the way."""
        try:
            while self.status == "RUNNING":
                block = self.machine.asl["States"][self.state]
                step = {"Task": self._task, "Choice": self._choice, "Succeed": self._succeed, "Fail": self._fail}
                self.events.append((f"{block['Type']}StateEntered", self.state))
                if block["Type"] == "Task":
                    yield from self._task(block)
                else:
                    step[block["Type"]](block)
        except StateError as error:
            self.end("FAILED", error.error, error.cause)

    def _states(self, **more: Any) -> Json:
        execution = {"Input": self.given, "Name": self.name, "StartTime": self.started_at}
        context = {"Execution": execution, "State": {"Name": self.state}, **more.pop("context", {})}
        return {"input": self.state_input, "context": context, **more}

    def _go_on(self, block: Json, output: Any) -> None:
        self.events.append((f"{block['Type']}StateExited", self.state))
        self.state_input = output

    def _choice(self, block: Json) -> None:
        after = block["Default"]
        for rule in block["Choices"]:
            if evaluate(rule["Condition"], self._states(), self.variables) is True:
                after = rule["Next"]
                break
        self._go_on(block, self.state_input)
        self.state = after

    def _succeed(self, block: Json) -> None:
        self.output = evaluate(block.get("Output", self.state_input), self._states(), self.variables)
        self._go_on(block, self.output)
        self.end("SUCCEEDED")

    def _fail(self, block: Json) -> None:
        told = evaluate({"e": block["Error"], "c": block["Cause"]}, self._states(), self.variables)
        self.end("FAILED", told["e"], told["c"])

    def _task(self, block: Json) -> Generator[Call | Pause, Any, None]:
        tried = [0] * len(block.get("Retry", []))
        while True:
            try:
                result = yield from self._attempt(block)
                states = self._states(result=result)
                assigned = evaluate(block.get("Assign", {}), states, self.variables)
                output = evaluate(block["Output"], states, self.variables) if "Output" in block else result
            except StateError as error:
                delay = self._delay(block, error, tried)
                if delay is not None:
                    yield Pause(delay)
                    continue
                self._catch(block, error)
                return
            self._go_on(block, output)
            self.variables |= assigned
            self.state = block["Next"]
            return

    def _attempt(self, block: Json) -> Generator[Call | Pause, Any, Any]:
        self.attempts += 1
        resource = block["Resource"].rpartition(":::")[2]
        waits = resource.endswith(".waitForTaskToken")
        token = f"token-{self.name}-{self.attempts}" if waits else None
        states = self._states(context={"Task": {"Token": token}} if waits else {})
        asked = evaluate({"a": block["Arguments"], "t": block["TimeoutSeconds"]}, states, self.variables)
        self.events += [("TaskScheduled", self.state), ("TaskStarted", self.state)]
        try:
            result = yield Call(self.state, resource, asked["a"], float(asked["t"]), token)
        except StateError as error:
            timed_out = error.error == "States.Timeout"
            self.events.append(("TaskTimedOut" if timed_out else "TaskFailed", "" if timed_out else error.error))
            raise
        self.events.append(("TaskSucceeded", self.state))
        return result

    def submitted(self) -> None:
        """Note that the function of a state that waits for its token has returned."""
        self.events.append(("TaskSubmitted", self.state))

    def _delay(self, block: Json, error: StateError, tried: list[int]) -> float | None:
        """Give the seconds before the next attempt, or None when there is none."""
        for number, retry in enumerate(block.get("Retry", [])):
            if not _matches(retry["ErrorEquals"], error.error):
                continue
            if tried[number] >= retry.get("MaxAttempts", 3):
                return None
            delay = float(retry.get("IntervalSeconds", 1) * retry.get("BackoffRate", 2.0) ** min(tried[number], 64))
            tried[number] += 1
            delay = min(delay, float(retry.get("MaxDelaySeconds", delay)))
            return self.random.uniform(0, delay) if retry.get("JitterStrategy") == "FULL" else delay
        return None

    def _catch(self, block: Json, error: StateError) -> None:
        told = {"Error": error.error} | ({} if error.cause is None else {"Cause": error.cause})
        for catch in block.get("Catch", []):
            if _matches(catch["ErrorEquals"], error.error):
                states = self._states(errorOutput=told)
                assigned = evaluate(catch.get("Assign", {}), states, self.variables)
                self._go_on(block, told)
                self.variables |= assigned
                self.state = catch["Next"]
                return
        raise error


def _matches(names: list[str], error: str) -> bool:
    return error in names or (ANY in names and error not in UNCATCHABLE)


def function_of(call: Call) -> str:
    """Give the name of the state whose function a call invokes."""
    return re.sub(r"FunctionArn$", "", call.arguments["FunctionName"])
