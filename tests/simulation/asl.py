"""Runs a rendered machine as Step Functions does; what it knows of ASL, tests/simulation/asl_machine.py tells.

A `Run` is a generator of effects (call a service, pause); whoever drives it owns time, faults and threads. Its events
are those of Step Functions' own history.
"""

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.simulation.asl_machine import ANY, Machine
from tests.simulation.asl_values import StateError, evaluate
from workflows.asl import Json

UNCATCHABLE = frozenset({"States.Runtime", "States.DataLimitExceeded"})
"""What States.ALL does not catch (docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html)."""


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
    within: "Run | None" = None
    """The run whose Map it is an item of; its end is no end of the execution."""

    def __post_init__(self) -> None:
        """Stand before the first state."""
        self.state = self.machine.asl["StartAt"]
        if self.within is None:
            self.state_input = self.given
            self.events.append(("ExecutionStarted", ""))

    @property
    def entered(self) -> list[str]:
        """Give the names of the entered states, in order."""
        return [name for kind, name in self.events if kind.endswith("StateEntered")]

    def end(self, status: str, error: str | None = None, cause: str | None = None) -> None:
        """End the execution, from within or from outside."""
        self.status, self.error, self.cause = status, error, cause
        if self.within is not None:
            return
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
                self.events.append((f"{block['Type']}StateEntered", self.state))
                if block["Type"] in {"Task", "Map", "Wait"}:
                    yield from {"Task": self._task, "Map": self._map, "Wait": self._wait}[block["Type"]](block)
                else:
                    {"Choice": self._choice, "Succeed": self._succeed, "Fail": self._fail}[block["Type"]](block)
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

    def _wait(self, block: Json) -> Generator[Call | Pause, Any, None]:
        yield Pause(float(evaluate(block["Seconds"], self._states(), self.variables)))
        self._go_on(block, self.state_input)
        self.state = block["Next"]

    def _map(self, block: Json) -> Generator[Call | Pause, Any, None]:
        """Run the items one after the other; Step Functions takes up to MaxConcurrency at once."""
        self.events.append(("MapStateStarted", self.state))
        try:
            results = []
            for item in evaluate(block["Items"], self._states(), self.variables):
                results.append((yield from self._item(block, item)))  # noqa: PERF401 -- no comprehension may yield
            states = self._states(result=results)
            assigned = evaluate(block.get("Assign", {}), states, self.variables)
            output = evaluate(block["Output"], states, self.variables) if "Output" in block else results
        except StateError as error:
            self._catch(block, error)
            return
        self.events.append(("MapStateSucceeded", self.state))
        self._go_on(block, output)
        self.variables |= assigned
        self.state = block["Next"]

    def _item(self, block: Json, item: Any) -> Generator[Call | Pause, Any, Any]:
        machine = Machine(block["ItemProcessor"])
        inner = Run(machine, self.name, self.given, self.started_at, self.random, self.events, within=self)
        inner.state_input, inner.variables, inner.attempts = item, dict(self.variables), self.attempts
        yield from inner.effects()
        self.attempts = inner.attempts
        if inner.status != "SUCCEEDED":
            raise StateError(str(inner.error), inner.cause)
        return inner.output

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
                output = evaluate(catch["Output"], states, self.variables) if "Output" in catch else told
                self._go_on(block, output)
                self.variables |= assigned
                self.state = catch["Next"]
                return
        raise error


def _matches(names: list[str], error: str) -> bool:
    return error in names or (ANY in names and error not in UNCATCHABLE)


def function_of(call: Call) -> str:
    """Give the name of the state whose function a call invokes."""
    return re.sub(r"FunctionArn$", "", call.arguments["FunctionName"])
