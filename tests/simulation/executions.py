"""Step Functions in the world: executions that run on the timeline, their tokens, ends, redrives and end events."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.simulation.asl import Call, Pause, Run, function_of
from tests.simulation.asl_machine import Machine, machine_of, states_of
from tests.simulation.asl_values import StateError
from tests.simulation.aws_faults import THROTTLES, AwsCall, Fault, client_error
from tests.simulation.recovery import ExecutionEndedQueue
from tests.simulation.state_tales import direct_error, event_of, function_error
from tests.simulation.timeline import Timer
from tests.simulation.wiring import MACHINE_ARN, TABLE
from tests.simulation.world import CRASHED, World
from workflows.asl import Json

STATEMACHINES = Path(__file__).parents[2] / "statemachines"
RECONCILE = "reconcile"
POLL_SECONDS = 10
EXECUTION_ARN = MACHINE_ARN.replace(":stateMachine:", ":execution:")
LOST_CONNECTION = ("Lambda.SdkClientException", "The connection was closed.")
INVOKE_FAULTS = {
    Fault.THROTTLE: (f"Lambda.{THROTTLES['lambda']}", "Rate exceeded"),
    Fault.SERVER_ERROR: ("Lambda.ServiceException", "Oops"),
    Fault.DENIED: ("Lambda.AccessDeniedException", "Not authorized"),
    Fault.CRASH: (CRASHED, '{"errorType": "Runtime.ExitError"}'),
    Fault.TIMEOUT_BEFORE: LOST_CONNECTION,
    Fault.TIMEOUT_AFTER: LOST_CONNECTION,
    Fault.LATE: LOST_CONNECTION,
}
"""What a state sees of a spoilt invocation; a slow one, and one that is sent twice, are told by no error."""
BOTO_TO_STATES = {"get_item": "getItem", "update_item": "updateItem"}


def rendered(name: str = "change_resource") -> Json:
    """Give a committed machine."""
    asl: Json = json.loads((STATEMACHINES / f"{name}.asl.json").read_text(encoding="utf-8"))
    return asl


def machine(asl: Json | None = None, *, poll_seconds: int = POLL_SECONDS) -> Machine:
    """Give a machine, change_resource if it is not told, as the template fills it; a function's ARN is its state's."""
    asl = asl or rendered()
    functions = {f"{state}FunctionArn": f"{state}FunctionArn" for state, _ in states_of(asl)}
    polls = {"PollSeconds": str(poll_seconds), "RotationPollSeconds": str(poll_seconds)}
    return machine_of(asl, Partition="aws", TableName=TABLE, **polls, **functions)


@dataclass
class Execution:
    """An execution, and where it stands."""

    run: Run
    steps: Generator[Call | Pause, Any, None]
    limit: Timer
    started: datetime
    stopped: datetime | None = None
    turn: int = 0
    """Counts attempts, ends and redrives: an answer to an earlier one is nobody's any more."""
    redrives: int = 0
    of_a_change: bool = True
    times: list[datetime] = field(default_factory=list)
    """When each event of its history happened, as far as that is noted yet."""

    def note_times(self, now: datetime) -> None:
        """Give all events that have no time yet this one."""
        self.times += [now] * (len(self.run.events) - len(self.times))

    redriven_at: float = -1.0


@dataclass
class Executions:
    """The machine's executions in a world; `enters` is told of each attempt at a state, `ends` of each end."""

    world: World
    machine: Machine = field(default_factory=machine)
    by_name: dict[str, Execution] = field(default_factory=dict)
    tokens: dict[str, tuple[Execution, int, Callable[[Any, StateError | None], None]]] = field(default_factory=dict)
    reconciliations: list[Execution] = field(default_factory=list)
    reconcile_machine: Machine = field(default_factory=lambda: machine(rendered(RECONCILE)))
    enters: list[Callable[[Execution, Call], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Answer the world's calls of Step Functions."""
        self.world.more["stepfunctions"] = self._api
        self.ended = ExecutionEndedQueue(self.world)

    def start(self, request: Json) -> Execution:
        """Start a change."""
        world = self.world
        run = Run(self.machine, request["change"], request, world.timeline.iso(), world.random)
        limit = world.timeline.after(self.machine.seconds, lambda: self.stop(run.name, "TIMED_OUT"))
        execution = Execution(run, run.effects(), limit, world.now())
        self.by_name.pop(run.name, None)  # its name is free again 90 days after its end
        self.by_name[run.name] = execution
        world.note(f"execution {run.name} starts: {request['action']}")
        self._go_on(execution, None, None)
        return execution

    def reconcile(self) -> Execution:
        """Start a run of the machine reconcile, over all projects."""
        world, number = self.world, len(self.reconciliations) + 1
        name = f"{RECONCILE}-{number}"
        run = Run(self.reconcile_machine, name, {}, world.timeline.iso(), world.random)
        limit = world.timeline.after(run.machine.seconds, lambda: None)
        execution = Execution(run, run.effects(), limit, world.now(), of_a_change=False)
        self.reconciliations.append(execution)
        world.note(f"execution {name} starts")
        self._go_on(execution, None, None)
        return execution

    def stop(self, name: str, status: str, error: str | None = None, cause: str | None = None) -> bool:
        """End an execution from outside: ABORTED or TIMED_OUT; False when it has ended already."""
        execution = self.by_name[name]
        if execution.run.status != "RUNNING":
            return False
        execution.steps.close()
        execution.run.end(status, error, cause)
        self._over(execution)
        return True

    def redrive(self, name: str) -> bool:
        """Let an unsuccessful execution go on from where it ended; its time limit begins anew."""
        execution = self.by_name[name]
        if execution.run.status in {"RUNNING", "SUCCEEDED"}:
            return False
        self.world.note(f"execution {name} is redriven at {execution.run.state}")
        execution.run.redriven()
        execution.redrives += 1
        execution.redriven_at = self.world.timeline.now_seconds
        execution.stopped = None
        execution.steps = execution.run.effects()
        execution.limit = self.world.timeline.after(self.machine.seconds, lambda: self.stop(name, "TIMED_OUT"))
        self._go_on(execution, None, None)
        return True

    # ------------------------------------------------------------------ steps

    def _go_on(self, execution: Execution, value: Any, error: StateError | None) -> None:
        execution.turn += 1
        execution.note_times(self.world.now())
        try:
            step = execution.steps.throw(error) if error is not None else execution.steps.send(value)
        except StopIteration:
            self._over(execution)
            return
        turn = execution.turn
        if isinstance(step, Pause):
            self.world.timeline.after(
                step.seconds, lambda: self._go_on(execution, None, None) if execution.turn == turn else None
            )
            return
        self._attempt(execution, step)

    def _attempt(self, execution: Execution, call: Call) -> None:
        turn = execution.turn
        world = self.world

        def settle(value: Any, error: StateError | None) -> None:
            if execution.turn == turn:
                limit.cancel()
                self._go_on(execution, value, error)

        limit = world.timeline.after(call.timeout_seconds, lambda: settle(None, StateError("States.Timeout")))
        world.note(f"execution {execution.run.name} attempts {call.state}")
        for told in self.enters:
            told(execution, call)
        if execution.turn != turn:
            return
        service, operation = call.resource.split(":")[:2]
        if service == "dynamodb":
            name = next(boto for boto, states in BOTO_TO_STATES.items() if states == operation)
            fence = execution.run.variables.get("fence")
            made = AwsCall(call.state, execution.run.name, "dynamodb", name, call.arguments, fence, turn)
            world.perform(made, lambda value, error: settle(value, direct_error(error)))
            return
        if call.token is not None:
            self.tokens[call.token] = (execution, turn, settle)
        self._invoke(execution, call, settle)

    def _invoke(self, execution: Execution, call: Call, settle: Callable[[Any, StateError | None], None]) -> None:
        """Invoke a state's function; the invocation is itself a call of AWS that may go wrong."""
        state, name = function_of(call), execution.run.name
        turn = execution.turn

        def answered(value: Any, error: BaseException | None) -> None:
            if error is not None:
                settle(None, function_error(error))
            elif call.token is None:
                settle({"Payload": value, "StatusCode": 200}, None)
            elif execution.turn == turn:
                execution.run.submitted()

        def begin() -> None:
            self.world.invoke(state, name, call.arguments["Payload"], answered, turn=turn)

        made = AwsCall(call.state, name, "lambda", "invoke", {})
        fault = self.world.plan.fault_of(made)
        if fault is None:
            begin()
            return
        self.world.note(f"{state} of {name}: {made.name} {fault.value}")
        refusal = INVOKE_FAULTS.get(fault)
        begins, told = self._invoke_times(fault)
        for seconds in begins:
            self.world.timeline.after(seconds, begin)
        if refusal is not None:
            self.world.timeline.after(told, lambda: settle(None, StateError(*refusal)))

    def _invoke_times(self, fault: Fault) -> tuple[list[float], float]:
        """Give when the function really begins after a spoilt invocation, and when the state hears of a refusal."""
        soon, late = self.world.random.uniform(0, 5), self.world.random.uniform(5, 95)
        times = {Fault.SLOW: [late], Fault.LATE: [late], Fault.TWICE: [0.0, soon], Fault.TIMEOUT_AFTER: [0.0]}
        return times.get(fault, []), soon if fault is Fault.TIMEOUT_AFTER else 1.0

    def _over(self, execution: Execution) -> None:
        execution.turn += 1
        execution.limit.cancel()
        execution.stopped = self.world.now()
        run = execution.run
        self.world.note(f"execution {run.name} is {run.status} {run.error or ''}")
        if execution.of_a_change:
            self.ended.send(run.name, run.status, run.given)

    # ------------------------------------------------------------------ the API

    def _api(self, operation: str, arguments: dict[str, Any]) -> Any:
        if operation == "describe_execution":
            return self._described(arguments["executionArn"])
        if operation == "get_execution_history":
            return self._history(arguments["executionArn"])
        if operation == "start_execution":
            return self._begun(arguments["name"], arguments["input"])
        if operation == "send_task_success":
            return self._answer(arguments["taskToken"], json.loads(arguments["output"]), None)
        if operation == "send_task_failure":
            return self._answer(arguments["taskToken"], None, StateError(arguments["error"], arguments["cause"]))
        raise NotImplementedError(f"The simulation's Step Functions does not know {operation}.")

    def _history(self, arn: str) -> dict[str, Any]:
        self._described(arn)
        execution = self.by_name[arn.rpartition(":")[2]]
        execution.note_times(execution.stopped or self.world.now())
        told = zip(execution.run.events, execution.times, strict=True)
        return {"events": [event_of(number, *event, at) for number, (event, at) in enumerate(told, 1)]}

    def _begun(self, name: str, given: str) -> dict[str, Any]:
        """Begin an execution, or give the running one of the same name and input: StartExecution is idempotent."""
        known = self.by_name.get(name)
        if known is None:
            return {"startDate": self.start(json.loads(given)).started}
        if known.run.status == "RUNNING" and known.run.given == json.loads(given):
            return {"startDate": known.started}
        raise client_error("ExecutionAlreadyExists", f"Execution Already Exists: '{name}'", "StartExecution")

    def _answer(self, token: str, value: Any, error: StateError | None) -> dict[str, Any]:
        execution, turn, settle = self.tokens[token]
        if execution.turn != turn:
            raise client_error("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'", "SendTask")
        self.world.timeline.after(0, lambda: settle(value, error))
        return {}

    def _described(self, arn: str) -> dict[str, Any]:
        name = arn.rpartition(":")[2]
        if name not in self.by_name:
            raise client_error("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", "DescribeExecution")
        execution = self.by_name[name]
        run = execution.run
        told = {
            "name": name,
            "status": run.status,
            "input": json.dumps(run.given),
            "startDate": execution.started,
            "stopDate": execution.stopped,
            "output": None if run.output is None else json.dumps(run.output),
            "error": run.error,
            "cause": run.cause,
        }
        return {field: value for field, value in told.items() if value is not None}
